// This import stands first: modules are evaluated in the order of their imports.
import "./telemetry.ts";
import type { GraphTensor } from "../../onnx/feeds.ts";
import * as ort from "onnxruntime-node";
import { CircuitbookError } from "../../base/errors.ts";

/** How a graph is compiled. */
export interface SessionOptions {
  readonly device: Device;
  /** The folder in which the files of external constants are looked up. */
  readonly folder: string;
  /** Whether to keep a reordered copy of the weights: 5–20 % faster, for the weights' memory once more. */
  readonly prepack: boolean;
  /**
   * Whether the session keeps the memory of its largest activations for the next run. Small models run
   * faster with it, by how much differs from run to run; a sweep of SmolLM2-135M took 5.4 GB with it and 2.1 GB without, since
   * every kept session has memory of its own. Default true.
   */
  readonly arena?: boolean;
  /**
   * Whether threads that have nothing to do spin for a while before they sleep. Spinning threads start the
   * next operator sooner, but they take the cores from everything else: on two cores, a new plan of a small
   * model takes 55 ms in place of 14, and twice the processor time. Default false.
   */
  readonly spinning?: boolean;
  /** The bytes of external constants that are in memory rather than in files. Default none. */
  readonly bytes?: readonly ExternalBytes[];
  /** The names of outputs that stay in the memory of a GPU. Default none. */
  readonly kept?: readonly string[];
}

/** The bytes of an external constant. */
export interface ExternalBytes {
  /** The location that the graph names. */
  readonly path: string;
  readonly data: Uint8Array;
}

/** A device that a model runs on. */
export type Device = "cpu" | "cuda" | "webgpu";

/** A value that a session left in the memory of a GPU. It can be fed to other sessions of the same device. */
export interface ResidentTensor {
  /** The runtime's handle of the value. */
  readonly resident: object;
  /** The size of each axis. */
  readonly dims: readonly number[];
}

/** Values for the inputs of a session, by the names of the inputs. */
export type SessionFeeds = Readonly<Record<string, GraphTensor | ResidentTensor>>;

/** A compiled graph on a device. */
export interface Session {
  /** The names of the graph's inputs. */
  readonly inputs: readonly string[];
  /** Runs the graph and returns its outputs by name. Feeds for names that are not inputs of the graph are ignored. */
  run(feeds: SessionFeeds): Promise<Record<string, GraphTensor>>;
  /** Runs the graph as {@link run} does, and returns what stays in the memory of a GPU as well. */
  runKeeping(feeds: SessionFeeds): Promise<SessionResults>;
  /** Frees the session's memory; the session cannot be run again, and outputs that stay on a GPU stay. */
  release(): Promise<void>;
}

/** The outputs of a session, by name. */
export interface SessionResults {
  /** What came back to the processor. */
  readonly returned: Record<string, GraphTensor>;
  /** What stays in the memory of a GPU. */
  readonly kept: Record<string, ResidentTensor>;
}

const ELEMENT_TYPES = {
  Float32Array: "float32",
  Float64Array: "float64",
  Int32Array: "int32",
  BigInt64Array: "int64",
} as const;

// Failures are thrown as errors. At a lower level ONNX Runtime would print many lines about each, too.
ort.env.logLevel = "fatal";

/** Returns the names of the execution providers that this build of ONNX Runtime has. */
export function supportedBackends(): string[] {
  return ort.listSupportedBackends().map(({ name }) => name);
}

/** Returns the Vulkan driver that the environment names, if that driver computes on the processor. */
export function softwareVulkanDriver(): string | undefined {
  const drivers = Deno.env.get("VK_DRIVER_FILES") ?? Deno.env.get("VK_ICD_FILENAMES");
  return drivers?.split(":").find((file) => /swiftshader|lvp_icd|lavapipe/.test(file));
}

/** Returns the version of ONNX Runtime in use. */
export function runtimeVersion(): string {
  return ort.env.versions.node ?? ort.env.versions.common;
}

/**
 * Compiles an ONNX model for a device.
 *
 * @param model the encoded model.
 * @throws CircuitbookError if ONNX Runtime refuses the model.
 */
export async function createSession(
  model: Uint8Array,
  options: SessionOptions,
): Promise<Session> {
  return wrap(await compiled(model, options), new Set(options.kept));
}

/** Frees the memory of a value that a session left in the memory of a GPU. */
export function free({ resident }: ResidentTensor): void {
  (resident as ort.Tensor).dispose();
}

async function compiled(
  model: Uint8Array,
  { device, folder, prepack, arena = true, spinning = false, bytes = [], kept = [] }:
    SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      // Operators that a GPU's provider does not have run on the processor.
      executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
      logSeverityLevel: 3,
      enableCpuMemArena: arena,
      intraOpNumThreads: threadsOfSessions() ?? 0,
      externalData: bytes,
      preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, "gpu-buffer"])),
      extra: {
        session: {
          "model_external_initializers_file_folder_path": folder,
          "disable_prepacking": prepack ? "0" : "1",
          "intra_op": { "allow_spinning": spinning ? "1" : "0" },
        },
      },
    });
  } catch (error) {
    throw new CircuitbookError(
      `ONNX Runtime could not prepare the model on ${device}: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Returns with how many threads each session computes: what the environment variable `CIRCUITBOOK_THREADS` says, or
 * undefined for one thread a core. Several processes on one machine are faster with a share of the cores each: with more
 * threads than cores, every operator waits for a thread of its session that has no core.
 *
 * @throws CircuitbookError if the variable is set to something other than a whole number of at least 1.
 */
function threadsOfSessions(): number | undefined {
  const asked = Deno.env.get("CIRCUITBOOK_THREADS");
  if (!asked) return undefined;
  const threads = Number(asked);
  if (Number.isSafeInteger(threads) && threads >= 1) return threads;
  throw new CircuitbookError(
    `Expected a whole number of at least 1 in CIRCUITBOOK_THREADS but found "${asked}".`,
  );
}

/** A session of ONNX Runtime behind this file's interface, the only one that the rest of the library knows. */
function wrap(session: ort.InferenceSession, kept: ReadonlySet<string>): Session {
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
  session: ort.InferenceSession,
  feeds: SessionFeeds,
): Promise<ort.InferenceSession.OnnxValueMapType> {
  return await session.run(
    Object.fromEntries(session.inputNames.map((name) => [name, toOrt(feeds[name], name)])),
  );
}

function toOrt(tensor: SessionFeeds[string] | undefined, name: string): ort.Tensor {
  if (!tensor) {
    throw new CircuitbookError(`Expected a value for the graph's input "${name}" but found none.`);
  }
  if ("resident" in tensor) return tensor.resident as ort.Tensor;
  const type = ELEMENT_TYPES[tensor.data.constructor.name as keyof typeof ELEMENT_TYPES];
  return new ort.Tensor(type, tensor.data, tensor.dims);
}

function fromOrt(tensor: ort.Tensor): GraphTensor {
  return { data: tensor.data as GraphTensor["data"], dims: tensor.dims };
}
