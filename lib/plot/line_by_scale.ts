import { checkArguments, is } from "../base/arguments.ts";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import type { Captions } from "./parts/drawing.ts";
import type { Figure } from "./parts/figure.ts";
import { inWords, lines, type Series, seriesOf } from "./parts/lines.ts";
import type { Table } from "../table/plain_rows.ts";

/** Options of {@link lineByScale}. */
export interface LineByScaleOptions extends Captions {
  /** The column along the horizontal axis. Default `scale`. */
  readonly x?: string;
  /** The column along the vertical axis. Default `share`. */
  readonly y?: string;
  /** The label of the horizontal axis, with its unit. Default: the name of the column. */
  readonly xName?: string;
  /** The label of the vertical axis, with its unit. Default: the name of the column. */
  readonly yName?: string;
  /**
   * The ends of the vertical axis. `"fit"` fits zero and the values; the default also includes 1,
   * for shares.
   */
  readonly domain?: readonly [number, number] | "fit";
  /** Controls, drawn grey and dashed: more tables by name, or the names of series of the table. */
  readonly controls?: Readonly<Record<string, Table>> | readonly string[];
  /**
   * Whether the series are drawn side by side at each x, with intervals as vertical lines. Series
   * with equal values then do not hide each other. Default false.
   */
  readonly apart?: boolean;
}

/**
 * Returns a line figure of a share by the scale of an intervention, such as the effect of stronger
 * and stronger steering.
 *
 * @param tables a table with the columns `scale` and `share` (or others, see the options) and,
 * where known, `low` and `high` (the interval, drawn as a ribbon or, with `apart`, as a vertical
 * line) and `n` (shown on hover). Several tables by name, or one table with a column `series`, are
 * drawn as several lines.
 * @param options which columns are drawn, controls, and captions.
 * @returns the figure.
 * @throws CircuitbookError if a column is missing, or if a control is not a series of the table.
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
  options: LineByScaleOptions = {},
): Figure {
  checkArguments("lineByScale", {
    tables: [tables, is.either(is.rows, is.object)],
    options: [options, is.object],
  });

  const { x = "scale", y = "share", xName = x, yName = y, domain, controls = {} } = options;
  const { title, caption, apart } = options;
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
    apart,
    yDomain: domain === "fit"
      ? [Math.min(0, ...finite), Math.max(0, ...finite)]
      : domain ?? [Math.min(0, ...finite), Math.max(1, ...finite)],
    label: `${yName} by ${xName}: ${
      series.map((one) => `${one.name} ${inWords(one, xName)}`).join("; ")
    }.`,
  });
}

/** The series and the controls. Each kind is numbered apart, since the number chooses the look. */
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
