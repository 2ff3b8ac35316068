import { measured } from "../../plot/loss_curve.ts";
import { type CurvePanel, type Drawing, jupyterDisplay, lossCurve } from "../../plot/mod.ts";
import type { CurveRow } from "../../train/mod.ts";
import { kernelApi } from "../lab.ts";

/** What a live curve shows, and where. */
export interface LiveLossCurveOptions {
  /** Curves that are drawn together, once something of them is measured. Default: the losses of training and validation. */
  readonly panels?: readonly CurvePanel[];
  /** Seconds between two drawings, at least. Default 0.5. */
  readonly interval?: number;
  /** What is done with each drawing. By default it takes the place of the one before, under the running cell. */
  readonly draw?: (drawing: Pick<Drawing, typeof jupyterDisplay>) => void;
}

/**
 * A listener for training (`onStep`) that draws the loss curve under the running cell while it grows. Outside a notebook nothing
 * is drawn.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * let drawn = 0;
 * const onStep = notebook.liveLossCurve({ interval: 0, draw: () => drawn++ });
 * onStep({ step: 1, loss: 2.4 });
 * onStep({ step: 2, loss: 2.1 });
 * assertEquals(drawn, 1); // one point is no line
 * ```
 */
export function liveLossCurve(options: LiveLossCurveOptions = {}): (row: CurveRow) => void {
  const { panels, interval = 0.5 } = options;
  const draw = options.draw ?? cellDrawing();
  const rows: CurveRow[] = [];
  let last = -Infinity;
  return (row) => {
    rows.push(row);
    if (rows.length < 2 || performance.now() - last < 1000 * interval) return;
    const known = measured(rows);
    const shown = panels?.filter(({ columns }) => columns.some((column) => known.has(column)));
    if (shown?.length === 0) return;
    draw(lossCurve(rows, { panels: shown }));
    last = performance.now();
  };
}

/** Draws in one place that is updated; nowhere outside a notebook. */
function cellDrawing(): NonNullable<LiveLossCurveOptions["draw"]> {
  const display = kernelApi()?.display;
  const place = crypto.randomUUID();
  let update = false;
  return (drawing) => {
    display?.(drawing[jupyterDisplay](), { raw: true, display_id: place, update });
    update = true;
  };
}
