import { completedCharacters } from "./parts/completed.ts";
import { checkList } from "./parts/checks.ts";
import { colourScale } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure } from "./parts/figure.ts";
import { gridPart } from "./parts/grid.ts";
import { rampLegend } from "./parts/legend.ts";
import { numberIn, type Table } from "../table/plain_rows.ts";
import { lensRows } from "./parts/lens_rows.ts";
import { formatNumber, shorten, textWidth, visibleToken } from "./parts/text.ts";
import { distinct } from "../base/lists.ts";

/**
 * Returns a figure of a logit lens: each cell shows the most probable token of a layer at a
 * position, with its probability as colour. The first layer is at the bottom; the tokens of the
 * text stand below the columns.
 *
 * @param table a table with the columns `layer`, `position`, `token` (text) and `probability`. A
 * cell with several rows shows the most probable token, and all of them on hover.
 * @param tokens the tokens of the text, by position.
 * @param captions the words around the figure.
 * @returns the figure.
 * @throws CircuitbookError if a column is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const table = [{ layer: 0, position: 0, token: " not", probability: 0.4 }];
 * assert(plot.lensGrid(table, [" ("]).svg.includes("·not"));
 * ```
 */
export function lensGrid(table: Table, tokens: readonly string[], captions: Captions = {}): Figure {
  checkList(tokens, "tokens");
  const rows = lensRows(table);
  const cells = new Map<string, { token: string; probability: number }[]>();
  for (const row of rows) {
    const key = `${numberIn(row, "layer")},${numberIn(row, "position")}`;
    const cell = {
      token: visibleToken(String(row.token)),
      probability: numberIn(row, "probability"),
    };
    cells.set(key, [...(cells.get(key) ?? []), cell].sort((a, b) => b.probability - a.probability));
  }
  const layers = distinct(rows.map((row) => numberIn(row, "layer"))).reverse();
  const positions = distinct(rows.map((row) => numberIn(row, "position")));
  const at = (row: number, column: number) =>
    cells.get(`${layers[row]},${positions[column]}`) ?? [];
  const scale = colourScale([0, 1], { colours: "sequential", domain: [0, 1] });
  const most = 9;
  const labels = completedCharacters(tokens);
  const own = (position: number) =>
    shorten(visibleToken(labels[position] ?? `position ${position}`), most);
  const width = 8 +
    Math.max(
      24,
      ...[...cells.values()].map(([top]) => textWidth(shorten(top.token, most), 11)),
      ...positions.map((p) => textWidth(own(p), 11)),
    );
  const part = gridPart({
    rows: layers.length,
    columns: positions.length,
    scale,
    cell: { width: Math.ceil(width), height: 20 },
    value: (row, column) => at(row, column)[0]?.probability,
    text: (row, column) => shorten(at(row, column)[0]?.token ?? "", most),
    title: (row, column) =>
      `layer ${layers[row]}, position ${positions[column]}, after ${own(positions[column])}\n` +
      at(row, column).map(({ token, probability }) => `${token} ${formatNumber(probability)}`).join(
        "\n",
      ),
    rowName: "layer",
    columnName: "token at the position",
    rowLabels: new Map(layers.map((layer, i) => [i, String(layer)])),
    columnLabels: new Map(positions.map((position, i) => [i, own(position)])),
  });
  const [final] = at(0, positions.length - 1);
  const label =
    `Logit lens, layers ${layers.at(-1)} to ${layers[0]} by ${positions.length} positions` +
    (final
      ? `; the last layer at the last position says ${final.token} (${
        formatNumber(final.probability)
      }).`
      : ".");
  return figure([[rampLegend(scale, "probability of the top token")], [part]], label, captions);
}
