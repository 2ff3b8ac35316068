import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
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
import { pointAt } from "./hook_points.ts";

export type { Numbers } from "./numbers.ts";

/** The argument of a `when` function: one token of one row. */
export interface TokenContext {
  /** The tokens up to and including this one. */
  readonly tokens: readonly number[];
  /** How many of the row's tokens are its prompt. */
  readonly promptLength: number;
  /** The number of the row in the input. */
  readonly row: number;
}

/**
 * The tokens on which an edit acts: all tokens, the prompt, the generated tokens, or the tokens for
 * which a function returns true.
 */
export type When = "always" | "prompt" | "generated" | ((context: TokenContext) => boolean);

/** The activations that an edit changes. An axis that is not named is selected whole. */
export interface EditTarget {
  /** A hook point or a glob, such as `blocks.*.attn.hook_z`. */
  readonly at: string;
  /** Heads; at `hook_k`, `hook_v` and `hook_rot_k`, key/value heads. */
  readonly heads?: readonly number[];
  /** Neurons, at the hook points of the MLP. */
  readonly neurons?: readonly number[];
  /**
   * Positions in each row; negative ones count from the end of the row, and in generation from the
   * end of its prompt. If two positions resolve to the same token, the edit is applied once, with
   * the last value. On attention grids, positions select the query axis.
   */
  readonly positions?: Selection;
  /** Positions of keys, at `hook_attn_scores` and `hook_pattern`. */
  readonly keys?: Selection;
  /** Rows of the input. Default: all. */
  readonly rows?: readonly number[];
  /** On which tokens the edit acts. Default "always". */
  readonly when?: When;
}

/**
 * An edit `x' = x * scale + shift`. At `hook_attn_scores` it acts before the causal mask, which
 * always holds.
 */
export interface AffineEdit extends EditTarget {
  /** The factor, broadcast from the right over the selected axes. Default 1. */
  readonly scale?: Numbers;
  /** The summand, broadcast from the right over the selected axes. Default 0. */
  readonly shift?: Numbers;
}

/** An edit that removes the span of some directions: `x' = x - P x`. */
export interface ProjectionEdit extends EditTarget {
  /** Directions [direction, last axis]; they need not be orthogonal. */
  readonly projectOut: Numbers;
}

/** The second argument of a function edit: facts about the activation. */
export interface FunctionContext {
  /** The name of the hook point. */
  readonly point: string;
  /** The number in the input of each row of the activation. */
  readonly rows: readonly number[];
  /**
   * For each row, the position in that row of each index along `position` (or `query`); -1 stands
   * for padding.
   */
  readonly positions: readonly (readonly number[])[];
}

/**
 * An edit by any TypeScript function. The graph is cut in two at the hook point, and the function
 * is called between the parts: for some rows at a time, and in generation first for the prompts and
 * then for each new token.
 */
export interface FunctionEdit {
  /** A hook point or a glob. */
  readonly at: string;
  /** Takes the activation, which it may change in place, and returns a tensor of the same shape. */
  readonly apply: (activation: Tensor, context: FunctionContext) => Tensor | Promise<Tensor>;
}

/**
 * A change of activations during a run. All kinds but the function edit are plain data that JSON
 * can hold.
 */
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
 * Returns edits that come from JSON or from a caller, checked.
 *
 * @throws CircuitbookError if an edit has a wrong or unknown key; the message names the nearest
 * known key.
 *
 * @example
 * ```ts
 * import { parseEdits } from "./edit.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseEdits({ at: "blocks.1.attn.hook_z", heads: [1], scale: 0 }).length, 1);
 * assertThrows(
 *   () => parseEdits({ at: "blocks.1.attn.hook_z", head: [1], scale: 0 }),
 *   Error,
 *   '"heads"',
 * );
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
      `Expected scale, shift or projectOut in edit ${number} at "${result.at}" but found none; add one of them.`,
    );
  }
  for (const value of values) if (value !== undefined) flatNumbers(value, result.at);
  return result;
}

/**
 * Returns an edit that removes the span of some directions at a hook point.
 *
 * @param directions [direction, last axis]; they need not be orthogonal.
 * @param target the hook point, and which part of its activation is edited.
 * @returns the edit, as data.
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
 * Returns edits that silence attention heads: their output `hook_z` becomes zero.
 *
 * @param heads the heads, as [layer, head].
 * @param target the rows, positions and tokens where the heads are silenced. Default: everywhere.
 * @returns one edit for each layer, as data.
 *
 * @example
 * ```ts
 * import { knockOut } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(knockOut([[1, 3], [1, 5]]), [{
 *   at: "blocks.1.attn.hook_z",
 *   heads: [3, 5],
 *   scale: 0,
 * }]);
 * ```
 */
export function knockOut(
  heads: readonly (readonly [layer: number, head: number])[],
  target: Omit<EditTarget, "at" | "heads" | "neurons" | "keys"> = {},
): AffineEdit[] {
  checkArguments("knockOut", { heads: [heads, is.lists], target: [target, is.object] });

  return byLayer(heads).map(([layer, heads]) => ({
    at: pointAt.z(layer),
    heads,
    scale: 0,
    ...target,
  }));
}

/**
 * Returns edits that silence MLP neurons: their activation `hook_post` becomes zero.
 *
 * @param neurons the neurons, as [layer, neuron].
 * @param target the rows, positions and tokens where the neurons are silenced. Default: everywhere.
 * @returns one edit for each layer, as data.
 *
 * @example
 * ```ts
 * import { zeroNeurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(zeroNeurons([[2, 17]]), [{
 *   at: "blocks.2.mlp.hook_post",
 *   neurons: [17],
 *   scale: 0,
 * }]);
 * ```
 */
export function zeroNeurons(
  neurons: readonly (readonly [layer: number, neuron: number])[],
  target: Omit<EditTarget, "at" | "heads" | "neurons" | "keys"> = {},
): AffineEdit[] {
  checkArguments("zeroNeurons", { neurons: [neurons, is.lists], target: [target, is.object] });

  return byLayer(neurons).map(([layer, neurons]) => ({
    at: pointAt.mlpPost(layer),
    neurons,
    scale: 0,
    ...target,
  }));
}

/**
 * Returns an edit that multiplies attention scores before the softmax.
 *
 * A scale of 0 does not cut an edge: the key keeps the attention that a score of 0 gets beside the
 * other scores.
 *
 * @param layer the layer, counted from 0.
 * @param scale the factor of the scores.
 * @param target the heads, queries (`positions`) and keys whose scores are scaled. Default: all.
 * @returns the edit, as data.
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
  return { at: pointAt.scores(layer), scale, ...target };
}

/** Groups heads or neurons by their layer. */
function byLayer(
  parts: readonly (readonly [layer: number, member: number])[],
): [layer: number, members: number[]][] {
  return [...Map.groupBy(parts, ([layer]) => layer)].map((
    [layer, group],
  ) => [layer, group.map(([, member]) => member)]);
}
