import { dirname } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { WritableTensor } from "../../checkpoint/safetensors/write.ts";
import type { Cache } from "../../model/plan/cache.ts";

/** What `tokens` holds where a row is padded. */
const PADDING_TOKEN = -1;

/**
 * Checks that a file can be written, before anything is computed.
 *
 * @throws CircuitbookError if the file cannot be written; the message says why.
 */
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
      `Expected another file after --out than the weights of the model but found ${out}.`,
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

/** Returns the tensors of a trace file by name: the tokens, then each tapped hook point. */
export function tensorsOf(cache: Cache): Record<string, WritableTensor> {
  const tapped = cache.names.map((name) =>
    [name, withoutPadding(cache.get(name), cache.pads)] as const
  );
  return { tokens: tokensOf(cache), ...Object.fromEntries(tapped) };
}

/** Returns the axes of each tensor of a trace file. */
export function axesOf(cache: Cache): Record<string, readonly string[]> {
  return {
    tokens: tokensOf(cache).axes,
    ...Object.fromEntries(cache.names.map((name) => [name, cache.get(name).axes])),
  };
}

/** Returns the token ids, [batch, position]. Rows are padded on the left. */
function tokensOf({ tokens, pads }: Cache): Tensor<Int32Array> {
  const columns = pads[0] + tokens[0].length;
  const data = new Int32Array(tokens.length * columns).fill(PADDING_TOKEN);
  tokens.forEach((row, r) => data.set(row, r * columns + pads[r]));
  return new Tensor(data, { batch: tokens.length, position: columns });
}

/** Returns an activation with NaN at the positions of padding, where the numbers of the run mean nothing. */
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
