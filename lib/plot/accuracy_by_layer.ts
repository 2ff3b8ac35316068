import type { Captions } from "./parts/drawing.ts";
import type { Figure } from "./parts/figure.ts";
import { inWords, lines, seriesOf, wholeTicks } from "./lines.ts";
import type { Table } from "../table/plain_rows.ts";

/**
 * A line figure of a measure by layer: how well a probe reads each layer.
 *
 * Tables have a column `layer`, the measure (`accuracy`), and where there is an interval `low` and `high`; `n` is told under
 * the pointer. Several tables by name, or one with a column `series`, are several lines; `controls` are drawn grey and dashed.
 *
 * @throws CircuitbookError when a column is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const table = [{ layer: 0, accuracy: 0.61, low: 0.55, high: 0.67 }, { layer: 1, accuracy: 0.93, low: 0.89, high: 0.96 }];
 * assert(plot.accuracyByLayer(table, { chance: 0.5 }).label.includes("0.93"));
 * ```
 */
export function accuracyByLayer(
  tables: Table | Readonly<Record<string, Table>>,
  { measure = "accuracy", controls = {}, chance, domain, title, caption }: Captions & {
    /** The column that is drawn. */
    measure?: string;
    /** Baselines and controls by name, e.g. shuffled labels. */
    controls?: Readonly<Record<string, Table>>;
    /** The level of guessing, drawn as a dotted line. */
    chance?: number;
    /** The ends of the vertical axis. */
    domain?: readonly [number, number];
  } = {},
): Figure {
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
    yName: measure,
    yDomain: domain ?? [Math.min(lowest, highest - 0.1), highest],
    xTicks: wholeTicks(series),
    reference: chance === undefined ? undefined : { y: chance, name: "chance" },
    label: `${measure} by layer: ${
      series.map((one) => `${one.name} ${inWords(one, "layer")}`).join("; ")
    }.`,
  });
}
