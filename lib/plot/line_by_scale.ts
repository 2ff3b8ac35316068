import type { Captions } from "./drawing.ts";
import type { Figure } from "./figure.ts";
import { inWords, lines, seriesOf } from "./lines.ts";
import type { Table } from "./rows.ts";

/**
 * A line figure of a share by the scale of an intervention: what steering does as it gets stronger.
 *
 * Tables have the columns `scale` and `share` (or others, named by `x` and `y`), `low` and `high` for the interval, and `n`.
 * Several tables by name, or one with a column `series`, are several lines; `controls` are drawn grey and dashed.
 *
 * @throws CircuitbookError when a column is missing.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const table = [{ scale: 0, share: 0.02 }, { scale: 20, share: 0.71 }];
 * assert(plot.lineByScale({ "W[1]": table }).svg.includes("scale"));
 * ```
 */
export function lineByScale(
  tables: Table | Readonly<Record<string, Table>>,
  { x = "scale", y = "share", xName = x, yName = y, domain, controls = {}, title, caption }: Captions & {
    x?: string;
    y?: string;
    /** The name at the horizontal axis, with its unit. */
    xName?: string;
    yName?: string;
    /** The ends of the vertical axis; [0, 1] for shares. */
    domain?: readonly [number, number];
    controls?: Readonly<Record<string, Table>>;
  } = {},
): Figure {
  const series = [...seriesOf(tables, { x, y }), ...seriesOf(controls, { x, y, control: true })];
  const values = series.flatMap(({ points }) =>
    points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y])
  );
  const finite = values.filter(Number.isFinite);
  return lines(series, {
    title,
    caption,
    xName,
    yName,
    yDomain: domain ?? [Math.min(0, ...finite), Math.max(1, ...finite)],
    label: `${yName} by ${xName}: ${series.map((one) => `${one.name} ${inWords(one, xName)}`).join("; ")}.`,
  });
}
