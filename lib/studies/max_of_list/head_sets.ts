import pl from "nodejs-polars";
import { CircuitbookError } from "../../base/errors.ts";
import { allHeads } from "../../model/plan/heads_and_neurons.ts";
import type { Model } from "../../model/model.ts";
import { wilson } from "../../stats/intervals.ts";

/**
 * All sets of a model's heads that are not empty, smaller ones first, as pairs of layer and head.
 *
 * @throws CircuitbookError for a model of more than 8 heads: there would be too many.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfListStudy.headSets(await loadModel("max-of-list")).length, 15);
 * ```
 */
export function headSets(model: Pick<Model, "architecture">): [layer: number, head: number][][] {
  const heads = allHeads(model);
  if (heads.length > 8) {
    throw new CircuitbookError(`Expected a model of at most 8 heads but found ${heads.length}.`);
  }
  const sets = Array.from(
    { length: 2 ** heads.length - 1 },
    (_, i) => heads.filter((_, head) => i + 1 >> head & 1),
  );
  return sets.sort((a, b) => a.length - b.length || (String(a) < String(b) ? -1 : 1));
}

/**
 * The names of the heads of a set: `H0 H2`; of none, `none`.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfListStudy.headNames([[0, 0], [0, 2]]), "H0 H2");
 * ```
 */
export function headNames(set: readonly (readonly [layer: number, head: number])[]): string {
  return set.map(([, head]) => `H${head}`).join(" ") || "none";
}

/**
 * How well each way to part four heads into two groups of two explains what is left when two heads are silenced, as a table, the
 * best first: `groups`, `across` (the lowest share of right answers of a pair with one head of each group), `across_low`,
 * `across_high`, `within` (the highest of a pair from one group), `within_low`, `within_high`, `gap` (across − within), `gap_low`,
 * `gap_high` (between the near, and the far ends of the two intervals: wider than 95 %), `n`.
 *
 * The notes' claim is that one head of each group is enough, and two of one group are not: nearly all right across, and a gap above
 * zero. The best of three partitions is too good by the choice.
 *
 * @param silenced a table with the `silenced` names of {@link headNames} and whether the answer was `right` (or 1).
 * @throws CircuitbookError when a pair of heads is missing.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const pairs = ["H0 H1", "H0 H2", "H0 H3", "H1 H2", "H1 H3", "H2 H3"];
 * const rows = pairs.map((silenced) => ({ silenced, right: !["H0 H1", "H2 H3"].includes(silenced) }));
 * assertEquals(maxOfListStudy.groupings(rows).getColumn("groups").toArray()[0], "{H0, H1}, {H2, H3}");
 * ```
 */
export function groupings(
  silenced: pl.DataFrame | readonly { silenced: string; right: boolean | number }[],
): pl.DataFrame {
  const all = silenced instanceof Array ? silenced : silenced.toRecords();
  const shares = Map.groupBy(all, (row) => String(row.silenced));
  // Silencing two heads keeps the other two.
  const keeping = (a: number, b: number) => {
    const name = [0, 1, 2, 3].filter((head) => head !== a && head !== b).map((head) => `H${head}`)
      .join(" ");
    const rows = shares.get(name);
    if (!rows) {
      throw new CircuitbookError(
        `Expected rows with ${name} silenced but found none; silence every pair.`,
      );
    }
    return wilson(rows.filter(({ right }) => Number(right) === 1).length, rows.length);
  };
  const partitions = [[0, 1, 2, 3], [0, 2, 1, 3], [0, 3, 1, 2]].map(([a, b, c, d]) => {
    const across = [[a, c], [a, d], [b, c], [b, d]].map(([one, other]) => keeping(one, other));
    const within = [keeping(a, b), keeping(c, d)];
    const worst = across.reduce((least, next) => next.value < least.value ? next : least);
    const best = within.reduce((most, next) => next.value > most.value ? next : most);
    return {
      groups: `{H${a}, H${b}}, {H${c}, H${d}}`,
      across: worst.value,
      across_low: worst.low,
      across_high: worst.high,
      within: best.value,
      within_low: best.low,
      within_high: best.high,
      gap: worst.value - best.value,
      gap_low: worst.low - best.high,
      gap_high: worst.high - best.low,
      n: worst.n,
    };
  });
  return pl.DataFrame(partitions.sort((one, other) => other.gap - one.gap));
}
