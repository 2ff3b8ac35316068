import { chooseDevice } from "../../lib/model/engine/device.ts";

/** Returns why WebGPU cannot be tested here, or undefined if it can. */
export function missingWebGpu(): Promise<string | undefined> {
  return chooseDevice("webgpu").then(
    () => undefined,
    () => "WebGPU needs a graphics driver; Debian's chromium and libvulkan1 bring a software one",
  );
}
