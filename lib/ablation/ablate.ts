import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom } from "../base/random.ts";
import { resolveSelection, type Selection, Tensor } from "../base/tensor.ts";
import { Cache } from "../model/plan/cache.ts";
import type { AffineEdit, EditTarget } from "../model/plan/edit.ts";
import { anything, checkOptions, wholeNumber } from "../base/options.ts";

/** What replaces an activation: zero, its mean over many tokens, or its value in another prompt. */
export type AblationKind = "zero" | "mean" | "resample";

/** What {@link ablate} replaces activations with. */
export interface AblateOptions {
  /** What replaces the activations. Default `zero`. */
  readonly kind?: AblationKind;
  /**
   * The cache of a run with taps at the ablated hook points, all positions. `mean` and `resample`
   * need it.
   */
  readonly reference?: Cache;
  /** The token rows of the run that will be edited. `resample` needs them. */
  readonly rows?: readonly (readonly number[])[];
  /** The seed of the draws of `resample`. Default 0. */
  readonly seed?: number;
}

/** The schema of {@link AblationKind}. */
export const ablationKind = z.enum(
  ["zero", "mean", "resample"],
  'to be "zero", "mean" or "resample"',
);

const optionsSchema = z.strictObject({
  kind: ablationKind.optional(),
  reference: z.instanceof(Cache, { error: "to be the cache of a run" }).optional(),
  rows: anything,
  seed: wholeNumber.optional(),
});

/**
 * An attention score that no query attends to: far below any other, and still finite, as edits must
 * be.
 */
export const CUT_SCORE = -1e9;

/**
 * Returns edits that ablate heads, neurons, positions or whole activations.
 *
 * - `zero` sets activations to zero. At `hook_attn_scores`, where a zero removes nothing, it cuts
 *   the edges, so that the query attends elsewhere (attention knockout, Geva et al., arXiv
 *   2304.14767).
 * - `mean` sets each activation to its mean over all tokens of the reference.
 * - `resample` gives each row the activations of another prompt of the reference, drawn at random
 *   and aligned at the last token (Chan et al., Causal Scrubbing, 2022).
 *
 * Zero is the strongest ablation, and takes the activations furthest from those that the model was
 * trained on. Mean and resample ablation keep what does not depend on the prompt.
 *
 * @param targets the hook points, and their heads, neurons or positions.
 * @param options what replaces the activations, and what `mean` and `resample` read.
 * @returns an edit for each target; for `resample`, an edit for each target and row.
 * @throws CircuitbookError if `mean` or `resample` lacks its reference or rows, or the reference
 * has no other prompt.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 *
 * const model = await loadModel("countdown-r1");
 * const at = "blocks.1.attn.hook_z";
 * const reference = await model.run(["11 + 5 = 16", "7 + 2 = 9"], { tap: at });
 * const edit = ablation.ablate([{ at, heads: [3] }], { kind: "mean", reference });
 * await model.run("11 + 5 =", { edit });
 * ```
 */
export function ablate(targets: readonly EditTarget[], options: AblateOptions = {}): AffineEdit[] {
  checkArguments("ablate", {
    targets: [targets, is.listOf(is.like("an edit target", "at"))],
  });

  checkOptions(options, optionsSchema, "ablate");
  return ablated(targets, options);
}

/**
 * Does what {@link ablate} does without checking the options: sweeps make an edit for each part and
 * prompt.
 */
export function ablated(
  targets: readonly EditTarget[],
  { kind = "zero", reference, rows, seed = 0 }: AblateOptions,
): AffineEdit[] {
  if (kind === "zero") return targets.map(zeroed);
  if (!reference) {
    throw new CircuitbookError(
      `Expected a reference for ${kind} ablation but found none; give the cache of a run with these taps.`,
    );
  }
  if (kind === "mean") {
    return targets.map((target) => ({
      ...target,
      scale: 0,
      shift: meanActivation(target, reference),
    }));
  }
  if (!rows) {
    throw new CircuitbookError(
      "Expected the token rows of the run for resample ablation but found none; set rows.",
    );
  }
  return rows.flatMap((tokens, row) => {
    const donor = donorOf(tokens, reference, seed + row);
    const own = targets.filter((target) =>
      !target.rows || resolveSelection(target.rows, rows.length, "row").includes(row)
    );
    return own.map((target) => ({
      ...target,
      rows: [row],
      scale: 0,
      shift: resampled(target, tokens.length, reference, donor),
    }));
  });
}

