import { CircuitbookError } from "../../base/errors.ts";
import { dirname, fromFileUrl, join } from "deno-std/path/mod.js";

/** The parts that CUDA needs, in words, each with its library. */
const PARTS = [
  ["ONNX Runtime's CUDA provider", "libonnxruntime_providers_cuda.so"],
  ["NVIDIA's cuBLAS", "libcublasLt.so.13"],
  ["NVIDIA's cuRAND", "libcurand.so.10"],
  ["NVIDIA's CUDA runtime", "libcudart.so.13"],
  ["NVIDIA's cuDNN", "libcudnn.so.9"],
  ["NVIDIA's driver", "libcuda.so.1"],
] as const;

/**
 * Returns the parts that CUDA needs and that are missing, in words. A part is there if it lies
 * beside ONNX Runtime's library, where `deno task setup --cuda` puts it, or if the system finds it.
 *
 * @param beside the folder of ONNX Runtime's library.
 */
export function missingCudaParts(beside: string = runtimeFolder()): string[] {
  return PARTS.flatMap(([words, library]) =>
    isFile(join(beside, library)) || loads(library) ? [] : [`${words} (${library})`]
  );
}

/**
 * Loads NVIDIA's libraries that lie beside ONNX Runtime's, and returns the names of those that were
 * loaded. The CUDA provider has no path of its own to look for libraries, and a library path cannot
 * be set in a process that runs: but the system takes a library that is loaded already.
 *
 * @param beside the folder of ONNX Runtime's library.
 */
export function loadCudaLibraries(beside: string = runtimeFolder()): string[] {
  let waiting = librariesIn(beside);
  const loaded: string[] = [];
  // A library may need another library of the folder, so libraries that did not load are tried
  // again after the others.
  for (let before = -1; loaded.length > before;) {
    before = loaded.length;
    waiting = waiting.filter((name) => {
      // A whole path is a file; the handle stays open as long as the process runs.
      const fits = loads(join(beside, name), { keep: true });
      if (fits) loaded.push(name);
      return !fits;
    });
  }
  return loaded;
}

/** Returns the names of NVIDIA's libraries in a folder. */
function librariesIn(folder: string): string[] {
  try {
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    return names.filter((name) => /^lib(cu|nv).*\.so/.test(name)).sort();
  } catch {
    return [];
  }
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

/**
 * Whether the system's loader loads a library; without permission to try, it is taken to be there.
 */
function loads(library: string, { keep = false } = {}): boolean {
  try {
    const opened = Deno.dlopen(library, {});
    if (!keep) opened.close();
    return true;
  } catch (error) {
    return error instanceof Deno.errors.NotCapable;
  }
}
