import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { anything, atLeastOne, checkOptions } from "../base/options.ts";
import { colourScale } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure } from "./parts/figure.ts";
import { gridPart } from "./parts/grid.ts";
import { optionalNumber, type Row, rowsWith, type Table } from "../table/plain_rows.ts";
import { formatNumber, textWidth } from "./parts/text.ts";

/** Options of {@link rankings}. */
export interface RankingsOptions extends Captions {
  /** The column with the names of the ranked items. Default `item`. */
  item?: string;
  /** The column with the names of the rankings. Default `method`. */
  method?: string;
  /** The column to rank by if the table has no column `rank`. Default `score`. */
  score?: string;
  /**
   * The first item has the largest score ("largest") or the largest absolute score ("size", the
   * default).
   */
  first?: "largest" | "size";
  /** How many items are drawn. Default 20. */
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

/** The rank of an item in one ranking; 1 is first. */
interface Ranked {
  rank: number;
  /** How many items are ranked. */
  of: number;
  score?: number;
}

/**
 * Returns a figure of several rankings of the same items: a row for each item, a column for each
 * method, and in each cell the rank, darker for better ranks. The rows are sorted by the item's
 * best rank in any method, then by its second best, and so on.
 *
 * @param table a table with a row for each item and method, and a column `rank` (1 is first) or a
 * score to rank by.
 * @param options which columns are read, how many items are drawn, and captions.
 * @returns the figure.
 * @throws CircuitbookError if a column is missing, an option is unknown, or a ranking has an item
 * twice.
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
  const all = rowsWith(table, [item, method]);
  const value = "rank" in all[0] ? "rank" : score;
  const rows = rowsWith(table, [item, method, value]);
  const columns = [...Map.groupBy(rows, (row) => String(row[method]))].map(([name, own]) => ({
    name,
    places: value === "rank" ? givenRanks(own, item, score) : ranksBy(own, item, score, first),
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
  const longest = Math.max(...columns.map(({ places }) => places.length));
  const width = Math.ceil(
    Math.max(34, ...columns.map(({ name }) => Math.min(130, textWidth(name, 11) + 10))),
  );
  const part = gridPart({
    rows: shown.length,
    columns: columns.length,
    scale: colourScale([0, 1], { colours: "shade", domain: [0, 1] }),
    cell: { width, height: 20 },
    value: (row, column) => at(row, column) && nearFirst(at(row, column)!.rank, longest),
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

function givenRanks(rows: readonly Row[], item: string, score: string): [string, Ranked][] {
  const known = rows.filter((row) => optionalNumber(row, "rank") !== undefined);
  const places = known.map((row): [string, Ranked] => [
    String(row[item]),
    { rank: optionalNumber(row, "rank")!, of: known.length, score: optionalNumber(row, score) },
  ]);
  return places.sort(([, a], [, b]) => a.rank - b.rank);
}

/** The items with their ranks by score, best first. Equal scores share the better rank. */
function ranksBy(
  rows: readonly Row[],
  item: string,
  score: string,
  first: "largest" | "size",
): [string, Ranked][] {
  const known = rows.flatMap((row) => {
    const value = optionalNumber(row, score);
    return value === undefined || Number.isNaN(value)
      ? []
      : [{ who: String(row[item]), score: value }];
  });
  const key = ({ score }: { score: number }) => first === "size" ? Math.abs(score) : score;
  const sorted = known.sort((a, b) => key(b) - key(a));
  return sorted.map((own): [string, Ranked] => {
    const rank = 1 + sorted.findIndex((other) => key(other) === key(own));
    return [own.who, { rank, of: sorted.length, score: own.score }];
  });
}

function checkOnce(method: string, found: number, different: number): void {
  if (found === different) return;
  throw new CircuitbookError(
    `Expected each item once in the ranking "${method}" but found ${found} rows of ${different} items; aggregate the rows first.`,
  );
}

/** Compares two items by their best ranks, then their second best, and so on. */
function compare(a: readonly number[], b: readonly number[]): number {
  const [left, right] = [a, b].map((ranks) => [...ranks].sort((x, y) => x - y));
  const at = left.findIndex((rank, i) => rank !== right[i]);
  return at < 0 ? 0 : left[at] - right[at];
}

/**
 * 1 for the first rank and 0 for the last of the longest ranking, by the logarithm of the rank: the
 * first ranks differ most.
 */
function nearFirst(rank: number, of: number): number {
  return of > 1 ? Math.max(0, 1 - Math.log(rank) / Math.log(of)) : 1;
}

function inWords({ rank, of, score }: Ranked): string {
  return `rank ${formatNumber(rank)} of ${formatNumber(of)}${
    score === undefined ? "" : ` (${formatNumber(score)})`
  }`;
}
