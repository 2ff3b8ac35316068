import { dirname } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { WritableTensor } from "../../checkpoint/safetensors/write.ts";
import type { Cache } from "../../model/plan/cache.ts";

/** What stands for a token where a row is padded. */
const PADDING_TOKEN = -1;

/** Refuses a file that cannot be written, before anything is computed. @throws CircuitbookError saying why. */
export async function checkOut(out: string, checkpoint: Checkpoint): Promise<void> {
  const folder = dirname(out);
  const isFolder = await Deno.stat(folder).then((info) => info.isDirectory, () => false);
  if (!isFolder) {
    throw new CircuitbookError(
      `Expected a folder for ${out} but found none at ${folder}; make it first.`,
    );
  }
  const older = await Deno.stat(out).catch(() => undefined);
  if (older?.isDirectory) {
    throw new CircuitbookError(`Expected a file name after --out but found the folder ${out}.`);
  }
  const path = older && await Deno.realPath(out);
  if ([...checkpoint.tensors.values()].some(({ file }) => file === path)) {
    throw new CircuitbookError(
      `Expected another --out than the model's own weights but found ${out}.`,
    );
  }
  const trial = `${out}.${crypto.randomUUID()}.partial`;
  try {
    (await Deno.open(trial, { write: true, createNew: true })).close();
    await Deno.remove(trial);
  } catch (error) {
    throw new CircuitbookError(
      `Expected to write ${out} but could not: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** What a trace file holds: the tokens, then each tapped point, in order. */
export function tensorsOf(cache: Cache): Record<string, WritableTensor> {
  const tapped = cache.names.map((name) =>
    [name, withoutPadding(cache.get(name), cache.pads)] as const
  );
  return { tokens: tokensOf(cache), ...Object.fromEntries(tapped) };
}

/** The axes of everything in a trace file, by name. */
export function axesOf(cache: Cache): Record<string, readonly string[]> {
  return {
    tokens: tokensOf(cache).axes,
    ...Object.fromEntries(cache.names.map((name) => [name, cache.get(name).axes])),
  };
}

/** The tokens [batch, position] of rows that are padded on the left. */
function tokensOf({ tokens, pads }: Cache): Tensor<Int32Array> {
  const columns = pads[0] + tokens[0].length;
  const data = new Int32Array(tokens.length * columns).fill(PADDING_TOKEN);
  tokens.forEach((row, r) => data.set(row, r * columns + pads[r]));
  return new Tensor(data, { batch: tokens.length, position: columns });
}

/** An activation with NaN at the positions that no token has: what the run computed there means nothing. */
function withoutPadding(tensor: Tensor, pads: readonly number[]): Tensor {
  const { axes, shape, data } = tensor;
  const sequence = axes.indexOf(axes.includes("query") ? "query" : "position");
  const outer = shape.slice(1, sequence).reduce((a, b) => a * b, 1);
  const inner = shape.slice(sequence + 1).reduce((a, b) => a * b, 1);
  pads.forEach((pad, row) => {
    for (let block = 0; block < outer; block++) {
      const start = (row * outer + block) * shape[sequence] * inner;
      data.fill(NaN, start, start + pad * inner);
    }
  });
  return tensor;
}
