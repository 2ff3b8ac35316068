/** `deno task precision`: measures what each element type changes, and writes docs/precision.md. */
import { join } from "deno-std/path/mod.js";
import type { Dtype } from "../model/decoder/precision.ts";
import type { DeviceChoice } from "../model/engine/device.ts";
import { parseFlags } from "./flags.ts";
import { CommandError, root, say, tell } from "./repository.ts";
import { runTask } from "./run_task.ts";

const USAGE = `Measures what f16, bf16 and int8 change in a model, and writes docs/precision.md.

deno task precision [--model NAME] [--device cpu|webgpu|cuda]… [--out FILE]

  --model NAME    a model by name, folder or Hub id; default smollm2
  --device NAME   a device to measure, repeated for several; default cpu. The reference is f32 on the CPU
  --out FILE      where to write the page; default docs/precision.md
  --verbose       show the stack trace of an error
`;

/** Positions that are compared: 8 rows of 125 tokens. */
const ROWS = 8;
const ROW_TOKENS = 125;

/** English prose, in a file of its own, so that other changes of the texts change no number. */
const PROSE = join(root, "lib/commands/precision/prose.txt");

await runTask(async () => {
  const flags = parseFlags(Deno.args, {
    task: "deno task precision",
    values: ["model", "device", "out"],
    switches: ["help", "verbose"],
  });
  if (flags.has("help")) return say(USAGE.trimEnd());
  const name = flags.single("model") ?? "smollm2";
  const devices = flags.all("device") ?? ["cpu"];
  const { openModel, startModel } = await import("../model/load.ts");
  const { errorsOf, logitSize, measured } = await import("./precision/measure.ts");
  const { precisionPage } = await import("./precision/page.ts");
  const opened = await openModel(name);
  const rows = await proseRows((text) => opened.tokenizer.encode(text));
  const exactModel = await startModel(opened, "cpu", "f32");
  const exact = await measured(exactModel, rows);
  await exactModel.dispose();
  const all = [];
  for (const device of devices) {
    for (const dtype of ["f32", "f16", "bf16", "int8"] as const) {
      if (device === "cpu" && dtype === "f32") continue;
      const model = await startedModel(device as DeviceChoice, dtype);
      if (!model) continue;
      const errors = errorsOf(model, await measured(model, rows), exact);
      all.push(errors);
      tell(`${dtype} on ${device}: mean logit error ${errors.meanLogitError.toPrecision(2)}`);
      await model.dispose();
    }
  }
  const stored = [...new Set([...opened.checkpoint.tensors.values()].map(({ dtype }) => dtype))];
  const run = {
    model: name,
    positions: ROWS * ROW_TOKENS,
    rowTokens: ROW_TOKENS,
    logitSize: logitSize(exact),
    stored: stored.join(", ").toLowerCase(),
  };
  const out = flags.single("out") ?? join(root, "docs/precision.md");
  await Deno.writeTextFile(out, precisionPage(run, all));
  say(`wrote ${out}`);

  /** Returns the model, or undefined if the device does not support the element type. */
  async function startedModel(device: DeviceChoice, dtype: Dtype) {
    try {
      return await startModel(opened, device, dtype);
    } catch (error) {
      tell(`left out ${dtype} on ${device}: ${(error as Error).message}`);
      return undefined;
    }
  }
});

/** Returns rows of tokens from the beginning of the text that is compared. */
async function proseRows(encode: (text: string) => number[]): Promise<number[][]> {
  const tokens = encode(await Deno.readTextFile(PROSE));
  if (tokens.length < ROWS * ROW_TOKENS) {
    throw new CommandError(
      `Expected ${ROWS * ROW_TOKENS} tokens in ${PROSE} but found ${tokens.length}.`,
    );
  }
  return Array.from(
    { length: ROWS },
    (_, row) => tokens.slice(row * ROW_TOKENS, (row + 1) * ROW_TOKENS),
  );
}
