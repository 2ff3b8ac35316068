/**
 * `deno task test`: runs the tests and the examples of the documentation, of everything or of some
 * subjects.
 */
import { THREADS_VARIABLE } from "../model/engine/threads.ts";
import { TextLineStream } from "deno-std/streams/mod.js";
import { CommandError, root, runCommand, say, tell } from "./repository.ts";
import { setUpTests } from "./setup/python.ts";
import { testModules } from "./test/modules.ts";
import { asksForHelp } from "./flags.ts";
import { selectionOf } from "./test/selection.ts";
import { closingLines, TestOutput } from "./test/summary.ts";

const USAGE = `deno task test [PATH…]

  PATH    a subject, such as lib/lens or tests/lens, or a file. Default: everything`;

/** Where `deno test` places a test of a generated module. */
const PLACE = /\.\/tests\/tmp-modules-\w+\/(\w+)_test\.ts/g;

/** Signals that end the tests. */
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

await runCommand(async () => {
  if (asksForHelp(Deno.args)) return say(USAGE);
  const selection = await selectionOf(Deno.args, root);
  await setUpTests().catch((error) => {
    if (!(error instanceof CommandError)) throw error;
    // The tests that need these packages say that they are skipped.
    tell(error.message);
  });
  // The folder lies inside the repository, so that the import map of deno.json holds. Git ignores
  // it.
  const folder = await Deno.makeTempDir({ dir: `${root}/tests`, prefix: "tmp-modules-" });
  try {
    const modules = await testModules(root, selection);
    if (!modules.length) {
      throw new CommandError(
        `Expected tests or examples in ${
          Deno.args.join(", ")
        } but found none; name a folder of lib or tests.`,
      );
    }
    const paths = modules.map(({ room }) => `${folder}/${room}_test.ts`);
    await Promise.all(modules.map(({ code }, i) => Deno.writeTextFile(paths[i], code)));
    await run(paths);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Runs test files in parallel and prints what they print. */
async function run(paths: readonly string[]): Promise<void> {
  // Modules run side by side, one a core, so each session gets its module's share of the cores.
  const threads = Math.max(1, Math.floor(navigator.hardwareConcurrency / paths.length));
  const env: Record<string, string> = {
    [THREADS_VARIABLE]: Deno.env.get(THREADS_VARIABLE) || `${threads}`,
    ...Deno.stdout.isTerminal() ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" },
  };
  const process = new Deno.Command(Deno.execPath(), {
    // Tests need all permissions, because they start programs, kernels and servers.
    // Types are checked by deno task check.
    args: ["test", "-A", "--no-check", "--parallel", ...paths],
    cwd: root,
    env,
    stdout: "piped",
  }).spawn();
  const stop = () => process.kill("SIGINT");
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  const output = new TestOutput();
  const lines: ReadableStream<string> = process.stdout.pipeThrough(new TextDecoderStream())
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    output.read(line);
    say(line.replaceAll(PLACE, "$1"));
  }
  const { success } = await process.status;
  for (const signal of SIGNALS) Deno.removeSignalListener(signal, stop);
  const { summary } = output;
  if (summary) closingLines(summary).forEach(say);
  else tell("The tests ended before all had run; the lines above say where.");
  if (!success) Deno.exitCode = 1;
}
