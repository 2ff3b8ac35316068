import { setDefaultSignal, setProgressListener } from "../base/progress.ts";
import { cellValue, installDisplays } from "./display.ts";
import { progressMeter } from "./progress_bar.ts";
import { cellBars } from "./progress_display.ts";
import { StopButton } from "./stop.ts";

/** Frames kept in an error's trace: with the usual ten, the cell's own frame is often cut off. */
const TRACE_FRAMES = 100;

/** Milliseconds in which a value leaves the kernel. With none, JupyterLab misses the value of one cell in ten. */
const DEPARTURE_TIME = 10;

/**
 * Makes a Jupyter kernel of Deno a good place for experiments: tensors, tables, models and generations draw themselves, progress is
 * drawn under the cell, and the Stop button interrupts the running call instead of ending the kernel. Outside a kernel it
 * does nothing and returns `false`.
 *
 * Importing the library calls this.
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

/** `Deno.jupyter`, which throws outside of `deno jupyter`; `undefined` there, and where there is no Deno. */
export function kernelApi(): typeof Deno.jupyter | undefined {
  try {
    return globalThis.Deno?.jupyter;
  } catch (_outsideOfKernel) {
    return undefined;
  }
}

/**
 * Calls back when a cell ended without an error, with its value, shows what comes back, and lets that leave before the kernel
 * calls itself idle: JupyterLab does not listen longer. Deno has no event for it; its kernel hands each cell's value to an
 * internal `broadcastResult`. Where a Deno has none, a Stop pressed between two cells is heard by the next one, and frames
 * draw themselves.
 */
function atCellEnd(callback: (value: unknown) => unknown): void {
  const { internal } = Deno as unknown as { internal?: symbol };
  const parts = internal && (Deno as unknown as Record<symbol, { jupyter?: Kernel }>)[internal];
  const kernel = parts?.jupyter;
  if (!kernel?.broadcastResult) return;
  const { broadcastResult } = kernel;
  kernel.broadcastResult = async (executionCount, result) => {
    await broadcastResult(executionCount, callback(result));
    await new Promise((resolve) => setTimeout(resolve, DEPARTURE_TIME));
  };
}

interface Kernel {
  broadcastResult?: (executionCount: number, result: unknown) => Promise<void>;
}

installInKernel();
