import { chooseDevice } from "../../lib/model/engine/device.ts";
import { openCase } from "./reference_cases.ts";

let missing: Promise<string | undefined> | undefined;

/** Returns why WebGPU cannot be tested here, or undefined if it can. */
export function missingWebGpu(): Promise<string | undefined> {
  missing ??= chooseDevice("webgpu").then(
    keepDevice,
    () => "WebGPU needs a graphics driver; Debian's chromium and libvulkan1 bring a software one",
  );
  return missing;
}

/**
 * Keeps a model loaded until all tests have run. ONNX Runtime forgets its device and the compiled
 * shaders with its last session, and a software driver needs ten seconds of processor time to
 * compile them: once for all tests in place of once a test.
 */
async function keepDevice(): Promise<undefined> {
  const { model, reference: { rows: { A } } } = await openCase("qwen2_grouped", "webgpu");
  await model.run(A);
  Deno.test.afterAll(() => model.dispose());
}
