import { CircuitbookError } from "../../base/errors.ts";
import { loadCudaLibraries, missingCudaParts } from "./cuda_parts.ts";
import { softwareVulkanDriver, supportedBackends } from "./runtime.ts";
import type { Device } from "./session.ts";
import { failureOfProduct } from "./try_product.ts";

/** A device by name, or `auto` for the first of CUDA, WebGPU and CPU that works. */
export type DeviceChoice = Device | "auto";

const CHOICES: readonly DeviceChoice[] = ["auto", "cuda", "webgpu", "cpu"];

const HOW_TO_INSTALL: Record<Device, string> = {
  cuda:
    "install NVIDIA's driver for CUDA 13 (580 or newer), and run `deno task setup --cuda` (Linux on x86-64)",
  webgpu:
    "install a Vulkan driver (on Debian `apt-get install libvulkan1` and the GPU's, or `chromium` for a software one, and set VK_ICD_FILENAMES to its JSON file)",
  cpu: "run `deno task setup`",
};

/**
 * Returns the device to run on, and why it was taken.
 *
 * @throws CircuitbookError if the choice is no device, or if a device asked for by name does not
 * work; the message names the step that installs it.
 *
 * @example
 * ```ts
 * import { chooseDevice } from "./device.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals((await chooseDevice("cpu")).device, "cpu");
 * ```
 */
export async function chooseDevice(
  choice: DeviceChoice,
): Promise<{ device: Device; reason: string }> {
  if (!CHOICES.includes(choice)) {
    throw new CircuitbookError(
      `Expected one of the devices ${CHOICES.join(", ")} but found "${choice}".`,
    );
  }
  if (choice !== "auto") {
    const failure = await failureOf(choice);
    if (failure === undefined) return { device: choice, reason: "asked for" };
    throw new CircuitbookError(
      `Expected the device ${choice} but it does not work here: ${failure}; ${
        HOW_TO_INSTALL[choice]
      }.`,
    );
  }
  const failures: string[] = [];
  for (const device of ["cuda", "webgpu"] as const) {
    const failure = softwareOnly(device) ?? await failureOf(device);
    if (failure === undefined) return { device, reason: ["auto", ...failures].join("; ") };
    failures.push(`no ${device}: ${failure}`);
  }
  return { device: "cpu", reason: ["auto", ...failures].join("; ") };
}

/**
 * Returns why `auto` skips a device that would work: a Vulkan driver that computes on the processor
 * is slower than ONNX Runtime on the processor. Undefined if the device is not skipped.
 */
function softwareOnly(device: Device): string | undefined {
  const driver = device === "webgpu" ? softwareVulkanDriver() : undefined;
  return driver &&
    `the driver ${driver} computes on the processor, ask for webgpu by name to use it`;
}

/**
 * Why each device does not work, or undefined if it works. Devices that were not tried are missing.
 */
const failures = new Map<Device, Promise<string | undefined>>();

/** Returns why a device does not work, or undefined if it works. Each device is tried once. */
function failureOf(device: Device): Promise<string | undefined> {
  const known = failures.get(device) ?? tryDevice(device);
  failures.set(device, known);
  return known;
}

/**
 * Runs a small product on a device, and returns why it fails, or undefined if it works. If the CUDA
 * provider does not start, the reason names the missing libraries.
 */
async function tryDevice(device: Device): Promise<string | undefined> {
  if (!supportedBackends().includes(device)) {
    return "this build of ONNX Runtime has no such provider";
  }
  if (device === "cuda") loadCudaLibraries();
  const failure = await failureOfProduct(device);
  const missing = failure !== undefined && device === "cuda" ? missingCudaParts() : [];
  if (missing.length) return `${missing.join(", ")} ${missing.length > 1 ? "are" : "is"} missing`;
  return failure;
}
