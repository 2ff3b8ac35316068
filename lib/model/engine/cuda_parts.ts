import { CircuitbookError } from "../../base/errors.ts";
import { dirname, fromFileUrl, join } from "deno-std/path/mod.js";

/** What CUDA needs, in words, and the library that it is. */
const PARTS = [
  ["ONNX Runtime's CUDA provider", "libonnxruntime_providers_cuda.so"],
  ["NVIDIA's cuBLAS", "libcublasLt.so.13"],
  ["NVIDIA's cuRAND", "libcurand.so.10"],
  ["NVIDIA's CUDA runtime", "libcudart.so.13"],
  ["NVIDIA's cuDNN", "libcudnn.so.9"],
  ["NVIDIA's driver", "libcuda.so.1"],
] as const;

/**
 * Returns the parts that CUDA needs and that are missing, in words. A part is there if it lies beside ONNX
 * Runtime's library, where `deno task setup --cuda` puts it, or if the system finds it.
 *
 * @param beside the folder of ONNX Runtime's library.
 */
export function missingCudaParts(beside: string = runtimeFolder()): string[] {
  return PARTS.flatMap(([words, library]) =>
    isFile(join(beside, library)) || loads(library) ? [] : [`${words} (${library})`]
  );
}

/**
 * Returns the folder of the library of ONNX Runtime's Node build.
 *
 * @throws CircuitbookError if the package is no file of this machine.
 */
export function runtimeFolder(): string {
  const entry = import.meta.resolve("onnxruntime-node");
  if (entry.startsWith("file:")) {
    return join(dirname(fromFileUrl(entry)), "../bin/napi-v6/linux/x64");
  }
  throw new CircuitbookError(
    `Expected onnxruntime-node in node_modules but found ${entry}; run deno task setup.`,
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Whether the system's loader finds a library; without permission to try, it is taken to be there. */
function loads(library: string): boolean {
  try {
    Deno.dlopen(library, {}).close();
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotCapable;
  }
}
