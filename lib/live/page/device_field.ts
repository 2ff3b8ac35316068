/** The choice between the processor and the graphics processor. @module */
import { make } from "../../plot/viewers/browser/page.ts";
import type { LiveDevice } from "../messages.ts";

/** The part of WebGPU's API that is asked; its types are not loaded in this project. */
interface Gpu {
  requestAdapter(): Promise<object | null>;
}

/**
 * Returns the choice between the processor and the graphics processor. The choice is hidden until
 * the browser has said that it has WebGPU.
 *
 * @param onChoose called with the device that the reader has chosen.
 * @returns `root`, the element, and `show`, which selects a device without calling `onChoose`.
 */
export function deviceField(onChoose: (device: LiveDevice) => void) {
  const select = make(
    "select",
    {},
    make("option", { value: "cpu" }, "the processor"),
    make("option", { value: "webgpu" }, "the graphics processor (WebGPU)"),
  );
  const root = make("label", { class: "device", hidden: "" }, "Computed by ", select);
  select.addEventListener("change", () => onChoose(select.value as LiveDevice));
  hasGpu().then((has) => root.hidden = !has);
  return {
    root,
    show: (device: LiveDevice) => {
      select.value = device;
    },
  };
}

/** Returns whether the browser has WebGPU, and a graphics processor for it. */
async function hasGpu(): Promise<boolean> {
  const { gpu } = navigator as unknown as { gpu?: Gpu };
  try {
    return await gpu?.requestAdapter() != null;
  } catch {
    return false;
  }
}
