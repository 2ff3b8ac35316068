import { z } from "zod";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { type Selection, Tensor } from "../base/tensor.ts";

/** A number, nested lists of numbers, or a tensor: broadcast from the right over what the edit selects, as NumPy does. */
export type Numbers = number | Float32Array | Tensor | readonly Numbers[];

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
  /** Token indices in each row; negative ones count from the end of the row (in generation: of its prompt). Queries at attention grids. */
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

/** Changes an activation by any TypeScript function; the model is cut in two at that point. */
export interface FunctionEdit {
  readonly at: string;
  /** Gets the activation with its named axes and returns one of the same shape. */
  readonly apply: (activation: Tensor, context: { readonly point: string }) => Tensor | Promise<Tensor>;
}

/** A change of activations during a run. Plain data, except for functions: it can be written to JSON. */
export type Edit = AffineEdit | ProjectionEdit | FunctionEdit;

const index = z.number().int();
const selection = z.union([
  index,
  z.array(index),
  z.strictObject({ from: index.optional(), to: index.optional() }),
]);
const numbers: z.ZodType<Numbers> = z.lazy(() =>
  z.union([z.number(), z.instanceof(Float32Array), z.instanceof(Tensor), z.array(numbers)])
);
const target = {
  at: z.string(),
  heads: z.array(index).nonempty().optional(),
  neurons: z.array(index).nonempty().optional(),
  positions: selection.optional(),
  keys: selection.optional(),
  rows: z.array(index).nonempty().optional(),
  when: z.union([z.enum(["always", "prompt", "generated"]), z.custom<When>((value) => typeof value === "function")])
    .optional(),
};
const schemas = {
  affine: z.strictObject({ ...target, scale: numbers.optional(), shift: numbers.optional() }),
  projection: z.strictObject({ ...target, projectOut: numbers }),
  function: z.strictObject({
    at: z.string(),
    apply: z.custom<FunctionEdit["apply"]>((value) => typeof value === "function"),
  }),
};

/**
 * Checks edits that come from JSON or from a caller.
 *
 * @throws CircuitbookError naming the edit, the key and the nearest known key.
 *
 * @example
 * ```ts
 * import { parseEdits } from "circuitbook";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(parseEdits({ at: "blocks.1.attn.hook_z", heads: [1], scale: 0 }).length, 1);
 * assertThrows(() => parseEdits({ at: "blocks.1.attn.hook_z", head: [1], scale: 0 }), Error, '"heads"');
 * ```
 */
export function parseEdits(edits: unknown): Edit[] {
  return (Array.isArray(edits) ? edits : [edits]).map(parseEdit);
}

function parseEdit(edit: unknown, position: number): Edit {
  if (typeof edit !== "object" || edit === null) {
    throw new CircuitbookError(`Expected edit ${position} to be an object but found ${JSON.stringify(edit)}.`);
  }
  const schema = "apply" in edit ? schemas.function : "projectOut" in edit ? schemas.projection : schemas.affine;
  const parsed = schema.safeParse(edit);
  if (!parsed.success) {
    throw new CircuitbookError(`Edit ${position}: ${describeIssue(parsed.error.issues[0], schema.shape)}`);
  }
  const result = parsed.data as Edit;
  if (!("apply" in result) && !("projectOut" in result) && result.scale === undefined && result.shift === undefined) {
    throw new CircuitbookError(
      `Edit ${position}: expected scale, shift or projectOut at "${result.at}" but found none.`,
    );
  }
  return result;
}

function describeIssue(issue: z.core.$ZodIssue, shape: object): string {
  if (issue.code === "unrecognized_keys") {
    const [key] = issue.keys;
    return `expected known keys but found "${key}"; nearest: "${nearestNames(key, Object.keys(shape), 1)}".`;
  }
  return `${issue.path.join(".") || "edit"}: ${issue.message}.`;
}

/**
 * An edit that removes the span of some directions at a hook point.
 *
 * @example
 * ```ts
 * import { parseEdits, projectOut } from "circuitbook";
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
  return byLayer(heads).map(([layer, heads]) => ({ at: `blocks.${layer}.attn.hook_z`, heads, scale: 0, ...target }));
}

/** Edits that silence MLP neurons: their activation `hook_post` becomes zero. */
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

/** An edit that multiplies attention scores before the softmax at (query, key) pairs of some heads. */
export function scaleScores(
  layer: number,
  scale: number,
  target: Pick<EditTarget, "heads" | "positions" | "keys" | "rows" | "when"> = {},
): AffineEdit {
  return { at: `blocks.${layer}.attn.hook_attn_scores`, scale, ...target };
}

function byLayer(pairs: readonly (readonly [number, number])[]): [layer: number, members: number[]][] {
  return [...Map.groupBy(pairs, ([layer]) => layer)].map((
    [layer, group],
  ) => [layer, group.map(([, member]) => member)]);
}
