import { checkArguments, is } from "../../base/arguments.ts";
import { measured } from "../../plot/loss_curve.ts";
import { type CurvePanel, type Drawing, type jupyterDisplay, lossCurve } from "../../plot/mod.ts";
import type { CurveRow } from "../../train/mod.ts";
import { kernelApi } from "../kernel/api.ts";

/** Options of {@link liveLossCurve}. */
export interface LiveLossCurveOptions {
  /**
   * The panels of the figure. A panel appears once one of its columns has a value. Default: one
   * panel with the losses of training and validation.
   */
  readonly panels?: readonly CurvePanel[];
  /** Seconds between two drawings, at least. Default 0.5. */
  readonly interval?: number;
  /**
   * Is called with each drawing. Default: the drawing replaces the previous one under the running
   * cell.
   */
  readonly draw?: (drawing: Pick<Drawing, typeof jupyterDisplay>) => void;
}

/**
 * Returns a listener for training (`onStep`) that draws the growing loss curve under the running
 * cell. Outside a notebook the listener draws nothing.
 *
 * @param options what is drawn, how often, and where.
 * @returns a function that takes each row of the curve.
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
 * assertEquals(drawn, 1); // one point is not a line yet
 * ```
 */
export function liveLossCurve(options: LiveLossCurveOptions = {}): (row: CurveRow) => void {
  checkArguments("liveLossCurve", { options: [options, is.object] });

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

/** Draws in one updated output of the running cell; outside a notebook, nothing is drawn. */
function cellDrawing(): NonNullable<LiveLossCurveOptions["draw"]> {
  const display = kernelApi()?.display;
  const output = crypto.randomUUID();
  let update = false;
  return (drawing) => {
    // Not raw: the kernel then adds the figure's PNG with its words, as it does for every figure.
    display?.(drawing, { display_id: output, update });
    update = true;
  };
}
