import { CircuitbookError, nearestNames } from "../base/errors.ts";
import type { Captions } from "./parts/drawing.ts";
import type { Figure } from "./parts/figure.ts";
import { inWords, lines, type Series, seriesOf } from "./lines.ts";
import type { Table } from "../table/plain_rows.ts";

/**
 * A line figure of a share by the scale of an intervention: what steering does as it gets stronger.
 *
 * Tables have the columns `scale` and `share` (or others, named by `x` and `y`), `low` and `high` for the interval, and `n`.
 * Several tables by name, or one with a column `series`, are several lines; `controls` are drawn grey and dashed: more tables by
 * name, or the names of series of the one table.
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
  { x = "scale", y = "share", xName = x, yName = y, domain, controls = {}, title, caption }:
    & Captions
    & {
      x?: string;
      y?: string;
      /** The name at the horizontal axis, with its unit. */
      xName?: string;
      yName?: string;
      /** The ends of the vertical axis; [0, 1] for shares, which `fit` narrows to zero and the values. */
      domain?: readonly [number, number] | "fit";
      controls?: Readonly<Record<string, Table>> | readonly string[];
    } = {},
): Figure {
  const series = withControls(tables, controls, { x, y });
  const values = series.flatMap(({ points }) =>
    points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y])
  );
  const finite = values.filter(Number.isFinite);
  return lines(series, {
    title,
    caption,
    xName,
    yName,
    yDomain: domain === "fit"
      ? [Math.min(0, ...finite), Math.max(0, ...finite)]
      : domain ?? [Math.min(0, ...finite), Math.max(1, ...finite)],
    label: `${yName} by ${xName}: ${
      series.map((one) => `${one.name} ${inWords(one, xName)}`).join("; ")
    }.`,
  });
}

/** The lines and their controls, each numbered for itself, as the number chooses the look. */
function withControls(
  tables: Table | Readonly<Record<string, Table>>,
  controls: Readonly<Record<string, Table>> | readonly string[],
  columns: { x: string; y: string },
): Series[] {
  const shown = seriesOf(tables, columns);
  if (!Array.isArray(controls)) {
    return [
      ...shown,
      ...seriesOf(controls as Readonly<Record<string, Table>>, { ...columns, control: true }),
    ];
  }
  const missing = controls.find((name) => !shown.some((one) => one.name === name));
  if (missing !== undefined) {
    const names = shown.map(({ name }) => name);
    throw new CircuitbookError(
      `Expected a series of the table as a control but found "${missing}"; nearest: ${
        nearestNames(missing, names, 1)
      }.`,
    );
  }
  const [others, own] = [false, true].map((is) =>
    shown.filter(({ name }) => controls.includes(name) === is)
  );
  return [
    ...others.map((one, index) => ({ ...one, index })),
    ...own.map((one, index) => ({ ...one, index, control: true })),
  ];
}
