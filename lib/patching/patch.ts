import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { intervene, interventionTaps, lastLogits, promptGroups } from "../model/interventions.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { AffineEdit, EditTarget } from "../model/plan/edit.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import { metricFunction } from "../model/plan/metric_function.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel, promptPairs } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, watch } from "../base/options.ts";
import { pairedRows, type PromptPairs } from "../model/prompt_pairs.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { rowOf } from "../model/plan/row_of.ts";

/** How patches are judged. */
export interface PatchOptions extends Watch {
  /** The number by which each patched run is judged, such as `{ logitDifference: [a, b] }`. */
  readonly metric: Metric;
  /** How many patched runs are done together at most. The table does not depend on this number. */
  readonly batchSize?: number;
}

/**
 * The part of the activation at a hook point that a patch replaces. An axis that is not named is
 * replaced whole.
 */
export type PatchTarget = Pick<EditTarget, "at" | "heads" | "neurons" | "positions" | "keys">;

/** Activations that are patched together. */
export interface Patch<Names extends object = Readonly<Record<string, number | string>>> {
  /** The columns that name this patch in the table, such as `{ layer: 4 }`. */
  readonly names: Names;
  /** The activations that are replaced. */
  readonly targets: readonly PatchTarget[];
  /** How far the activation moves from its corrupted (0) to its clean value (1). Default 1. */
  readonly share?: number;
}

/** What one patch does to one pair of prompts: the columns that every table of patches has. */
export interface PatchEffect {
  /** The number of the pair, from 0. */
  row: number;
  /** The metric of the corrupted run. */
  corrupted: number;
  /** The metric of the clean run. */
  clean: number;
  /** The metric of the corrupted run with the patch. */
  value: number;
  /**
   * The share of the way from `corrupted` to `clean` that the patch restores: 0 if the patch does
   * nothing, 1 if it does everything. Not finite if the metric of both runs is equal.
   */
  restored: number;
}

/** The schemas of {@link PatchOptions}. */
export const patchShape = {
  ...watch,
  metric: metricOption,
  batchSize: atLeastOne.optional(),
};

const listOfPatches = is.listOf(is.like("a patch", "names", "targets"));

/**
 * Returns what activation patching does to a metric of the last logits: activations of the clean
 * prompts are put into runs of the corrupted prompts, one patch at a time.
 *
 * Each patched run starts at the layer and the first position of its patch. Activations that cannot
 * differ between the two prompts are not computed again. Vig et al., Causal Mediation Analysis
 * (2020); Meng et al., arXiv 2202.05262; metrics as in Heimersheim and Nanda, arXiv 2404.15255.
 *
 * @param model the model that is patched.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param patches the patches of every pair, or a function that returns the patches of one pair from
 * its number and its length in tokens.
 * @param options the metric, and how many runs are done together.
 * @returns a row for each pair and patch, with the names of the patch as columns.
 * @throws CircuitbookError if the prompts are not pairs of equal length, or a patch names a hook
 * point, head, neuron or position that does not exist.
 *
 * @example
 * ```ts
 * import { loadModel, patching } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const pairs = { clean: "11 + 5 = 16", corrupted: "11 + 4 = 15" };
 * const patches = [0, 4].map((layer) => ({
 *   names: { layer },
 *   targets: [{ at: `blocks.${layer}.hook_mlp_out` }],
 * }));
 * const table = await patching.patch(model, pairs, patches, { metric: (logits) => logits[0] });
 * assertEquals(table.columns, ["row", "layer", "corrupted", "clean", "value", "restored"]);
 * ```
 */
