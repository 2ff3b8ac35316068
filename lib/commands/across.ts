/**
 * `deno task across MODEL MODEL…`: sets the verdicts of several models side by side, from their
 * reports.
 */
import { basename, join } from "deno-std/path/mod.js";
import { writeWhole } from "../checkpoint/files.ts";
import { modelFolder } from "../notebook/report/model_folder.ts";
import { summariesOf } from "../notebook/report/pages.ts";
import { acrossPage, type Compared } from "./across/page.ts";
import { folderOrName } from "./report/arguments.ts";
import { parseFlags } from "./flags.ts";
import { CommandError, root, runCommand, say } from "./repository.ts";
import { fromHere } from "./typed_in.ts";

const USAGE =
  `Sets the verdicts of several models side by side, from the reports that deno task report wrote.

deno task across MODEL MODEL… [--title TITLE] [--reports FOLDER] [--out FILE]

  MODEL             a model as it was named to deno task report --model: a name, a path or a Hub id; or the name
                    of its folder of reports, such as that of a model with an adapter
  --title TITLE     the heading of the page; default "Several models"
  --reports FOLDER  the folder of the reports; default reports/
  --out FILE        where to write the page; default: the page is printed
`;

await runCommand(async () => {
  const flags = parseFlags(Deno.args, {
    task: "deno task across",
    values: ["title", "reports", "out"],
    switches: ["help"],
    rest: true,
  });
  if (flags.has("help")) return say(USAGE.trimEnd());
  if (flags.rest.length < 2) {
    throw new CommandError(
      `Expected two models or more but found ${flags.rest.length}; see deno task across --help.`,
    );
  }
  const reports = fromHere(flags.single("reports") ?? join(root, "reports"));
  const models = await Promise.all(flags.rest.map((model) => comparedOf(model, reports)));
  const page = acrossPage(flags.single("title") ?? "Several models", models);
  const out = flags.single("out");
  if (out === undefined) return say(page.trimEnd());
  await writeWhole(fromHere(out), page);
  say(`wrote ${fromHere(out)}`);
});

/**
 * Returns a model with the reports about it.
 *
 * @throws CommandError if there are none.
 */
async function comparedOf(asked: string, reports: string): Promise<Compared> {
  const model = await folderOrName(asked);
  const name = model === fromHere(asked) ? basename(model) : asked;
  for (const folder of new Set([modelFolder(model), name])) {
    const summaries = await summariesOf(join(reports, folder));
    if (summaries.length > 0) return { name, summaries };
  }
  throw new CommandError(
    `Expected reports about ${asked} in ${join(reports, modelFolder(model))} but found none; ` +
      "write them first with deno task report --model.",
  );
}
