import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { allHeads } from "../../model/plan/heads_and_neurons.ts";
import type { Model } from "../../model/model.ts";
import { wilson } from "../../stats/intervals.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";

/**
 * Returns all sets of a model's heads, smaller sets first. The empty set is left out.
 *
 * @param model a model of at most 8 heads.
 * @returns the sets, each a list of [layer, head].
 * @throws CircuitbookError if the model has more than 8 heads, which have too many sets.
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
  checkArguments("headSets", { model: [model, is.like("an object", "architecture")] });

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
 * Returns the names of the heads of a set: `H0 H2`, or `none` for the empty set.
 *
 * @param set heads as [layer, head]; the layer is not part of the name.
 * @returns the names, joined by spaces.
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
  checkArguments("headNames", { set: [set, is.lists] });

  return set.map(([, head]) => `H${head}`).join(" ") || "none";
}

/** How well one partition of four heads into two groups explains what two heads can do. */
export interface Grouping {
  /** The two groups: `{H0, H1}, {H2, H3}`. */
  readonly groups: string;
  /** The lowest accuracy of two heads, one from each group, with the other two silenced. */
  readonly across: number;
  /** Lower end of the 95 % interval of `across`. */
  readonly across_low: number;
  /** Upper end of the 95 % interval of `across`. */
  readonly across_high: number;
  /** The highest accuracy of two heads of the same group, with the other two silenced. */
  readonly within: number;
  /** Lower end of the 95 % interval of `within`. */
  readonly within_low: number;
  /** Upper end of the 95 % interval of `within`. */
  readonly within_high: number;
  /** `across` − `within`. */
  readonly gap: number;
  /** `across_low` − `within_high`: the distance between the near ends of the two intervals. */
  readonly gap_low: number;
  /**
   * `across_high` − `within_low`: the distance between the far ends, which makes the interval wider
   * than 95 %.
   */
  readonly gap_high: number;
  /** How many lists each accuracy counts. */
  readonly n: number;
}

/** An answer with some heads silenced, as {@link groupings} needs it. */
export interface SilencedAnswer {
  /** The names of the silenced heads, as {@link headNames} writes them. */
  readonly silenced: string;
  /** Whether the answer was right; 1 and 0 stand for yes and no. */
  readonly right: boolean | number;
}

/**
 * Returns how well each of the three partitions of four heads into two groups of two explains the
 * accuracy with two heads silenced. The notes claim that one head of each group is enough and that
 * two heads of one group are not: accuracy across groups is full, and the gap is above zero.
 *
 * The first row is the best of three partitions, so its gap is a little too large.
 *
 * @param silenced answers with each two heads silenced.
 * @returns one row a partition, the largest gap first.
 * @throws CircuitbookError if no row has one of the six sets of two heads silenced.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const names = ["H0 H1", "H0 H2", "H0 H3", "H1 H2", "H1 H3", "H2 H3"];
 * const rows = names.map((silenced) => ({
 *   silenced,
 *   right: !["H0 H1", "H2 H3"].includes(silenced),
 * }));
 * assertEquals(
 *   maxOfListStudy.groupings(rows).getColumn("groups").toArray()[0],
 *   "{H0, H1}, {H2, H3}",
 * );
 * ```
 */
export function groupings(
  silenced: TableOf<SilencedAnswer> | readonly SilencedAnswer[],
): TableOf<Grouping> {
  checkArguments("groupings", { silenced: [silenced, is.rows] });

  const all = silenced instanceof Array ? silenced : rowsOf(silenced);
  const shares = Map.groupBy(all, (row) => row.silenced);
  // Silencing two heads keeps the other two.
  const keeping = (a: number, b: number) => {
    const name = [0, 1, 2, 3].filter((head) => head !== a && head !== b).map((head) => `H${head}`)
      .join(" ");
    const rows = shares.get(name);
    if (!rows) {
      throw new CircuitbookError(
        `Expected rows with ${name} silenced but found none; silence each two of the four heads.`,
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
  return tableOf(partitions.sort((one, other) => other.gap - one.gap));
}
