import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { anything, atLeastOne, checkOptions } from "../base/options.ts";
import { colourScale } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure } from "./parts/figure.ts";
import { gridPart } from "./parts/grid.ts";
import { optionalNumber, type Row, rowsOf, type Table } from "../table/plain_rows.ts";
import { formatNumber, textWidth } from "./parts/text.ts";

/** What {@link rankings} compares. */
export interface RankingsOptions extends Captions {
  /** The column with the names of what is ranked. Default `item`. */
  item?: string;
  /** The column with the names of the rankings. Default `method`. */
  method?: string;
  /** Without a column `rank`: the column to rank by. Default `score`. */
  score?: string;
  /** Whether the first has the largest score, or the score of largest size, of either sign. Default `size`. */
  first?: "largest" | "size";
  /** How many items are shown. Default 20. */
  most?: number;
}

const optionsSchema = z.strictObject({
  item: anything,
  method: anything,
  score: anything,
  first: z.enum(["largest", "size"], 'to be "largest" or "size"').optional(),
  most: atLeastOne.optional(),
  title: anything,
  caption: anything,
});

/** An item's place in one ranking. */
interface Place {
  rank: number;
  /** How many are ranked. */
  of: number;
  score?: number;
}

/**
 * Several rankings of the same items side by side: a row for each item, a column for each method, in the cell the rank, the better
 * the darker. Shown are the items with the best rank in any of them; those in the first places of many come first.
 *
 * The table has a row for each item and method, with a column `rank` (1 is first), or a score to rank by.
 *
 * @throws CircuitbookError when a column is missing, or a ranking names an item twice.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const rows = [
 *   { item: "L1H3", method: "knock-out", score: -2 },
 *   { item: "L0H0", method: "knock-out", score: 0.5 },
 *   { item: "L1H3", method: "attribution", score: 0.7 },
 * ];
 * assert(plot.rankings(rows).label.includes("knock-out: L1H3, L0H0"));
 * ```
 */
export function rankings(table: Table, options: RankingsOptions = {}): Figure {
  checkOptions(options, optionsSchema, "rankings");
  const {
    item = "item",
    method = "method",
    score = "score",
    first = "size",
    most = 20,
    ...captions
  } = options;
  const all = rowsOf(table, [item, method]);
  const value = "rank" in all[0] ? "rank" : score;
  const rows = rowsOf(table, [item, method, value]);
  const columns = [...Map.groupBy(rows, (row) => String(row[method]))].map(([name, own]) => ({
    name,
    places: value === "rank" ? givenPlaces(own, item, score) : placesBy(own, item, score, first),
  }));
  for (const { name, places } of columns) {
    checkOnce(
      name,
      places.length,
      new Set(places.map(([who]) => who)).size,
    );
  }
  const byColumn = columns.map(({ places }) => new Map(places));
  const ranks = (who: string) => byColumn.map((places) => places.get(who)?.rank ?? Infinity);
  const items = [...new Set(rows.map((row) => String(row[item])))].sort((a, b) =>
    compare(ranks(a), ranks(b))
  );
  const shown = items.slice(0, most);
  const at = (row: number, column: number) => byColumn[column].get(shown[row]);
  const width = Math.ceil(
    Math.max(34, ...columns.map(({ name }) => Math.min(130, textWidth(name, 11) + 10))),
  );
  const part = gridPart({
    rows: shown.length,
    columns: columns.length,
    scale: colourScale([0, 1], { colours: "shade", domain: [0, 1] }),
    cell: { width, height: 20 },
    value: (row, column) => at(row, column) && nearFirst(at(row, column)!),
    text: (row, column) => formatNumber(at(row, column)!.rank),
    title: (row, column) => `${shown[row]}, ${columns[column].name}: ${inWords(at(row, column)!)}`,
    rowLabels: new Map(shown.map((name, i) => [i, name])),
    columnLabels: new Map(columns.map(({ name }, i) => [i, name])),
  });
  const left = items.length > shown.length
    ? `The ${shown.length} of ${formatNumber(items.length)} with the best ranks.`
    : "";
  const caption = [captions.caption, "In the cells: ranks, 1 is first.", left].filter(Boolean).join(
    " ",
  );
  const firsts = columns.map(({ name, places }) =>
    `${name}: ${places.slice(0, 3).map(([who]) => who).join(", ")}`
  );
  return figure([[part]], `${columns.length} rankings; first in ${firsts.join("; ")}.`, {
    ...captions,
    caption,
  });
}

function givenPlaces(rows: readonly Row[], item: string, score: string): [string, Place][] {
  const known = rows.filter((row) => optionalNumber(row, "rank") !== undefined);
  const places = known.map((row): [string, Place] => [
    String(row[item]),
    { rank: optionalNumber(row, "rank")!, of: known.length, score: optionalNumber(row, score) },
  ]);
  return places.sort(([, a], [, b]) => a.rank - b.rank);
}

/** Ranks by score; equal scores share the better rank. */
function placesBy(
  rows: readonly Row[],
  item: string,
  score: string,
  first: "largest" | "size",
): [string, Place][] {
  const known = rows.flatMap((row) => {
    const value = optionalNumber(row, score);
    return value === undefined || Number.isNaN(value)
      ? []
      : [{ who: String(row[item]), score: value }];
  });
  const key = ({ score }: { score: number }) => first === "size" ? Math.abs(score) : score;
  const sorted = known.sort((a, b) => key(b) - key(a));
  return sorted.map((own): [string, Place] => {
    const rank = 1 + sorted.findIndex((other) => key(other) === key(own));
    return [own.who, { rank, of: sorted.length, score: own.score }];
  });
}

function checkOnce(method: string, found: number, different: number): void {
  if (found === different) return;
  throw new CircuitbookError(
    `Expected each item once in the ranking "${method}" but found ${found} rows of ${different} items; aggregate first.`,
  );
}

/** By the best rank, then the second best, and so on. */
function compare(a: readonly number[], b: readonly number[]): number {
  const [left, right] = [a, b].map((ranks) => [...ranks].sort((x, y) => x - y));
  const at = left.findIndex((rank, i) => rank !== right[i]);
  return at < 0 ? 0 : left[at] - right[at];
}

/** 1 for the first, 0 for the last, by the logarithm of the rank: the first places differ most. */
function nearFirst({ rank, of }: Place): number {
  return of > 1 ? Math.max(0, 1 - Math.log(rank) / Math.log(of)) : 1;
}

function inWords({ rank, of, score }: Place): string {
  return `rank ${formatNumber(rank)} of ${formatNumber(of)}${
    score === undefined ? "" : ` (${formatNumber(score)})`
  }`;
}