export async function patch<Names extends object>(
  model: Model,
  pairs: PromptPairs,
  patches: readonly Patch<Names>[] | ((row: number, length: number) => readonly Patch<Names>[]),
  options: PatchOptions,
): Promise<TableOf<PatchEffect & Names>> {
  checkArguments("patch", {
    model: [model, aModel],
    pairs: [pairs, promptPairs],
    patches: [patches, is.either(is.callable, listOfPatches)],
  });
  checkOptions(options, z.strictObject(patchShape), "patch");
  const { signal } = options;
  const { clean, corrupted } = pairedRows(model, pairs);
  const metric = metricFunction(options.metric, clean, model.architecture);
  const ofRow = clean.map(({ length }, row) => {
    if (typeof patches !== "function") return patches;
    const made = patches(row, length);
    checkArguments("patch", { "patches(row, length)": [made, listOfPatches] });
    return made;
  });
  const points = [...new Set(ofRow.flat().flatMap(({ targets }) => targets.map(({ at }) => at)))];
  if (!points.length) {
    throw new CircuitbookError(
      "Expected at least one patch but found none; give patches as { names, targets }.",
    );
  }
  const tap = [...new Set([...points, ...interventionTaps(model, points)])];
  const records: (PatchEffect & Names)[][] = [];
  for (const { members, rows } of promptGroups(model, clean, tap)) {
    const from = await model.run(rows, { tap: points, logits: [-1], signal });
    const base = await model.run(members.map((member) => corrupted[member]), {
      tap,
      logits: [-1],
      signal,
    });
    const edits = editsFor(from, base);
    const jobs = members.flatMap((member, row) =>
      ofRow[member].map((patch) => ({ row, edits: edits(row, patch) }))
    );
    const values = await intervene(model, base, jobs, {
      ...options,
      metric: (logits: Float32Array, row: number) => metric(logits, members[row]),
      label: `patch in ${members.length} of ${clean.length} pairs`,
    });
    let at = 0;
    members.forEach((member, row) => {
      const [before, after] = [base, from].map((cache) => metric(lastLogits(cache, row), member));
      records[member] = ofRow[member].map(({ names }) => ({
        row: member,
        ...names,
        ...restoration(before, after, values[at++]),
      }));
    });
  }
  return tableOf(records.flat());
}

/** Returns how far a patched metric lies on the way from the corrupted to the clean metric. */
export function restoration(
  corrupted: number,
  clean: number,
  value: number,
): Omit<PatchEffect, "row"> {
  return { corrupted, clean, value, restored: (value - corrupted) / (clean - corrupted) };
}

/**
 * Returns a function that makes the edits of a patch. Edits that would change nothing are left out.
 */
function editsFor(
  clean: Cache,
  corrupted: Cache,
): (row: number, patch: Pick<Patch, "targets" | "share">) => AffineEdit[] {
  const [cleanAt, corruptedAt] = [activationsOf(clean), activationsOf(corrupted)];
  return (row, { targets, share = 1 }) => {
    const own = clean.tokens[row];
    const other = corrupted.tokens[row];
    const differ = own.findIndex((token, i) => token !== other[i]);
    return targets.flatMap((target) => {
      const positions = resolveSelection(target.positions ?? {}, own.length, "position");
      // Attention is causal: no activation differs before the first token that differs.
      const later = differ < 0 ? [] : positions.filter((position) => position >= differ);
      if (!later.length) return [];
      const patched = { ...target, positions: later };
      const shift = cleanAt(row, patched);
      const before = corruptedAt(row, patched);
      if (shift.data.every((value, i) => value === before.data[i])) return [];
      // Masked scores are -Infinity, which an edit may not hold. Edits act before the mask, so that
      // any number can stand in their place.
      const data = shift.data.map((value) => value === -Infinity ? 0 : share * value);
      return [{ ...patched, scale: 1 - share, shift: new Tensor(data, shift.sizes) }];
    });
  };
}

/**
 * Returns a function that reads the activation of a row at a target, without the batch axis. Each
 * row is taken out of the cache once.
 */
function activationsOf(cache: Cache): (row: number, target: PatchTarget) => Tensor {
  const rows = new Map<string, Tensor>();
  return (row, { at, heads, neurons, positions, keys }) => {
    const key = `${row} ${at}`;
    const tensor = rows.get(key) ?? rowOf(cache, at, row);
    rows.set(key, tensor);
    const [headAxis] = tensor.axes.filter((axis) => axis === "head" || axis === "kv_head");
    return tensor.slice({
      ...positions !== undefined &&
        { [tensor.axes.includes("query") ? "query" : "position"]: positions },
      ...heads && { [headAxis]: heads },
      ...neurons && { d_mlp: neurons },
      ...keys !== undefined && { key: keys },
    });
  };
}
