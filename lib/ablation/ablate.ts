import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { integer, seededRandom } from "../base/random.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { Cache } from "../model/plan/cache.ts";
import type { AffineEdit, EditTarget } from "../model/plan/edit.ts";
import { anything, checkOptions, wholeNumber } from "../base/options.ts";

/** What takes the place of an activation: zero, its mean over many tokens, or what it is in another prompt. */
export type AblationKind = "zero" | "mean" | "resample";

/** How {@link ablate} fills the place of what it removes. */
export interface AblateOptions {
  /** Default zero. */
  readonly kind?: AblationKind;
  /** For `mean` and `resample`: a run that has tapped the ablated points at all positions. */
  readonly reference?: Cache;
  /** For `resample`: the token rows of the run that is to be edited. */
  readonly rows?: readonly (readonly number[])[];
  /** For `resample`: which draw. Default 0. */
  readonly seed?: number;
}

const optionsSchema = z.strictObject({
  kind: z.enum(["zero", "mean", "resample"], 'to be "zero", "mean" or "resample"').optional(),
  reference: z.instanceof(Cache, { error: "to be the cache of a run" }).optional(),
  rows: anything,
  seed: wholeNumber.optional(),
});

/** Far below any score, and still finite. */
const CUT = -1e9;

/**
 * Edits that ablate heads, neurons, positions or whole activations.
 *
 * `zero` sets them to zero; at `hook_attn_scores`, where zero means nothing, it cuts the edges: the query looks elsewhere
 * (attention knockout, Geva et al., arXiv 2304.14767). `mean` sets each to its mean over all tokens of the reference.
 * `resample` gives each row the activations of another prompt of the reference, drawn at random and aligned at the end (Chan
 * et al., Causal Scrubbing, 2022). Zero is the strongest and takes a model furthest from what it knows; mean and resample
 * keep what does not depend on the prompt.
 *
 * @throws CircuitbookError when a reference is wanted and not there, or has no other prompt.
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
  checkOptions(options, optionsSchema, "ablate");
  return ablated(targets, options);
}

/** The same with options that were checked before: sweeps make an edit for each part and prompt. */
export function ablated(
  targets: readonly EditTarget[],
  { kind = "zero", reference, rows, seed = 0 }: AblateOptions,
): AffineEdit[] {
  if (kind === "zero") return targets.map(zeroed);
  if (!reference) {
    throw new CircuitbookError(
      `Expected a reference for ${kind} ablation but found none; tap a run.`,
    );
  }
  if (kind === "mean") {
    return targets.map((target) => ({ ...target, scale: 0, shift: meanOf(target, reference) }));
  }
  if (!rows) {
    throw new CircuitbookError(
      "Expected the token rows of the run for resample ablation but found none.",
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

function zeroed(target: EditTarget): AffineEdit {
  return target.at.endsWith("hook_attn_scores")
    ? { ...target, scale: 0, shift: CUT }
    : { ...target, scale: 0 };
}

/** The mean over all tokens of the reference, [heads or neurons, …]. */
function meanOf(target: EditTarget, reference: Cache): Tensor {
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

/** What stands in a donor's row as far from the end, [position, heads or neurons, …]. */
function resampled(target: EditTarget, length: number, reference: Cache, donor: number): Tensor {
  const chosen = selected(target, reference);
  const columns = chosen.size("position");
  const pad = reference.pads[donor];
  const positions = resolveSelection(target.positions ?? {}, length, "position");
  return chosen.slice({
    batch: donor,
    position: positions.map((position) => Math.max(pad, columns - length + position)),
  });
}

/** The activation [batch, position, …] at a target, its heads or neurons alone. */
function selected({ at, heads, neurons }: EditTarget, reference: Cache): Tensor {
  const tensor = reference.get(at);
  if (tensor.axes[0] !== "batch" || tensor.axes[1] !== "position") {
    throw new CircuitbookError(
      `Expected a reference [batch, position, …] at "${at}" but found ${tensor.describe()}; tap it at all positions.`,
    );
  }
  const headAxis = tensor.axes.includes("kv_head") ? "kv_head" : "head";
  return tensor.slice({
    ...heads ? { [headAxis]: heads } : {},
    ...neurons ? { d_mlp: neurons } : {},
  });
}

/** Another prompt of the reference. */
function donorOf(tokens: readonly number[], { tokens: rows }: Cache, seed: number): number {
  const own = tokens.join();
  const others = [...rows.keys()].filter((row) => rows[row].join() !== own);
  if (!others.length) {
    throw new CircuitbookError("Expected another prompt to resample from but found none.");
  }
  return others[integer(seededRandom(seed), 0, others.length - 1)];
}
