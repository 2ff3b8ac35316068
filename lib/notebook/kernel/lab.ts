import { setDefaultSignal, setProgressListener } from "../../base/progress.ts";
import { cellBars } from "../progress/cell.ts";
import { progressMeter } from "../progress/meter.ts";
import { frameText } from "../views/frame_view.ts";
import { kernelApi } from "./api.ts";
import { cellValue, installDisplays } from "./display.ts";
import { kernelHost } from "./host.ts";
import { withStills } from "./pictures.ts";

/**
 * Prepares a Jupyter kernel for experiments: tensors, tables, models and generations draw
 * themselves, progress is drawn under the cell, and, in Circuitbook's own kernel, the Stop button
 * interrupts the running call and `console.log` prints frames with their shape, element types and
 * three significant digits. Importing the library calls this function.
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
  const host = kernelHost();
  setProgressListener(progressMeter(cellBars(jupyter.display, () => host?.run())));
  if (host) {
    setDefaultSignal(() => host.signal());
    host.setCellValue((value) => withStills(cellValue(value)));
    host.setPrintedText(frameText);
  }
  return true;
}

installInKernel();
