import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { resolveSelection, type Selection } from "../base/tensor.ts";
import { scaledTo } from "../base/vectors.ts";
import type { AffineEdit, TokenContext, When } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions, selection } from "../base/options.ts";

/** Where, when and how strongly a vector is added to the residual stream. */
export interface SteerOptions {
  /** Layers after which the vector is added, e.g. `{ from: 4 }`; all by default. */
  readonly layers?: Selection;
  /** Length of what is added: the vector is normalised first. */
  readonly scale: number;
  /** Token positions; all by default. */
  readonly positions?: Selection;
  /** When it acts, e.g. {@link everyNth}; always by default. */
  readonly when?: When;
}

const steerSchema = z.strictObject({
  layers: selection.optional(),
  scale: anything,
  positions: selection.optional(),
  when: anything,
});

/**
 * Edits that add a normalised vector × scale to the residual stream after some layers.
 *
 * @param vector [d_model], or one for each layer by its index.
 * @throws CircuitbookError when a vector has another size than the residual stream, is zero or not finite.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 *
 * const model = await loadModel("countdown-r1");
 * const vector = new Float32Array(192).fill(1);
 * const edit = steering.steer(model, vector, { layers: { from: 4 }, scale: 5, when: steering.everyNth(model, " (", 3) });
 * await model.generate("11 + 5 =", { edit, maxNewTokens: 4 });
 * ```
 */
export function steer(
  model: Model,
  vector: ArrayLike<number> | ((layer: number) => ArrayLike<number>),
  options: SteerOptions,
): AffineEdit[] {
  checkOptions(options, steerSchema, "steer");
  const { layers = {}, scale, positions, when } = options;
  if (!Number.isFinite(scale)) {
    throw new CircuitbookError(`Expected a finite scale but found ${scale}.`);
  }
  return resolveSelection(layers, model.architecture.layers, "layer").map((layer) => ({
    at: `blocks.${layer}.hook_resid_post`,
    shift: scaledTo(
      typeof vector === "function" ? vector(layer) : vector,
      scale,
      model.architecture.dModel,
    ),
    ...positions === undefined ? {} : { positions },
    ...when === undefined ? {} : { when },
  }));
}

/**
 * A `when` that holds on every n-th occurrence of a token in a row, counted from its start: the 3rd, 6th, … for n = 3.
 *
 * @param text must be exactly one token.
 * @throws CircuitbookError when the text is not one token, or n no count.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const when = steering.everyNth(model, " (", 2);
 * const open = model.tokenizer.idOf(" (");
 * assertEquals(typeof when === "function" && when({ tokens: [open, 7, open], promptLength: 0, row: 0 }), true);
 * ```
 */
export function everyNth(model: Model, text: string, n: number): When {
  checkCount(n);
  return nthOccurrence(model, text, (count) => count % n === 0);
}

/**
 * A `when` that holds on every occurrence of a token from the n-th on. @throws CircuitbookError when the text is not one token, or n no count.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const when = steering.fromNth(model, " (", 2);
 * const open = model.tokenizer.idOf(" (");
 * assertEquals(typeof when === "function" && when({ tokens: [open], promptLength: 0, row: 0 }), false);
 * ```
 */
export function fromNth(model: Model, text: string, n: number): When {
  checkCount(n);
  return nthOccurrence(model, text, (count) => count >= n);
}

/**
 * A `when` that holds on every token, whichever, from the n-th occurrence of one on. @throws CircuitbookError when the text is not one token, or n no count.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const when = steering.afterNth(model, " (", 1);
 * const open = model.tokenizer.idOf(" (");
 * assertEquals(typeof when === "function" && when({ tokens: [open, 7], promptLength: 0, row: 0 }), true);
 * ```
 */
export function afterNth(model: Model, text: string, n: number): When {
  checkCount(n);
  const token = model.tokenizer.idOf(text);
  return ({ tokens }: TokenContext) => tokens.filter((other) => other === token).length >= n;
}

function checkCount(n: number): void {
  if (Number.isInteger(n) && n >= 1) return;
  throw new CircuitbookError(`Expected a whole number of occurrences, at least 1, but found ${n}.`);
}

function nthOccurrence(model: Model, text: string, wanted: (count: number) => boolean): When {
  const token = model.tokenizer.idOf(text);
  return ({ tokens }: TokenContext) =>
    tokens.at(-1) === token && wanted(tokens.filter((other) => other === token).length);
}
