import { setDefaultSignal, setProgressListener } from "../../base/progress.ts";
import { cellBars } from "../progress/cell.ts";
import { progressMeter } from "../progress/meter.ts";
import { kernelApi } from "./api.ts";
import { cellValue, installDisplays } from "./display.ts";
import { StopButton } from "./stop.ts";

/** Frames kept in an error's trace: with the usual ten, the cell's own frame is often cut off. */
const TRACE_FRAMES = 100;

/** Milliseconds in which a value leaves the kernel. Without a wait, JupyterLab misses one value in ten. */
const DEPARTURE_TIME = 10;

/**
 * Prepares a Jupyter kernel of Deno for experiments: tensors, tables, models and generations draw
 * themselves, progress is drawn under the cell, and the Stop button interrupts the running call instead of
 * ending the kernel. Importing the library calls this function.
 *
 * @returns whether this process is a kernel; outside a kernel nothing is done.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(!notebook.installInKernel()); // this example runs outside of Jupyter
 * ```
 */
export function installInKernel(): boolean {
  const jupyter = kernelApi();
  if (!jupyter) return false;
  installDisplays();
  const button = new StopButton();
  setProgressListener(progressMeter(cellBars(jupyter.display)));
  setDefaultSignal(() => button.signal());
  Deno.addSignalListener("SIGINT", () => button.press());
  atCellEnd((value) => {
    button.reset();
    return cellValue(value);
  });
  (Error as { stackTraceLimit?: number }).stackTraceLimit = TRACE_FRAMES;
  return true;
}

/**
 * Calls `callback` with the value of each cell that ends without an error, and shows what it returns.
 *
 * Deno has no event for the end of a cell; its kernel hands each cell's value to an internal
 * `broadcastResult`, which is wrapped here. In a Deno without that function, the next cell notices a Stop
 * that was pressed between two cells, and polars frames draw themselves.
 */
function atCellEnd(callback: (value: unknown) => unknown): void {
  const { internal } = Deno as unknown as { internal?: symbol };
  const parts = internal && (Deno as unknown as Record<symbol, { jupyter?: Kernel }>)[internal];
  const kernel = parts?.jupyter;
  if (!kernel?.broadcastResult) return;
  const { broadcastResult } = kernel;
  kernel.broadcastResult = async (executionCount, result) => {
    await broadcastResult(executionCount, callback(result));
    // JupyterLab stops listening once the kernel calls itself idle, so the value has to leave before that.
    await new Promise((resolve) => setTimeout(resolve, DEPARTURE_TIME));
  };
}

interface Kernel {
  broadcastResult?: (executionCount: number, result: unknown) => Promise<void>;
}

installInKernel();
