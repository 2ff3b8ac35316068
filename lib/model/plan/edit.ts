import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { Selection, Tensor } from "../../base/tensor.ts";
import { flatNumbers, type Numbers } from "./numbers.ts";
import {
  anything,
  callable,
  checkOptions,
  selection,
  shown,
  wholeNumbers,
} from "../../base/options.ts";

export type { Numbers } from "./numbers.ts";

/** What a `when` predicate sees for one token of one row. */
export interface TokenContext {
  /** The tokens up to and including this one. */
  readonly tokens: readonly number[];
  /** How many of the row's tokens are its prompt. */
  readonly promptLength: number;
  /** Row of the batch. */
  readonly row: number;
}

/** When an edit acts: always, on tokens of the prompt, on generated tokens, or where a predicate over the tokens so far holds. */
export type When = "always" | "prompt" | "generated" | ((context: TokenContext) => boolean);

/** Which activations an edit changes. What is not named is selected whole. */
export interface EditTarget {
  /** Hook point or glob, e.g. `blocks.*.attn.hook_z`. */
  readonly at: string;
  /** Heads (key/value heads at `hook_k`, `hook_v`, `hook_rot_k`). */
  readonly heads?: readonly number[];
  /** Neurons, at the points of the MLP. */
  readonly neurons?: readonly number[];
  /** Token indices in each row; negative ones count from the end of the row (in generation: of its prompt). Two that are one token of a row act once, by the last. Queries at attention grids. */
  readonly positions?: Selection;
  /** Key indices, at `hook_attn_scores` and `hook_pattern`. */
  readonly keys?: Selection;
  /** Rows of the batch. */
  readonly rows?: readonly number[];
  readonly when?: When;
}

/** `x' = x * scale + shift`. At `hook_attn_scores` it acts before the causal mask, which always holds. */
export interface AffineEdit extends EditTarget {
  readonly scale?: Numbers;
  readonly shift?: Numbers;
}

/** Removes the span of some directions: `x' = x - P x`. */
export interface ProjectionEdit extends EditTarget {
  /** Directions [direction, last axis]; they need not be orthogonal. */
  readonly projectOut: Numbers;
}

/** What a function edit is told of the activation that it gets. */
export interface FunctionContext {
  readonly point: string;
  /** Which row of the input each row of the activation is. */
  readonly rows: readonly number[];
  /** Which token of its row each index along `position` (or `query`) is, for each row; -1 is padding. */
  readonly positions: readonly (readonly number[])[];
}

/**
 * Changes an activation by any TypeScript function; the model is cut in two at that point. The function is called for some
 * rows at a time, and while the model writes, for the prompts and then for each new token: its context says which they are.
 */
export interface FunctionEdit {
  readonly at: string;
  /** Gets the activation with its named axes, which it may change, and returns one of the same shape. */
  readonly apply: (activation: Tensor, context: FunctionContext) => Tensor | Promise<Tensor>;
}

/** A change of activations during a run. Plain data, except for functions: it can be written to JSON. */
export type Edit = AffineEdit | ProjectionEdit | FunctionEdit;

const point = z.string("to be a hook point or a glob");
const target = {
  at: point,
  heads: wholeNumbers.optional(),
  neurons: wholeNumbers.optional(),
  rows: wholeNumbers.optional(),
  positions: selection.optional(),
  keys: selection.optional(),
  when: z.union(
    [
      z.enum(["always", "prompt", "generated"]),
      z.custom<When>((value) => typeof value === "function"),
    ],
    'to be "always", "prompt", "generated" or a function',
  ).optional(),
};
const schemas = {
  affine: z.strictObject({ ...target, scale: anything, shift: anything }),
  projection: z.strictObject({ ...target, projectOut: anything }),
  function: z.strictObject({ at: point, apply: callable }),
};

/**
 * Checks edits that come from JSON or from a caller.
 *
 * @throws CircuitbookError naming the edit, the key and the nearest known key.
 *
 * @example
 * ```ts
 * import { parseEdits } from "./edit.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseEdits({ at: "blocks.1.attn.hook_z", heads: [1], scale: 0 }).length, 1);
 * assertThrows(() => parseEdits({ at: "blocks.1.attn.hook_z", head: [1], scale: 0 }), Error, '"heads"');
 * ```
 */
