import { availableMemory } from "./available_memory.ts";
import { softwareVulkanDriver } from "./runtime.ts";
import type { Device } from "./session.ts";

/**
 * Returns how many bytes of memory a GPU has left for other programs, asked of NVIDIA's
 * `nvidia-smi`. A GPU without memory of its own (Apple's, or a software driver) shares the
 * processor's.
 *
 * Infinity if the system does not report the memory; a run that does not fit then fails in ONNX
 * Runtime.
 */
export async function gpuMemory(device: Device): Promise<number> {
  const shared = Deno.build.os === "darwin" ||
    device === "webgpu" && softwareVulkanDriver() !== undefined;
  if (shared) return availableMemory();
  try {
    const { stdout } = await new Deno.Command("nvidia-smi", {
      args: ["--query-gpu=memory.free", "--format=csv,noheader,nounits"],
      stderr: "null",
    }).output();
    return freeOfFirst(new TextDecoder().decode(stdout));
  } catch {
    return Infinity;
  }
}

/**
 * Returns the bytes in the first line of `nvidia-smi`'s answer, one line a GPU, in MiB: models run
 * on the first.
 */
export function freeOfFirst(answer: string): number {
  const mebibytes = Number.parseInt(answer);
  return Number.isNaN(mebibytes) ? Infinity : mebibytes * 2 ** 20;
}
