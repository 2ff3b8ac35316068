import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { intervene, interventionTaps, lastLogits, promptGroups } from "../model/interventions.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { AffineEdit, EditTarget } from "../model/plan/edit.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import { metricFunction } from "../model/plan/metric_function.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, watch } from "../base/options.ts";
import { pairedRows, type PromptPairs } from "../model/prompt_pairs.ts";

/** How patches are judged. */
export interface PatchOptions extends Watch {
  readonly metric: Metric;
  /** Runs that are done together, at most; the table does not depend on it. */
  readonly batchSize?: number;
}

/** Activations that are patched together, and the columns that name them in the table. */
export interface Patch {
  readonly names: Readonly<Record<string, number | string>>;
  readonly targets: readonly Pick<EditTarget, "at" | "heads" | "neurons" | "positions" | "keys">[];
  /** How much of the way from the corrupted to the clean activation is gone. Default 1, all. */
  readonly share?: number;
}

/** The options of every kind of patching. */
export const patchShape = {
  ...watch,
  metric: metricOption,
  batchSize: atLeastOne.optional(),
};

/**
 * Activation patching: puts activations of the clean prompts into runs of the corrupted ones, a patch at a time, and returns what
 * that does to a metric of the last logits, as a table: `row`, the names of the patch, `corrupted`, `clean`, `value` (patched)
 * and `restored`, the share of the way from corrupted to clean: 0 where the patch does nothing, 1 where it does everything; no
 * number where the two do not differ.
 *
 * Each patch runs from its layer and its first position on; what cannot differ between the two prompts is not run.
 * Vig et al., Causal Mediation Analysis (2020); Meng et al., arXiv 2202.05262; metrics as in Heimersheim and Nanda, arXiv
 * 2404.15255.
 *
 * @param patches the same for each row, or a function of the row.
 * @throws CircuitbookError when the prompts are not pairs of equal length, or a patch names what is not there.
 *
 * @example
 * ```ts
 * import { loadModel, patching } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const pairs = { clean: "11 + 5 = 16", corrupted: "11 + 4 = 15" };
 * const patches = [0, 4].map((layer) => ({ names: { layer }, targets: [{ at: `blocks.${layer}.hook_mlp_out` }] }));
 * const table = await patching.patch(model, pairs, patches, { metric: (logits) => logits[0] });
 * assertEquals(table.columns, ["row", "layer", "corrupted", "clean", "value", "restored"]);
 * ```
 */
export async function patch(
  model: Model,
  pairs: PromptPairs,
  patches: readonly Patch[] | ((row: number, length: number) => readonly Patch[]),
  options: PatchOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject(patchShape), "patch");
  const { signal } = options;
  const { clean, corrupted } = pairedRows(model, pairs);
  const metric = metricFunction(options.metric, clean, model.architecture);
  const ofRow = clean.map(({ length }, row) =>
    typeof patches === "function" ? patches(row, length) : patches
  );
  const points = [...new Set(ofRow.flat().flatMap(({ targets }) => targets.map(({ at }) => at)))];
  if (!points.length) throw new CircuitbookError("Expected at least one patch but found none.");
  const tap = [...new Set([...points, ...interventionTaps(model, points)])];
  const records: Record<string, number | string>[][] = [];
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
        ...judged(before, after, values[at++]),
      }));
    });
  }
  return pl.DataFrame(records.flat());
}

/** What a patched metric means. */
export function judged(corrupted: number, clean: number, value: number): Record<string, number> {
  return { corrupted, clean, value, restored: (value - corrupted) / (clean - corrupted) };
}

/** Makes the edits that bring corrupted activations to the clean ones, without those that change nothing. */
function editsFor(clean: Cache, corrupted: Cache): (row: number, patch: Patch) => AffineEdit[] {
  const [cleanAt, corruptedAt] = [activationsOf(clean), activationsOf(corrupted)];
  return (row, { targets, share = 1 }) => {
    const own = clean.tokens[row];
    const other = corrupted.tokens[row];
    const differ = own.findIndex((token, i) => token !== other[i]);
    return targets.flatMap((target) => {
      const positions = resolveSelection(target.positions ?? {}, own.length, "position");
      // Before the first token that differs, nothing does.
      const later = differ < 0 ? [] : positions.filter((position) => position >= differ);
      if (!later.length) return [];
      const patched = { ...target, positions: later };
      const shift = cleanAt(row, patched);
      const before = corruptedAt(row, patched);
      if (shift.data.every((value, i) => value === before.data[i])) return [];
      // Masked scores are -Infinity, which no edit may be: edits act before the mask, so that any number does in their place.
      const data = shift.data.map((value) => value === -Infinity ? 0 : share * value);
      return [{ ...patched, scale: 1 - share, shift: new Tensor(data, shift.sizes) }];
    });
  };
}

/** Reads the activation of a row at a target, without batch axis; rows are taken out of the cache once. */
function activationsOf(cache: Cache): (row: number, target: Patch["targets"][number]) => Tensor {
  const rows = new Map<string, Tensor>();
  const rowOf = (at: string, row: number) => {
    const tensor = cache.get(at);
    const own = { from: cache.pads[row] };
    return tensor.slice({
      batch: row,
      ...tensor.axes.includes("query") ? { query: own, key: own } : { position: own },
    });
  };
  return (row, { at, heads, neurons, positions, keys }) => {
    const key = `${row} ${at}`;
    const tensor = rows.get(key) ?? rowOf(at, row);
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
