import { checkArguments, is } from "../../base/arguments.ts";
import { anExample } from "./kinds.ts";
import { cosine, difference, meanVector } from "../../base/vectors.ts";
import type { Tensor } from "../../base/tensor.ts";
import { type Example, positionOf } from "./examples.ts";

/**
 * Returns the direction that raises the tokens which follow the last statement of the answer over
 * those which follow the first: the mean difference of their unembeddings. A contrastive vector
 * that holds nothing else only says which token comes next.
 *
 * @param examples the chains.
 * @param unembedding [vocab, d_model].
 * @returns the direction, [d_model].
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const problem = {
 *   id: "one",
 *   prompt: "2 + 3 =",
 *   answer: "5",
 *   correct: (text: string) => text.includes("5"),
 * };
 * const example = { problem, tokens: [5, 6, 7, 8], promptLength: 0, ends: [0, 2] };
 * assertEquals(contrastive.nextTokens([example], await model.unembedding()).length, 192);
 * ```
 */
export function nextTokens(examples: readonly Example[], unembedding: Tensor): Float32Array {
  checkArguments("nextTokens", {
    examples: [examples, is.listOf(anExample)],
    unembedding: [unembedding, is.tensor],
  });

  const after = (place: "first" | "last") =>
    examples.map((example) => example.tokens[positionOf(example, place) + 1]).filter((token) =>
      token !== undefined
    );
  const [last, first] = (["last", "first"] as const).map((place) =>
    meanVector(unembedding.slice({ vocab: after(place) }))
  );
  return difference(last, first);
}

/**
 * Returns a vector without its part along a direction.
 *
 * @param vector the vector.
 * @param direction the direction; its length does not matter.
 * @returns the rest, which is orthogonal to the direction.
 *
 * @example
 * ```ts
 * import * as contrastive from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(contrastive.without([3, 4], [0, 2]), [3, 0]);
 * ```
 */
export function without(vector: ArrayLike<number>, direction: ArrayLike<number>): number[] {
  checkArguments("without", { vector: [vector, is.numbers], direction: [direction, is.numbers] });

  const own = Array.from(vector);
  const along = Array.from(direction);
  const length = Math.hypot(...along);
  const part = cosine(own, along) * Math.hypot(...own);
  return own.map((value, i) => value - part * along[i] / length);
}