export function parseEdits(edits: unknown): Edit[] {
  return (Array.isArray(edits) ? edits : [edits]).map(parseEdit);
}

function parseEdit(edit: unknown, number: number): Edit {
  if (typeof edit !== "object" || edit === null || Array.isArray(edit)) {
    throw new CircuitbookError(`Expected edit ${number} to be an object but found ${shown(edit)}.`);
  }
  const kind = "apply" in edit ? "function" : "projectOut" in edit ? "projection" : "affine";
  checkOptions(edit, schemas[kind], `edit ${number}`);
  const result = edit as Edit;
  if ("apply" in result) return result;
  const values = "projectOut" in result ? [result.projectOut] : [result.scale, result.shift];
  if (values.every((value) => value === undefined)) {
    throw new CircuitbookError(
      `Expected scale, shift or projectOut in edit ${number} at "${result.at}" but found none.`,
    );
  }
  for (const value of values) if (value !== undefined) flatNumbers(value, result.at);
  return result;
}

/**
 * An edit that removes the span of some directions at a hook point.
 *
 * @example
 * ```ts
 * import { projectOut } from "circuitbook";
 * import { parseEdits } from "./edit.ts";
 *
 * parseEdits(projectOut([[1, 0, 0]], { at: "blocks.0.hook_resid_post" }));
 * ```
 */
export function projectOut(directions: Numbers, target: EditTarget): ProjectionEdit {
  return { ...target, projectOut: directions };
}

/**
 * Edits that silence attention heads: their output `hook_z` becomes zero.
 *
 * @param heads pairs of layer and head.
 *
 * @example
 * ```ts
 * import { knockOut } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(knockOut([[1, 3], [1, 5]]), [{ at: "blocks.1.attn.hook_z", heads: [3, 5], scale: 0 }]);
 * ```
 */
export function knockOut(
  heads: readonly (readonly [layer: number, head: number])[],
  target: Omit<EditTarget, "at" | "heads" | "neurons" | "keys"> = {},
): AffineEdit[] {
  return byLayer(heads).map(([layer, heads]) => ({
    at: `blocks.${layer}.attn.hook_z`,
    heads,
    scale: 0,
    ...target,
  }));
}

/**
 * Edits that silence MLP neurons: their activation `hook_post` becomes zero.
 *
 * @example
 * ```ts
 * import { zeroNeurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(zeroNeurons([[2, 17]]), [{ at: "blocks.2.mlp.hook_post", neurons: [17], scale: 0 }]);
 * ```
 */
export function zeroNeurons(
  neurons: readonly (readonly [layer: number, neuron: number])[],
  target: Omit<EditTarget, "at" | "heads" | "neurons" | "keys"> = {},
): AffineEdit[] {
  return byLayer(neurons).map(([layer, neurons]) => ({
    at: `blocks.${layer}.mlp.hook_post`,
    neurons,
    scale: 0,
    ...target,
  }));
}

/**
 * An edit that multiplies attention scores before the softmax at (query, key) pairs of some heads.
 *
 * @example
 * ```ts
 * import { scaleScores } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(scaleScores(0, 0.5, { heads: [1], positions: [-1] }), {
 *   at: "blocks.0.attn.hook_attn_scores", scale: 0.5,
 *   heads: [1], positions: [-1],
 * });
 * ```
 */
export function scaleScores(
  layer: number,
  scale: number,
  target: Pick<EditTarget, "heads" | "positions" | "keys" | "rows" | "when"> = {},
): AffineEdit {
  return { at: `blocks.${layer}.attn.hook_attn_scores`, scale, ...target };
}

function byLayer(
  pairs: readonly (readonly [number, number])[],
): [layer: number, members: number[]][] {
  return [...Map.groupBy(pairs, ([layer]) => layer)].map((
    [layer, group],
  ) => [layer, group.map(([, member]) => member)]);
}
