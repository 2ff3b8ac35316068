import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { TensorEntry } from "../../checkpoint/safetensors/stored_tensor.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { Architecture, TensorPart } from "../plan/architecture.ts";
import { product } from "../../base/lists.ts";

/**
 * Returns a checkpoint that also has the tensors which an architecture computes from stored ones:
 * they are listed, and `read` returns them. A range of rows lies in the file of the whole matrix,
 * and is not copied.
 */
export function withParts(
  checkpoint: Checkpoint,
  { parts }: Pick<Architecture, "parts">,
): Checkpoint {
  const isWhole = [...parts.keys()].every((name) => checkpoint.tensors.has(name));
  if (isWhole) return checkpoint;
  const tensors = new Map(checkpoint.tensors);
  for (const [name, part] of parts) {
    tensors.set(name, entryOf(name, part, checkpoint.tensors.get(part.of)!));
  }
  return {
    ...checkpoint,
    tensors,
    async read(name, range) {
      const part = parts.get(name);
      if (!part) return await checkpoint.read(name, range);
      if (part.rows) {
        const [first, end] = part.rows;
        const { from = 0, to = end - first } = range ?? {};
        return await checkpoint.read(part.of, { from: first + from, to: first + to });
      }
      const whole = partOf(part, await checkpoint.read(part.of));
      if (!range) return whole;
      const width = whole.length / part.shape[0];
      return whole.slice(range.from * width, range.to * width);
    },
  };
}

/** Returns whether a tensor of a checkpoint can be mapped from its file as it is. */
export function isMapped({ rows }: TensorPart): boolean {
  return rows !== undefined;
}

/** Returns the entry that a computed tensor would have in the header of a file. */
function entryOf(
  name: string,
  { shape, rows, stored }: TensorPart,
  whole: TensorEntry,
): TensorEntry {
  const rowBytes = whole.byteLength / stored[0];
  return {
    ...whole,
    name,
    partOf: whole.name,
    shape,
    offset: whole.offset + (rows?.[0] ?? 0) * rowBytes,
    byteLength: shape[0] * rowBytes,
  };
}

/** Returns the numbers of a computed tensor from the stored numbers. */
function partOf(
  { stored, shape, byHead, plus = 0 }: TensorPart,
  whole: Float32Array<ArrayBuffer>,
): Float32Array<ArrayBuffer> {
  if (!byHead) return whole.map((value) => value + plus);
  const out = new Float32Array(product(shape));
  const block = whole.length / stored[0] * (shape[0] / byHead.heads);
  for (let head = 0; head < byHead.heads; head++) {
    // The stored rows go head by head: the queries, keys and values of head 0, then those three of
    // head 1.
    const from = (head * byHead.kinds + byHead.kind) * block;
    out.set(whole.subarray(from, from + block), head * block);
  }
  return out;
}

/** Writes a computed tensor from the stored one. */
export function writePart(
  graph: Graph,
  { shape, rows, byHead, plus }: TensorPart,
  whole: Value,
): Value {
  const sliced = (value: Value, axis: number, from: number, to: number) =>
    graph.node("Slice", [value, graph.integers(from), graph.integers(to), graph.integers(axis)]);
  if (rows) return sliced(whole, 0, ...rows);
  if (byHead) {
    const { heads, kinds, kind } = byHead;
    const size = shape[0] / heads;
    const grid = graph.node("Reshape", [
      whole,
      graph.integers(heads, kinds, size, ...shape.slice(1)),
    ]);
    return graph.node("Reshape", [sliced(grid, 1, kind, kind + 1), graph.integers(...shape)]);
  }
  return graph.node("Add", [whole, graph.scalar(plus ?? 0)]);
}
