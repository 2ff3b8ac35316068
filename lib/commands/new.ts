/** `deno task new NAME [FOLDER]`: a new notebook for a question of one's own. */
import { join, relative } from "deno-std/path/mod.js";
import { asksForHelp } from "./flags.ts";
import { startNotebook } from "./new/start.ts";
import { CommandError, root, runCommand, say } from "./repository.ts";
import { folderFromHere, fromHere } from "./typed_in.ts";

const USAGE = "usage: deno task new NAME [FOLDER]";

/** The folder that `deno task lab` opens by itself. */
const NOTEBOOKS = join(root, "notebooks");

await runCommand(async () => {
  if (asksForHelp(Deno.args)) return say(USAGE);
  const [name, typed, ...rest] = Deno.args;
  if (name === undefined || name.startsWith("-") || rest.length > 0) throw new CommandError(USAGE);
  const folder = typed === undefined ? folderOfNew() : await folderFromHere(typed);
  const path = await startNotebook(folder, name);
  say(`wrote ${path}`);
  say(`open it with: deno task lab${folder === NOTEBOOKS ? "" : ` "${folder}"`}`);
  say(`run it with: deno task report "${path}"`);
});

/**
 * Returns the folder in which the command was typed; in the repository, where no notebooks lie
 * beside the code, `notebooks/`.
 */
function folderOfNew(): string {
  const here = fromHere(".");
  const fromRoot = relative(root, here);
  const isInside = fromRoot !== ".." && !fromRoot.startsWith("../");
  return isInside ? NOTEBOOKS : here;
}
