import { checkArguments, is } from "../base/arguments.ts";
import type { Captions } from "./parts/drawing.ts";
import type { Figure } from "./parts/figure.ts";
import { inWords, lines, seriesOf, ticksOf } from "./parts/lines.ts";
import type { Table } from "../table/plain_rows.ts";

/** Options of {@link accuracyByLayer}. */
export interface AccuracyByLayerOptions extends Captions {
  /** The column that is drawn. Default `accuracy`. */
  readonly measure?: string;
  /** What the vertical axis is called. Default: the name of the column. */
  readonly yName?: string;
  /** Tables of baselines and controls by name, such as shuffled labels; drawn grey and dashed. */
  readonly controls?: Readonly<Record<string, Table>>;
  /** The value that guessing reaches, drawn as a dotted line. */
  readonly chance?: number;
  /** The ends of the vertical axis. Default: fits the values, with 1 at the top. */
  readonly domain?: readonly [number, number];
}

/**
 * Returns a line figure of a measure by layer, such as how well a probe reads each layer.
 *
 * @param tables a table with the columns `layer` and `accuracy` (or another measure) and, where
 * known, `low` and `high` (the interval, drawn as a ribbon) and `n` (shown on hover). Several
 * tables by name, or one table with a column `series`, are drawn as several lines.
 * @param options which column is drawn, controls, and captions.
 * @returns the figure.
 * @throws CircuitbookError if a column is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const table = [{ layer: 0, accuracy: 0.61 }, {
 *   layer: 1,
 *   accuracy: 0.93,
 *   low: 0.89,
 *   high: 0.96,
 * }];
 * assert(plot.accuracyByLayer(table, { chance: 0.5 }).label.includes("0.93"));
 * ```
 */
export function accuracyByLayer(
  tables: Table | Readonly<Record<string, Table>>,
  options: AccuracyByLayerOptions = {},
): Figure {
  checkArguments("accuracyByLayer", {
    tables: [tables, is.either(is.rows, is.object)],
    options: [options, is.object],
  });

  const { measure = "accuracy", controls = {}, chance, domain, title, caption } = options;
  const { yName = measure } = options;
  const columns = { x: "layer", y: measure };
  const shown = seriesOf(tables, columns);
  const series = [...shown, ...seriesOf(controls, { ...columns, control: true })];
  const values = series.flatMap(({ points }) =>
    points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y])
  ).filter(
    Number.isFinite,
  );
  const lowest = Math.floor(Math.min(...values, (chance ?? 1) - 0.05) * 10) / 10;
  const highest = Math.max(1, ...values);
  return lines(series, {
    title,
    caption,
    xName: "layer",
    yName,
    yDomain: domain ?? [Math.min(lowest, highest - 0.1), highest],
    xTicks: ticksOf(series),
    reference: chance === undefined ? undefined : { y: chance, name: "chance" },
    label: `${yName} by layer: ${
      series.map((one) => `${one.name} ${inWords(one, "layer")}`).join("; ")
    }.`,
  });
}
