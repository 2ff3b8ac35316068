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

  const means = meanLengths(reference);
  const features = reference.shape.slice(2).join();
  return {
    at,
    apply(activation) {
      if (activation.shape.slice(2).join() !== features) {
        throw new CircuitbookError(
          `Expected the shape of the reference, ${reference.describe()}, but found ${activation.describe()}.`,
        );
      }
      const size = activation.shape.at(-1)!;
      const out = Float32Array.from(activation.data);
      for (let start = 0; start < out.length; start += size) {
        const vector = out.subarray(start, start + size);
        const length = Math.hypot(...vector);
        // A vector of length zero has no direction to keep.
        const factor = length ? means[start / size % means.length] / length : 1;
        for (let i = 0; i < size; i++) vector[i] *= factor;
      }
      return new Tensor(out, activation.sizes);
    },
  };
}

/**
 * Returns the mean length of the vectors of each head; a single one if the hook point has no heads.
 */
function meanLengths({ data, shape, axes }: Tensor): number[] {
  if (axes[0] !== "batch" || axes[1] !== "position" || axes.length < 3 || axes.length > 4) {
    throw new CircuitbookError(
      `Expected a reference [batch, position, feature] or [batch, position, head, feature] but found ` +
        `[${axes.join(", ")}]; tap it at all positions.`,
    );
  }
  const size = shape.at(-1)!;
  const heads = shape.length === 4 ? shape[2] : 1;
  const sums = new Array<number>(heads).fill(0);
  for (let start = 0; start < data.length; start += size) {
    sums[start / size % heads] += Math.hypot(...data.subarray(start, start + size));
  }
  return sums.map((sum) => sum * size * heads / data.length);
}