/** Returns the edit that sets a target to zero, or cuts attention scores. */
function zeroed(target: EditTarget): AffineEdit {
  return target.at.endsWith("hook_attn_scores")
    ? { ...target, scale: 0, shift: CUT_SCORE }
    : { ...target, scale: 0 };
}

/** Returns the mean over all tokens of the reference, [heads or neurons, …]. */
function meanActivation(target: EditTarget, reference: Cache): Tensor {
  const chosen = selected(target, reference);
  const features = chosen.data.length / (chosen.shape[0] * chosen.shape[1]);
  const mean = new Float64Array(features);
  const columns = chosen.size("position");
  let count = 0;
  reference.pads.forEach((pad, row) => {
    for (let column = pad; column < columns; column++, count++) {
      const at = (row * columns + column) * features;
      for (let i = 0; i < features; i++) mean[i] += chosen.data[at + i];
    }
  });
  const sizes = Object.entries(chosen.sizes).slice(2);
  return new Tensor(Float32Array.from(mean, (sum) => sum / count), Object.fromEntries(sizes));
}

/**
 * Returns the activations of a donor, aligned at the last token, [position, heads or neurons, …].
 * If the donor is shorter, its first token takes the place of the missing ones.
 */
function resampled(target: EditTarget, length: number, reference: Cache, donor: number): Tensor {
  const columns = tapped(target.at, reference).size("position");
  const pad = reference.pads[donor];
  const positions = resolveSelection(target.positions ?? {}, length, "position");
  return selected(target, reference, {
    batch: donor,
    position: positions.map((position) => Math.max(pad, columns - length + position)),
  });
}

/**
 * Returns the activations at a hook point, [batch, position, …].
 *
 * @throws CircuitbookError if they are tapped at chosen positions.
 */
function tapped(at: string, reference: Cache): Tensor {
  const tensor = reference.get(at);
  const isWhole = !reference.chosen.has(at);
  if (!isWhole || tensor.axes[0] !== "batch" || tensor.axes[1] !== "position") {
    throw new CircuitbookError(
      `Expected a reference [batch, position, …] at "${at}" but found ${tensor.describe()}${
        isWhole ? "" : " at chosen positions"
      }; tap it at all positions.`,
    );
  }
  return tensor;
}

/**
 * Returns the activations of a target's heads or neurons, [batch, position, …].
 *
 * @param place the rows and positions that are selected; all by default.
 */
function selected(
  { at, heads, neurons }: EditTarget,
  reference: Cache,
  place: Readonly<Record<string, Selection>> = {},
): Tensor {
  const tensor = tapped(at, reference);
  const headAxis = tensor.axes.includes("kv_head") ? "kv_head" : "head";
  // Rows and positions are sliced first, so that the slices of heads and neurons copy little.
  return tensor.slice({
    ...place,
    ...heads ? { [headAxis]: heads } : {},
    ...neurons ? { d_mlp: neurons } : {},
  });
}

/**
 * Draws another prompt of the reference.
 *
 * @throws CircuitbookError if all prompts are equal to the
 * row.
 */
function donorOf(tokens: readonly number[], { tokens: rows }: Cache, seed: number): number {
  const isOwn = (row: readonly number[]) =>
    row.length === tokens.length && row.every((token, i) => token === tokens[i]);
  const others = [...rows.keys()].filter((row) => !isOwn(rows[row]));
  if (!others.length) {
    throw new CircuitbookError(
      "Expected another prompt to resample from but found only the prompt itself; give a reference with other prompts.",
    );
  }
  return others[integer(seededRandom(seed), 0, others.length - 1)];
}
