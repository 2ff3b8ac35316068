import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import type { FunctionEdit } from "../model/plan/edit.ts";

/**
 * Returns an edit that gives every vector at a hook point the mean length of the vectors of its
 * head, and keeps its direction. What the model then loses depended on the lengths of single
 * vectors.
 *
 * @param at the hook point, such as `blocks.1.attn.hook_v`.
 * @param reference activations of the hook point in an unedited run, [batch, position, feature] or
 * [batch, position, head, feature], over which the means are taken.
 * @returns a function edit. The run throws a CircuitbookError if the activation has other heads or
 * features than the reference.
 * @throws CircuitbookError if the reference has other axes.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const at = "blocks.1.attn.hook_v";
 * const reference = (await model.run("11 + 5 =", { tap: at })).get(at);
 * const edit = steering.equalLengths(at, reference);
 * const { logits } = await model.run("11 + 5 =", { edit, logits: true });
 * assert(logits.data.every(Number.isFinite));
 * ```
 */
export function equalLengths(at: string, reference: Tensor): FunctionEdit {
  checkArguments("equalLengths", { at: [at, is.text], reference: [reference, is.tensor] });

  const means = meansOf(reference);
  return edited(
    at,
    reference,
    (vector, head, length) => vector.map((value) => value * means[head].length / length),
  );
}

/**
 * Returns an edit that gives every vector at a hook point the mean direction of the vectors of its
 * head, and keeps its length. What the model then loses depended on the directions of single
 * vectors.
 *
 * @param at the hook point, such as `blocks.1.attn.hook_v`.
 * @param reference activations of the hook point in an unedited run, [batch, position, feature] or
 * [batch, position, head, feature], over which the means are taken.
 * @returns a function edit. The run throws a CircuitbookError if the activation has other heads or
 * features than the reference.
 * @throws CircuitbookError if the reference has other axes.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const at = "blocks.1.attn.hook_v";
 * const reference = (await model.run("11 + 5 =", { tap: at })).get(at);
 * const edit = steering.equalDirections(at, reference);
 * const { logits } = await model.run("11 + 5 =", { edit, logits: true });
 * assert(logits.data.every(Number.isFinite));
 * ```
 */
export function equalDirections(at: string, reference: Tensor): FunctionEdit {
  checkArguments("equalDirections", { at: [at, is.text], reference: [reference, is.tensor] });

  const means = meansOf(reference);
  return edited(
    at,
    reference,
    (_, head, length) => means[head].direction.map((value) => value * length),
  );
}

/** The mean length of the vectors of one head, and their mean direction, of length 1. */
interface MeanVector {
  readonly length: number;
  readonly direction: Float32Array;
}

/** Returns the means of each head; a single one if the hook point has no heads. */
function meansOf({ data, shape, axes }: Tensor): MeanVector[] {
  if (axes[0] !== "batch" || axes[1] !== "position" || axes.length < 3 || axes.length > 4) {
    throw new CircuitbookError(
      `Expected a reference [batch, position, feature] or [batch, position, head, feature] but found ` +
        `[${axes.join(", ")}]; tap it at all positions.`,
    );
  }
  const size = shape.at(-1)!;
  const heads = shape.length === 4 ? shape[2] : 1;
  const count = data.length / size / heads;
  return Array.from({ length: heads }, (_, head) => {
    const sum = new Float32Array(size);
    let total = 0;
    for (let start = head * size; start < data.length; start += heads * size) {
      const vector = data.subarray(start, start + size);
      const length = Math.hypot(...vector);
      total += length;
      if (length) vector.forEach((value, i) => sum[i] += value / length);
    }
    const norm = Math.hypot(...sum);
    return { length: total / count, direction: norm ? sum.map((value) => value / norm) : sum };
  });
}

/**
 * Returns an edit that changes each vector by itself. Vectors of length zero, which have no
 * direction, are kept.
 */
function edited(
  at: string,
  reference: Tensor,
  change: (vector: Float32Array, head: number, length: number) => Float32Array,
): FunctionEdit {
  const features = reference.shape.slice(2).join();
  const heads = reference.shape.length === 4 ? reference.shape[2] : 1;
  return {
    at,
    apply(activation) {
      if (activation.shape.slice(2).join() !== features) {
        throw new CircuitbookError(
          `Expected the shape of the reference, ${reference.describe()}, but found ${activation.describe()}.`,
        );
      }
      const size = activation.shape.at(-1)!;
      const out = new Float32Array(activation.data.length);
      for (let start = 0; start < out.length; start += size) {
        const vector = Float32Array.from(activation.data.subarray(start, start + size));
        const length = Math.hypot(...vector);
        out.set(length ? change(vector, start / size % heads, length) : vector, start);
      }
      return new Tensor(out, activation.sizes);
    },
  };
}
