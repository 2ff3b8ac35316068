import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { throwIfStopped } from "../../base/progress.ts";
import type { TensorData } from "../../base/tensor.ts";
import { writeAll, writeAside } from "../files.ts";
import { product } from "../../base/lists.ts";

/** A tensor to write; a `Tensor` is one. */
export interface WritableTensor {
  /** The values, row-major. Their array decides the dtype in the file: F32, F16 or I32. */
  data: TensorData | Float16Array;
  /** The length of each axis. */
  shape: readonly number[];
}

/**
 * Writes tensors to a safetensors file, whole or not at all: the data goes to a file beside it,
 * which is then renamed.
 *
 * @param path the file; an older one is replaced.
 * @param tensors the tensors by name, in the order in which they are written.
 * @param metadata notes on the file as a whole, kept as `__metadata__`.
 * @param options `signal` stops the writing between two tensors.
 * @throws CircuitbookError if the folder cannot be written to, or if a shape does not fit its
 * values.
 * @throws InterruptedError if stopped.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * const tokens = { data: new Int32Array([1, 2]), shape: [1, 2] };
 * await checkpoints.writeSafetensors(path, { tokens }, { model: "toy" });
 * assertEquals((await checkpoints.readSafetensorsHeader(path)).metadata, { model: "toy" });
 * await Deno.remove(path);
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, WritableTensor>>,
  metadata: Readonly<Record<string, string>> = {},
  options: { signal?: AbortSignal } = {},
): Promise<void> {
  checkArguments("writeSafetensors", {
    path: [path, is.text],
    tensors: [tensors, is.object],
    metadata: [metadata, is.object],
    options: [options, is.object],
  });

  const header = encodeHeader(tensors, metadata);
  await writeAside(path, async (file) => {
    await writeAll(file, header);
    for (const { data } of Object.values(tensors)) {
      throwIfStopped(options.signal);
      await writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
  });
}

function encodeHeader(
  tensors: Readonly<Record<string, WritableTensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, { data, shape }]) => {
    const expected = product(shape);
    if (expected !== data.length) {
      throw new CircuitbookError(
        `Expected ${expected} values for "${name}" of shape [${shape}] but found ${data.length}.`,
      );
    }
    return [name, { dtype: dtypeOf(data), shape, data_offsets: [at, at += data.byteLength] }];
  });
  const json = new TextEncoder().encode(
    JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }),
  );
  // The format's own writer lets the data start at a multiple of 8 and fills up with spaces.
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

function dtypeOf(data: WritableTensor["data"]): "F32" | "F16" | "I32" {
  if (data instanceof Float32Array) return "F32";
  return data instanceof Float16Array ? "F16" : "I32";
}
