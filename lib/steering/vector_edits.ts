import { CircuitbookError } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import type { FunctionEdit } from "../model/plan/edit.ts";

/**
 * An edit that gives every vector at a hook point the mean length of its head's vectors and keeps its direction: what is lost
 * rested on lengths.
 *
 * @param reference activations of the point in an unedited run, [batch, position, (head,) feature]: the mean is over these.
 * @throws CircuitbookError, when it runs, for another shape than the reference has.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 *
 * const model = await loadModel("countdown-r1");
 * const at = "blocks.1.attn.hook_v";
 * const reference = (await model.run("11 + 5 =", { tap: at })).get(at);
 * await model.run("11 + 5 =", { edit: steering.equalLengths(at, reference) });
 * ```
 */
export function equalLengths(at: string, reference: Tensor): FunctionEdit {
  const kinds = kindsOf(reference);
  return edited(
    at,
    reference,
    (vector, kind, length) => vector.map((value) => value * kinds[kind].length / length),
  );
}

/**
 * An edit that gives every vector at a hook point the mean direction of its head's vectors and keeps its length: what is lost
 * rested on directions.
 *
 * @param reference activations of the point in an unedited run, [batch, position, (head,) feature]: the mean is over these.
 * @throws CircuitbookError, when it runs, for another shape than the reference has.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 *
 * const model = await loadModel("countdown-r1");
 * const at = "blocks.1.attn.hook_v";
 * const reference = (await model.run("11 + 5 =", { tap: at })).get(at);
 * await model.run("11 + 5 =", { edit: steering.equalDirections(at, reference) });
 * ```
 */
export function equalDirections(at: string, reference: Tensor): FunctionEdit {
  const kinds = kindsOf(reference);
  return edited(
    at,
    reference,
    (_, kind, length) => kinds[kind].direction.map((value) => value * length),
  );
}

/** The mean length and direction (of length 1) of the vectors of one head. */
interface Kind {
  readonly length: number;
  readonly direction: Float32Array;
}

/** One for each head; one for all where the point has no heads. */
function kindsOf({ data, shape, axes }: Tensor): Kind[] {
  if (axes[0] !== "batch" || axes[1] !== "position" || axes.length < 3 || axes.length > 4) {
    throw new CircuitbookError(
      `Expected a reference [batch, position, (head,) feature] but found [${
        axes.join(", ")
      }]; tap it at all positions.`,
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

/** An edit of each vector by itself; vectors of length zero stay. */
function edited(
  at: string,
  reference: Tensor,
  change: (vector: Float32Array, kind: number, length: number) => Float32Array,
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
