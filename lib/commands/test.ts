/** `deno task test`: the tests, and the examples of the documentation; of everything, or of some subjects. */
import { TextLineStream } from "deno-std/streams/mod.js";
import { CommandError, root, runCommand, say } from "./repository.ts";
import { examplesIn, examplesModule, roomOf } from "./test/examples.ts";
import { selectionOf } from "./test/selection.ts";
import { closingLines, TestOutput } from "./test/summary.ts";

const USAGE = `deno task test [PATH…]

  PATH    a subject, such as lib/lens or tests/lens, or a file; everything where none is given`;

await runCommand(async () => {
  if (Deno.args.some((arg) => arg === "--help" || arg === "-h")) return say(USAGE);
  const selection = await selectionOf(Deno.args, root);
  // Ignored by git, and inside the repository, so that the import map holds.
  const folder = await Deno.makeTempDir({ dir: `${root}/tests`, prefix: "tmp-examples-" });
  try {
    const examples = (await Promise.all(selection.examples.map((path) => examplesIn(root, path))))
      .flat();
    const modules: string[] = [];
    for (const [room, own] of Map.groupBy(examples, roomOf)) {
      const path = `${folder}/${room}_examples_test.ts`;
      await Deno.writeTextFile(path, examplesModule(root, own));
      modules.push(path);
    }
    const paths = [...selection.tests, ...modules];
    if (!paths.length) throw new CommandError("Expected tests or examples there but found none.");
    await run(paths);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Runs test files side by side and passes on what they print. */
async function run(paths: readonly string[]): Promise<void> {
  const env: Record<string, string> = Deno.stdout.isTerminal()
    ? { FORCE_COLOR: "1" }
    : { NO_COLOR: "1" };
  const process = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--parallel", ...paths],
    cwd: root,
    env,
    stdout: "piped",
  }).spawn();
  const stop = () => process.kill("SIGINT");
  Deno.addSignalListener("SIGINT", stop);
  const output = new TestOutput();
  const lines: ReadableStream<string> = process.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    output.read(line);
    say(line);
  }
  const { success } = await process.status;
  Deno.removeSignalListener("SIGINT", stop);
  const { summary } = output;
  if (summary) closingLines(summary).forEach(say);
  if (!success) Deno.exitCode = 1;
}
