import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  CircuitbookError,
  type Edit,
  type Input,
  loadModel,
  type LoadOptions,
  type RunOptions,
} from "circuitbook";
import { temporaryFolder, writeFiles } from "../checkpoint/files.ts";
import { hostedTrace } from "../commands/trace_process.ts";

/** The small model that bad input is given to. */
export const grouped = "tests/data/checkpoints/qwen2_grouped";

/**
 * Input that is to be refused, as a caller in JavaScript or the writer of a JSON file may give it.
 */
export interface BadInput {
  readonly model?: string;
  readonly device?: string;
  /** A text, or rows of tokens. */
  readonly input?: unknown;
  readonly tap?: string;
  readonly edit?: unknown;
  readonly maxNewTokens?: number;
}

/**
 * Holds that input is refused by the library and by `deno task trace`: with an error that has all
 * of the parts in its message, before anything is computed, in one line, and without a file left
 * behind.
 */
export async function refusedBothWays(bad: BadInput, ...parts: string[]): Promise<void> {
  await Promise.all([refusedByLibrary(bad, parts), refusedByTrace(bad, parts)]);
}

async function refusedByLibrary(bad: BadInput, parts: readonly string[]): Promise<void> {
  const {
    model: name = grouped,
    device = "cpu",
    input = [[5, 6, 7, 8]],
    tap,
    edit = [],
    maxNewTokens,
  } = bad;
  let computed = 0;
  const seen: Edit = { at: "hook_embed", apply: (x) => (computed++, x) };
  const edits = [edit].flat().concat(seen) as Edit[];
  const attempt = async () => {
    const model = await loadModel(name, { device } as LoadOptions);
    try {
      if (maxNewTokens === undefined) {
        await model.run(input as Input, { tap, edit: edits } as RunOptions);
      } else await model.generate(input as Input, { tap, edit: edits, maxNewTokens });
    } finally {
      await model.dispose();
    }
  };
  const { message } = await assertRejects(attempt, CircuitbookError);
  for (const part of parts) assertStringIncludes(message, part);
  assertEquals(computed, 0, `refused before anything was computed: ${message}`);
}

async function refusedByTrace(bad: BadInput, parts: readonly string[]): Promise<void> {
  const {
    model = grouped,
    device = "cpu",
    input = [[5, 6, 7, 8]],
    tap = "logits",
    edit,
    maxNewTokens = 0,
  } = bad;
  await using folder = await temporaryFolder();
  const rows = `${folder.path}/rows.json`;
  const edits = `${folder.path}/edits.json`;
  await writeFiles(folder.path, {
    "rows.json": JSON.stringify(input),
    "edits.json": JSON.stringify(edit ?? []),
  });
  const { code, stdout, stderr } = await hostedTrace(
    "--model",
    model,
    "--device",
    device,
    "--tap",
    tap,
    "--max-new-tokens",
    String(maxNewTokens),
    ...typeof input === "string" ? ["--text", input] : ["--tokens-file", rows],
    "--edits",
    edits,
    "--out",
    `${folder.path}/out.safetensors`,
  );
  assertEquals([code, stdout], [1, ""], stderr);
  // The line about the device is printed before the run that refuses positions and values.
  const lines = stderr.trimEnd().split("\n").filter((line) =>
    !line.includes(" on cpu in f32 (asked for)")
  );
  assertEquals(lines.length, 1, stderr);
  for (const part of parts) assertStringIncludes(lines[0], part);
  assert(!/Uncaught|\bat .*:\d+:\d+/.test(stderr), stderr);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
    "edits.json",
    "rows.json",
  ]);
}
