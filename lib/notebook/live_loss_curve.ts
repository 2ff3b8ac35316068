import { type Drawing, jupyterDisplay, lineByScale } from "../plot/mod.ts";
import type { CurveRow } from "../train/mod.ts";
import { kernelApi } from "./lab.ts";

/** What a live curve shows, and where. */
export interface LiveLossCurveOptions {
  /** Columns of the rows that are drawn. Default: the losses of training and validation. */
  readonly columns?: readonly string[];
  /** The name at the vertical axis, with its unit. */
  readonly name?: string;
  /** Seconds between two drawings, at least. Default 0.5. */
  readonly interval?: number;
  /** What is done with each drawing. By default it takes the place of the one before, under the running cell. */
  readonly draw?: (drawing: Drawing) => void;
}

/** Points of a drawn line, at most: neighbouring steps are averaged. */
const most = 60;

/**
 * A listener for training (`onStep`) that draws the loss curve under the running cell while it grows. Outside a notebook nothing
 * is drawn.
 *
 * @example
 * ```ts
 * import { liveLossCurve, type plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const drawn: plot.Drawing[] = [];
 * const onStep = liveLossCurve({ interval: 0, draw: (drawing) => drawn.push(drawing) });
 * onStep({ step: 1, loss: 2.4 });
 * assert(drawn[0].text.includes("2.4"));
 * ```
 */
export function liveLossCurve(options: LiveLossCurveOptions = {}): (row: CurveRow) => void {
  const { columns = ["loss", "validation"], name = "loss (nats per token)", interval = 0.5 } = options;
  const draw = options.draw ?? cellDrawing(), rows: CurveRow[] = [];
  let last = -Infinity;
  return (row) => {
    rows.push(row);
    if (performance.now() - last < 1000 * interval) return;
    const series = columns.map((column) => [column, averaged(rows, column)] as const).filter(([, own]) => own.length);
    if (!series.length) return;
    draw(lineByScale(Object.fromEntries(series), { x: "step", y: "value", yName: name, domain: "fit" }));
    last = performance.now();
  };
}

/** The points of one line: means of as many neighbouring steps as leave few enough. */
function averaged(rows: readonly CurveRow[], column: string): { step: number; value: number }[] {
  const known = rows.filter((row) => row[column] !== undefined), size = Math.ceil(known.length / most);
  return Array.from({ length: Math.ceil(known.length / size) || 0 }, (_, i) => {
    const part = known.slice(i * size, (i + 1) * size);
    return {
      step: part[part.length - 1].step,
      value: part.reduce((sum, row) => sum + row[column]!, 0) / part.length,
    };
  });
}

/** Draws in one place that is updated; nowhere outside a notebook. */
function cellDrawing(): (drawing: Drawing) => void {
  const display = kernelApi()?.display, place = crypto.randomUUID();
  let update = false;
  return (drawing) => {
    display?.(drawing[jupyterDisplay](), { raw: true, display_id: place, update });
    update = true;
  };
}
