import { type Drawing, jupyterDisplay, lossCurve } from "../plot/mod.ts";
import type { CurveRow } from "../train/mod.ts";
import { kernelApi } from "./lab.ts";

/** What a live curve shows, and where. */
export interface LiveLossCurveOptions {
  /** Columns of the rows that are drawn. Default: the losses of training and validation. */
  readonly columns?: readonly string[];
  /** The name at the vertical axis, with its unit. */
  readonly name?: string;
  /** How many steps there will be: the end of the axis, and a drawing of the last. */
  readonly steps?: number;
  /** Seconds between two drawings, at least. Default 0.5. */
  readonly interval?: number;
  /** What is done with each drawing. By default it takes the place of the one before, under the running cell. */
  readonly draw?: (drawing: Drawing) => void;
}

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
  const { columns = ["loss", "validation"], name = "loss (nats per token)", steps, interval = 0.5 } = options;
  const draw = options.draw ?? cellDrawing(), rows: CurveRow[] = [];
  let last = -Infinity;
  return (row) => {
    rows.push(row);
    if (performance.now() - last < 1000 * interval && row.step !== steps) return;
    if (!rows.some((one) => columns.some((column) => one[column] !== undefined))) return;
    draw(lossCurve(rows, { panels: [{ columns, name }], end: steps }));
    last = performance.now();
  };
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
