/**
 * Binds the library to `onnxruntime-web`. Takes the place of `../runtime.ts` in pages: the
 * functions that a page needs, and {@link startRuntime}, which is called first.
 *
 * @module
 */
import type { InferenceSession } from "onnxruntime-web/wasm";
import { CircuitbookError } from "../../../base/errors.ts";
import { refusedGraph, type Session, sessionOf, type SessionOptions } from "../session.ts";

/** One of the builds of `onnxruntime-web`. */
export type WebBuild = typeof import("onnxruntime-web/wasm");

let started: WebBuild | undefined;

/**
 * Starts ONNX Runtime in this page or worker.
 *
 * @param build the build of `onnxruntime-web`.
 * @param binary its WebAssembly module, so that nothing is fetched.
 */
export function startRuntime(build: WebBuild, binary: Uint8Array<ArrayBuffer>): void {
  build.env.logLevel = "fatal";
  build.env.wasm.wasmBinary = binary.buffer;
  // A page that was opened from a file may not share memory between threads.
  build.env.wasm.numThreads = 1;
  build.env.wasm.proxy = false;
  started = build;
}

/**
 * Returns the devices that a page may ask for. Whether this build and this browser have WebGPU
 * shows when a graph is compiled.
 */
export function supportedBackends(): string[] {
  return ["cpu", "webgpu"];
}

/** Returns undefined, because a page cannot know the driver of a GPU. */
export function softwareVulkanDriver(): string | undefined {
  return undefined;
}

/**
 * Whether a session can write outputs into the memory of its inputs: in a page, inputs are copied
 * into the memory of WebAssembly.
 */
export const writesInPlace = false;

/**
 * Compiles an ONNX model for a device.
 *
 * @param model the encoded model.
 * @param options the device, the bytes of external constants, and the outputs that stay on a GPU.
 * Other options have no meaning in a page, or are passed on.
 * @throws CircuitbookError if ONNX Runtime refuses the model.
 */
export async function createSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
  return sessionOf(await compiled(model, options), runtime(), options);
}

function runtime(): WebBuild {
  if (started) return started;
  throw new CircuitbookError("Expected a started runtime; call startRuntime first.");
}

async function compiled(
  model: Uint8Array,
  { device, prepack, arena = true, bytes = [], kept = [] }: SessionOptions,
): Promise<InferenceSession> {
  try {
    return await runtime().InferenceSession.create(model, {
      executionProviders: [device === "cpu" ? "wasm" : device],
      logSeverityLevel: 3,
      enableCpuMemArena: arena,
      externalData: [...bytes],
      preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, "gpu-buffer"])),
      extra: { session: { "disable_prepacking": prepack ? "0" : "1" } },
    });
  } catch (error) {
    throw refusedGraph(device, error);
  }
}
