/**
 * Compiled graphs as the rest of the library sees them, whichever build of ONNX Runtime compiles
 * them.
 *
 * @module
 */
import type { InferenceSession, Tensor, TensorConstructor } from "onnxruntime-node";
import type { GraphTensor } from "../../onnx/feeds.ts";
import { CircuitbookError } from "../../base/errors.ts";

/** How a graph is compiled. */
export interface SessionOptions {
  readonly device: Device;
  /** The folder in which the files of external constants are looked up. */
  readonly folder: string;
  /**
   * Whether to keep a reordered copy of the weights: 5–20 % faster, for the weights' memory once
   * more.
   */
  readonly prepack: boolean;
  /**
   * Whether the session keeps the memory of its largest activations for the next run. Small models
   * run faster with it, by how much differs from run to run; a sweep of SmolLM2-135M took 5.4 GB
   * with it and 2.1 GB without, since every kept session has memory of its own. Default true.
   */
  readonly arena?: boolean;
  /**
   * Whether threads that have nothing to do spin for a while before they sleep. Spinning threads
   * start the next operator sooner, but they take the cores from everything else: on two cores, a
   * new plan of a small model takes 55 ms in place of 14, and twice the processor time. Default
   * false.
   */
  readonly spinning?: boolean;
  /** The bytes of external constants that are in memory rather than in files. Default none. */
  readonly bytes?: readonly ExternalBytes[];
  /** The names of outputs that stay in the memory of a GPU. Default none. */
  readonly kept?: readonly string[];
  /**
   * For outputs that are written into the memory of an input, and are not returned: the name of the
   * input, by the name of the output. Default none.
   */
  readonly inPlace?: ReadonlyMap<string, string>;
}

/** The bytes of an external constant. */
export interface ExternalBytes {
  /** The location that the graph names. */
  readonly path: string;
  readonly data: Uint8Array;
}

/** A device that a model runs on. */
export type Device = "cpu" | "cuda" | "webgpu";

/**
 * A value that a session left in the memory of a GPU. It can be fed to other sessions of the same
 * device.
 */
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
  /**
   * Runs the graph and returns its outputs by name. Feeds for names that are not inputs of the
   * graph are ignored.
   */
  run(feeds: SessionFeeds): Promise<Record<string, GraphTensor>>;
  /** Runs the graph as {@link run} does, and returns what stays in the memory of a GPU as well. */
  runKeeping(feeds: SessionFeeds): Promise<SessionResults>;
  /**
   * Frees the session's memory; the session cannot be run again, and outputs that stay on a GPU
   * stay.
   */
  release(): Promise<void>;
}

/** The outputs of a session, by name. */
export interface SessionResults {
  /** The outputs that were copied to the processor. */
  readonly returned: Record<string, GraphTensor>;
  /** The outputs that stay in the memory of a GPU. */
  readonly kept: Record<string, ResidentTensor>;
}

/**
 * The constructor of tensors of a build of ONNX Runtime: `onnxruntime-node`, or a build of
 * `onnxruntime-web`.
 */
export interface RuntimeBuild {
  readonly Tensor: TensorConstructor;
}

const ELEMENT_TYPES = {
  Float32Array: "float32",
  Float64Array: "float64",
  Int32Array: "int32",
  BigInt64Array: "int64",
} as const;

/**
 * Returns a session of ONNX Runtime, of either build, behind the only interface that the rest of
 * the library knows.
 *
 * @param session the session.
 * @param build the build that made the session: its class makes the inputs.
 * @param options which outputs stay in the memory of a GPU, and which are written into an input's
 * memory.
 */
export function sessionOf(
  session: InferenceSession,
  build: RuntimeBuild,
  { kept = [], inPlace = new Map() }: Pick<SessionOptions, "kept" | "inPlace"> = {},
): Session {
  const keeps = new Set(kept);
  async function runKeeping(feeds: SessionFeeds): Promise<SessionResults> {
    const results: SessionResults = { returned: {}, kept: {} };
    const outputs = await runOf(session, build, feeds, inPlace);
    for (const [name, tensor] of Object.entries(outputs)) {
      if (inPlace.has(name)) continue;
      if (keeps.has(name)) results.kept[name] = { resident: tensor, dims: tensor.dims };
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
  build: RuntimeBuild,
  feeds: SessionFeeds,
  inPlace: ReadonlyMap<string, string>,
): Promise<InferenceSession.OnnxValueMapType> {
  const inputs = Object.fromEntries(
    session.inputNames.map((name) => [name, toOrt(build, feeds[name], name)]),
  );
  const outputs = session.outputNames.map((name) => {
    const input = inPlace.get(name);
    // ONNX Runtime allocates the outputs for which it is given no tensor.
    return [name, input === undefined ? null : inputs[input]];
  });
  return await session.run(inputs, Object.fromEntries(outputs));
}

function toOrt(
  build: RuntimeBuild,
  tensor: SessionFeeds[string] | undefined,
  name: string,
): Tensor {
  if (!tensor) {
    throw new CircuitbookError(`Expected a value for the graph's input "${name}" but found none.`);
  }
  if ("resident" in tensor) return tensor.resident as Tensor;
  const type = ELEMENT_TYPES[tensor.data.constructor.name as keyof typeof ELEMENT_TYPES];
  return new build.Tensor(type, tensor.data, tensor.dims);
}

function fromOrt(tensor: Tensor): GraphTensor {
  return { data: tensor.data as GraphTensor["data"], dims: tensor.dims };
}

/** Frees the memory of a value that a session left in the memory of a GPU. */
export function free({ resident }: ResidentTensor): void {
  (resident as Tensor).dispose();
}

/**
 * Returns the error of a graph that ONNX Runtime refuses.
 *
 * @param device the device that the graph was compiled for.
 * @param cause what ONNX Runtime threw.
 */
export function refusedGraph(device: Device, cause: unknown): CircuitbookError {
  return new CircuitbookError(
    `ONNX Runtime could not prepare the model on ${device}: ${(cause as Error).message}`,
    { cause },
  );
}
