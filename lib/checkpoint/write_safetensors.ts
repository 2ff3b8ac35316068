import { CircuitbookError, InterruptedError } from "../base/errors.ts";
import { throwIfStopped } from "../base/progress.ts";
import type { TensorData } from "../base/tensor.ts";

/** What is written under one name: values in row-major order, and their shape. A `Tensor` is one. */
export interface WritableTensor {
  data: TensorData | Float16Array;
  shape: readonly number[];
}

/**
 * Writes tensors to a safetensors file (F32, F16 and I32, as their arrays are), whole or not at all: aside first, then renamed.
 *
 * @throws CircuitbookError when the folder cannot be written to, or a shape does not fit its values; InterruptedError when
 * stopped.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * await checkpoints.writeSafetensors(path, { tokens: { data: new Int32Array([1, 2]), shape: [1, 2] } }, { model: "toy" });
 * assertEquals((await checkpoints.readSafetensorsHeader(path)).metadata, { model: "toy" });
 * await Deno.remove(path);
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, WritableTensor>>,
  metadata: Readonly<Record<string, string>> = {},
  { signal }: { signal?: AbortSignal } = {},
): Promise<void> {
  const header = encodeHeader(tensors, metadata);
  const aside = `${path}.${crypto.randomUUID()}.partial`;
  try {
    using file = await Deno.open(aside, { write: true, createNew: true });
    await writeAll(file, header);
    for (const { data } of Object.values(tensors)) {
      throwIfStopped(signal);
      await writeAll(file, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    await file.sync();
    await Deno.rename(aside, path);
  } catch (error) {
    await Deno.remove(aside).catch(() => undefined);
    if (error instanceof InterruptedError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CircuitbookError(`Expected to write ${path} but could not: ${reason}`, {
      cause: error,
    });
  }
}

function encodeHeader(
  tensors: Readonly<Record<string, WritableTensor>>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let at = 0;
  const entries = Object.entries(tensors).map(([name, { data, shape }]) => {
    const expected = shape.reduce((a, b) => a * b, 1);
    if (expected !== data.length) {
      throw new CircuitbookError(
        `Expected ${expected} values for "${name}" of shape [${shape}] but found ${data.length}.`,
      );
    }
    const dtype = data instanceof Float32Array
      ? "F32"
      : data instanceof Float16Array
      ? "F16"
      : "I32";
    return [name, { dtype, shape, data_offsets: [at, at += data.byteLength] }];
  });
  const json = new TextEncoder().encode(
    JSON.stringify({ __metadata__: metadata, ...Object.fromEntries(entries) }),
  );
  // Data starts at a multiple of 8, as the format's own writer has it.
  const length = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, 8);
  return bytes;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
