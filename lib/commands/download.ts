/** `deno task download`: brings a model of the Hugging Face Hub to the cache, for tasks that work without a network. */
import { terminalProgress } from "../notebook/progress/terminal.ts";
import { parseFlags } from "./flags.ts";
import { CommandError, say } from "./repository.ts";
import { runTask } from "./run_task.ts";

const USAGE = `Downloads a model of the Hugging Face Hub to the Hub's own cache.

deno task download HUBID [--revision REVISION]

  HUBID                 the model, such as Qwen/Qwen2.5-3B
  --revision REVISION   a branch, tag or commit. Default: main
  --verbose             show the stack trace of an error

An interrupted download keeps its files; the command continues it when run again. HF_TOKEN opens private and gated models.`;

await runTask(async (signal) => {
  const flags = parseFlags(Deno.args, {
    task: "deno task download",
    values: ["revision"],
    switches: ["help", "verbose"],
    rest: true,
  });
  if (flags.has("help")) return say(USAGE);
  const [id, ...others] = flags.rest;
  if (id === undefined || others.length) {
    throw new CommandError(
      `Expected one Hub id but found ${flags.rest.length}; see deno task download --help.`,
    );
  }
  const { findModel } = await import("../checkpoint/find.ts");
  const revision = flags.single("revision");
  say(await findModel(id, { revision, signal, onProgress: terminalProgress() }));
});
