/**
 * Binds the library to `onnxruntime-web`. Takes the place of `../runtime.ts` in pages: the functions that a page needs, and
 * {@link startRuntime}, which is called first.
 *
 * @module
 */
import type { InferenceSession, Tensor } from "onnxruntime-web/wasm";
import type { GraphTensor } from "../../../onnx/feeds.ts";
import { CircuitbookError } from "../../../base/errors.ts";
import type {
  ResidentTensor,
  Session,
  SessionFeeds,
  SessionOptions,
  SessionResults,
} from "../runtime.ts";

export type {
  ExternalBytes,
  ResidentTensor,
  Session,
  SessionFeeds,
  SessionOptions,
  SessionResults,
} from "../runtime.ts";

/** One of the builds of `onnxruntime-web`. */
export type WebBuild = typeof import("onnxruntime-web/wasm");

const ELEMENT_TYPES = {
  Float32Array: "float32",
  Float64Array: "float64",
  Int32Array: "int32",
  BigInt64Array: "int64",
} as const;

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

/** Returns the names of the execution providers of this build. */
export function supportedBackends(): string[] {
  return ["cpu", "webgpu"];
}

/** Returns undefined: a page is not told which driver a GPU has. */
export function softwareVulkanDriver(): string | undefined {
  return undefined;
}

/**
 * Compiles an ONNX model for a device.
 *
 * @param model the encoded model.
 * @throws CircuitbookError if ONNX Runtime refuses the model.
 */
export async function createSession(model: Uint8Array, options: SessionOptions): Promise<Session> {
  return wrap(await compiled(model, options), new Set(options.kept));
}

/** Frees the memory of a value that a session left in the memory of a GPU. */
export function free({ resident }: ResidentTensor): void {
  (resident as Tensor).dispose();
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
    throw new CircuitbookError(
      `ONNX Runtime could not prepare the model on ${device}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** A session of ONNX Runtime behind this file's interface, the only one that the rest of the library knows. */
function wrap(session: InferenceSession, kept: ReadonlySet<string>): Session {
  async function runKeeping(feeds: SessionFeeds): Promise<SessionResults> {
    const results: SessionResults = { returned: {}, kept: {} };
    for (const [name, tensor] of Object.entries(await runOf(session, feeds))) {
      if (kept.has(name)) results.kept[name] = { resident: tensor, dims: tensor.dims };
      else results.returned[name] = fromOrt(tensor);
    }
    return results;
  }
  return {
    inputs: session.inputNames,
    run: async (feeds) => (await runKeeping(feeds)).returned,
    runKeeping,
    release: () => session.release(),
  };
}

/** Runs a session with those feeds that it takes. */
async function runOf(
  session: InferenceSession,
  feeds: SessionFeeds,
): Promise<InferenceSession.OnnxValueMapType> {
  return await session.run(
    Object.fromEntries(session.inputNames.map((name) => [name, toOrt(feeds[name], name)])),
  );
}

function toOrt(tensor: SessionFeeds[string] | undefined, name: string): Tensor {
  if (!tensor) {
    throw new CircuitbookError(`Expected a value for the graph's input "${name}" but found none.`);
  }
  if ("resident" in tensor) return tensor.resident as Tensor;
  const { Tensor: OrtTensor } = runtime();
  const type = ELEMENT_TYPES[tensor.data.constructor.name as keyof typeof ELEMENT_TYPES];
  return new OrtTensor(type, tensor.data, tensor.dims);
}

function fromOrt(tensor: Tensor): GraphTensor {
  return { data: tensor.data as GraphTensor["data"], dims: tensor.dims };
}
