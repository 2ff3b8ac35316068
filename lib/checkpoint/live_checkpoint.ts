import { createHash } from "node:crypto";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { product } from "../base/lists.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { TensorEntry } from "./safetensors/stored_tensor.ts";

/**
 * Returns a checkpoint whose weights are in memory and may change, like those of a model in
 * training: every run is fed what `weights` holds at that moment.
 *
 * @param config what `config.json` would hold.
 * @param weights f32 numbers by tensor name, row-major; the map is read again at every run.
 * @param shapes the shape of each tensor, by name.
 * @returns a checkpoint without files.
 * @throws CircuitbookError if a tensor does not have as many numbers as its shape says.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const weights = new Map([["embed.weight", new Float32Array(6)]]);
 * const checkpoint = checkpoints.liveCheckpoint({}, weights, new Map([["embed.weight", [3, 2]]]));
 * weights.set("embed.weight", new Float32Array(6).fill(1));
 * const row = await checkpoint.read("embed.weight", { from: 0, to: 1 });
 * assertEquals(row, new Float32Array([1, 1]));
 * ```
 */
export function liveCheckpoint(
  config: unknown,
  weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
  shapes: ReadonlyMap<string, readonly number[]>,
): Checkpoint {
  checkArguments("liveCheckpoint", {
    weights: [weights, is.like("a map", "size", "has")],
    shapes: [shapes, is.like("a map", "size", "has")],
  });

  const tensors = new Map(
    [...weights].map(([name, data]) => [name, entryOf(name, data, shapes.get(name))]),
  );
  const find = (name: string) => {
    const data = weights.get(name);
    if (data) return data;
    const nearest = nearestNames(name, weights.keys()).join(", ");
    throw new CircuitbookError(
      `Expected a tensor of the model but found "${name}"; nearest: ${nearest}.`,
    );
  };
  return {
    folder: "memory",
    config,
    generationConfig: undefined,
    tensors,
    otherTensors: new Map(),
    live: weights,
    read: (name, rows) => {
      const data = find(name);
      const width = data.length / tensors.get(name)!.shape[0];
      return Promise.resolve(rows ? data.slice(rows.from * width, rows.to * width) : data.slice());
    },
    hash: () => {
      const hash = createHash("sha256");
      for (const name of [...weights.keys()].sort()) hash.update(new Uint8Array(find(name).buffer));
      return Promise.resolve(hash.digest("hex"));
    },
    // There are no files that could change.
    verifyUnchanged: () => {},
  };
}

function entryOf(
  name: string,
  data: Float32Array,
  shape: readonly number[] | undefined,
): TensorEntry {
  const expected = shape && product(shape);
  if (!shape || expected !== data.length) {
    throw new CircuitbookError(
      `Expected ${expected ?? "no"} numbers for "${name}" of shape [${
        shape ?? ""
      }] but found ${data.length}.`,
    );
  }
  return { name, dtype: "F32", shape, file: "", offset: 0, byteLength: data.byteLength };
}
