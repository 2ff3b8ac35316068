import { isPresent, pastOf, rowsName } from "../plan/graph_names.ts";
import type { Feeds, GraphTensor } from "../../onnx/feeds.ts";
import { watched } from "../../base/progress.ts";
import { type Checkpoint, verifyFinite } from "../../checkpoint/checkpoint.ts";
import { type ElementType, Graph } from "../../onnx/graph.ts";
import type { Architecture } from "../plan/architecture.ts";
import { canAttendInPlace } from "../decoder/attention_in_place.ts";
import { decoderGraph } from "../decoder/decoder.ts";
import {
  type Dtype,
  F32_PRODUCTS,
  isHalf,
  Precision,
  type Products,
  rounded,
  storedType,
} from "../decoder/precision.ts";
import { DeviceWeights } from "./device_weights.ts";
import { Int8Weights } from "./int8_weights.ts";
import { isDifferentiated, verifyExact, verifyInt8Model, verifyInt8Plan } from "./int8_plans.ts";
import { withParts } from "../decoder/tensor_parts.ts";
import { FeedMaker } from "./feeds.ts";
import { type HookPoint, hookPoints } from "../plan/hook_points.ts";
import { availableMemory } from "./available_memory.ts";
import { gpuMemory } from "./gpu_memory.ts";
import { type KeptLimits, LeastRecentlyUsed } from "./least_recently_used.ts";
import { activationBytes, backwardBytes, type MemoryNeed, verifyFits } from "./memory.ts";
import { narrowingOf } from "../plan/narrowing.ts";
import { type CachePlace, type Plan, planKey } from "../plan/plan.ts";
import { compile, type CompileOptions, execute, type Program, release } from "./program.ts";
import type { Device, ExternalBytes, Session, SessionFeeds, SessionResults } from "./session.ts";
import { DeviceKeyValues } from "./device_key_values.ts";
import { HostKeyValues } from "./host_key_values.ts";
import type { KeyValues } from "./key_values.ts";
import { writesInPlace } from "./runtime.ts";
import { MOST_FEW_ROWS } from "../decoder/product.ts";
import { GraphWeights, isMatrix, weightsFolder } from "../decoder/weights.ts";
import type { UnembeddingWriter } from "../decoder/unembedded.ts";
import type { BatchView } from "../plan/view.ts";
import { product } from "../../base/lists.ts";

/**
 * How many compiled plans are kept: enough for a search over sets of heads in a model of 8 layers,
 * which starts runs in each layer, of one head and of several, by two kinds of ablation. Together
 * they keep at most so many bytes of weights and of activations. Weights that are mapped from files
 * count as well: each session maps them anew, and a sweep over the layers of SmolLM2-135M took 3 GB
 * with all of its plans.
 */
const KEPT_PLANS: KeptLimits = { count: 40, bytes: 1.2e9 };

/**
 * How much is kept on a GPU, where each session holds the memory of its largest run, which is not
 * counted.
 */
const KEPT_ON_GPU: KeptLimits = { ...KEPT_PLANS, count: 16 };

/** The advice in the message about weights that do not fit into memory. */
const LESS_WEIGHTS = "load a smaller model, or free memory";

/** How an engine computes, and what it knows of the memory. */
export interface EngineOptions {
  /** The element type of matrix products and attention. Default f32. */
  readonly dtype?: Dtype;
  /**
   * Models up to this size, as f32, let ONNX Runtime keep a reordered copy of the weights in each
   * session, which is 5–20 % faster. The weights of larger models are in memory once: mapped from
   * files in f32, or widened to f32 and fed to every session. Default 256 MB.
   */
  readonly prepackLimitBytes?: number;
  /** Returns the number of available bytes of memory. */
  readonly available?: () => number;
  /** Returns the number of available bytes of a GPU's memory. */
  readonly leftOnGpu?: (device: Device) => Promise<number>;
}

/** The parts with which the graph of a session is written. */
export type GraphParts = Omit<UnembeddingWriter, "architecture">;

/** Compiles the plans of one model, keeps the compiled programs, and runs them. */
export class Engine {
  /** Makes the inputs of this model's graphs. */
  readonly feeds: FeedMaker;
  readonly #available: () => number;
  readonly #gpuMemory: (device: Device) => Promise<number>;
  /** The number of available bytes of the GPU's memory before this model's first run. */
  #leftOnGpu: Promise<number> | undefined;
  readonly #points: ReadonlyMap<string, HookPoint>;
  readonly #programs: LeastRecentlyUsed<Program>;
  readonly #weights = new Map<string, GraphTensor>();
  /**
   * The weights in the files, without the products of an adapter in memory, which are fed on their
   * own.
   */
  readonly #stored: Checkpoint;
  /** The element type of fed matrices; undefined if weights are constants in files. */
  readonly #fedWeights: ElementType | undefined;
  readonly #products: Products;
  /** The weights in the memory of a GPU. */
  readonly #onDevice: DeviceWeights | undefined;
  /** The matrices in 8 bits. */
  readonly #int8: Int8Weights | undefined;
  /** Whether the weights are too large to be copied into each session, and to be read at load. */
  readonly #large: boolean;
  #finiteWeights: Promise<void> | undefined;

  /**
   * @param options the element type of products, and the available memory.
   * @throws CircuitbookError if a model in training, or on a GPU, is to compute in int8.
   */
  constructor(
    readonly architecture: Architecture,
    readonly checkpoint: Checkpoint,
    readonly device: Device,
    options: EngineOptions = {},
  ) {
    this.checkpoint = withParts(checkpoint, architecture);
    this.#stored = withParts(checkpoint.adapter?.base ?? checkpoint, architecture);
    const { dtype = "f32", prepackLimitBytes = 256e6 } = options;
    this.#available = options.available ?? availableMemory;
    this.#gpuMemory = options.leftOnGpu ?? gpuMemory;
    this.#products = { dtype, native: device !== "cpu" };
    this.feeds = new FeedMaker(architecture);
    this.#points = new Map(hookPoints(architecture).map((point) => [point.name, point]));
    this.#large = f32Bytes(checkpoint) > prepackLimitBytes;
    const hasHalves = [...checkpoint.tensors.values()].some(({ dtype }) => dtype !== "F32");
    const hasConversions = [...checkpoint.tensors.values()].some(({ conversion }) => conversion);
    // On the processor, products in half precision are f32 products of weights that were rounded
    // once.
    const isWidened = isHalf(dtype) || this.#large && hasHalves;
    // A session takes all of its constants from memory, or all from files. Matrices in 8 bits are
    // in memory, so the f32 weights beside them are fed.
    const isFed = checkpoint.live !== undefined || hasConversions || device !== "cpu" ||
      isWidened || dtype === "int8";
    this.#fedWeights = isFed ? storedType(this.#products) : undefined;
    if (device !== "cpu") {
      this.#onDevice = new DeviceWeights(this.checkpoint, device, this.#products);
    }
    if (dtype === "int8") {
      verifyInt8Model(checkpoint, device);
      this.#int8 = new Int8Weights(this.checkpoint, architecture);
    }
    this.#programs = new LeastRecentlyUsed(
      device === "cpu" ? KEPT_PLANS : KEPT_ON_GPU,
      ({ kept }) => kept.weights + kept.activations,
      release,
    );
  }

  /**
   * Runs one forward pass of a plan and returns the graph's outputs by name.
   *
   * @param extra further inputs of the plan besides tokens, masks and edits, such as kept rows or a
   * cache.
   * @throws CircuitbookError if a weight file has changed since it was opened, or if the results
   * are NaN because a weight is not finite.
   */
  async forward(
    plan: Plan,
    view: BatchView,
    extra: Feeds = {},
  ): Promise<Record<string, GraphTensor>> {
    return (await this.forwardKeeping(plan, view, extra)).returned;
  }

  /**
   * Runs one forward pass as {@link forward} does, and also returns the outputs that stay on a GPU.
   */
  async forwardKeeping(
    plan: Plan,
    view: BatchView,
    extra: SessionFeeds = {},
  ): Promise<SessionResults> {
    this.checkpoint.verifyUnchanged();
    if (this.#int8) verifyInt8Plan(plan);
    // Edits whose values do not fit are refused here, before anything is compiled.
    const edits = this.feeds.edits(plan, view);
    return await this.#programs.use(planKey(plan), () => this.#program(plan), async (program) => {
      if (!this.#large) noteActivations(program, plan, view, this.architecture);
      const weights = await this.fedWeightsOf(program.inputs);
      const feeds: Record<string, SessionFeeds[string]> = {
        ...this.feeds.batch(view),
        ...edits,
        ...weights,
        ...extra,
      };
      Object.assign(
        feeds,
        this.feeds.masks(program.inputs, view, () => {
          const { rows } = narrowingOf(plan, this.architecture)!;
          return (extra[rowsName(rows)] as GraphTensor).data as BigInt64Array;
        }),
      );
      const results = await execute(program, feeds, plan, this.#points, view);
      const returned = await this.#withFiniteWeights(results.returned);
      return { returned, kept: results.kept };
    });
  }

  /**
   * Calls `work` with a session over the model's weights, and returns its result.
   *
   * @param key the name under which the session is kept; equal keys share a session.
   * @param write writes the session's graph if the session is not kept yet.
   * @throws CircuitbookError as {@link forward} does.
   */
  async withSession<Result>(
    key: string,
    write: (parts: GraphParts) => void,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    const make = () => {
      const graph = new Graph(key);
      const weights = new GraphWeights(
        graph,
        this.architecture,
        this.checkpoint,
        this.#fedWeights,
      );
      write({ graph, weights, precision: new Precision(graph, this.#products) });
      return this.#compile(graph);
    };
    this.checkpoint.verifyUnchanged();
    return await this.#programs.use(key, make, ({ stages: [{ session }] }) =>
      work({
        ...session,
        run: async (feeds) => await this.#withFiniteWeights(await session.run(feeds)),
      }));
  }

  /**
   * Returns the weights among a session's inputs: the live weights or the adapter of a model in
   * training, the weights in the memory of a GPU, or the weights of a large model in half
   * precision, which are widened to f32. All sessions share them.
   */
  async fedWeightsOf(inputs: Iterable<string>): Promise<SessionFeeds> {
    const names = [...inputs];
    return { ...this.#adapterOf(names), ...await this.#storedWeightsOf(names) };
  }

  /** Returns the matrices of an adapter in memory among a session's inputs. */
  #adapterOf(inputs: readonly string[]): SessionFeeds {
    const { adapter } = this.checkpoint;
    if (!adapter) return {};
    const names = inputs.filter((name) => adapter.weights.has(name));
    return Object.fromEntries(
      names.map((name) => [
        name,
        { data: adapter.weights.get(name)!, dims: adapter.shapes.get(name)! },
      ]),
    );
  }

  async #storedWeightsOf(inputs: readonly string[]): Promise<SessionFeeds> {
    if (!this.#fedWeights) return {};
    const entries = inputs.flatMap((name) => this.checkpoint.tensors.get(name) ?? []);
    const { live } = this.checkpoint;
    if (live) {
      return Object.fromEntries(
        entries.map(({ name, shape }) => [name, { data: live.get(name)!, dims: shape }]),
      );
    }
    if (this.#onDevice) return await this.#onDevice.of(entries);
    const missing = entries.filter(({ name }) => !this.#weights.has(name));
    for await (
      const { name, shape } of watched(missing, { label: "read weights as f32", unit: "tensors" })
    ) {
      const data = await this.#stored.read(name);
      const { dtype } = this.#products;
      this.#weights.set(name, { data: isMatrix(shape) ? rounded(data, dtype) : data, dims: shape });
    }
    return Object.fromEntries(entries.map(({ name }) => [name, this.#weights.get(name)!]));
  }

  /**
   * Throws if a run does not fit into memory, before anything is allocated. On a GPU, everything
   * must fit into the memory of the GPU, and the results into the memory of the processor as well.
   *
   * @param needs the memory that the run needs besides the weights.
   * @throws CircuitbookError if the needs and the weights exceed the available memory.
   */
  async verifyFits(needs: readonly MemoryNeed[]): Promise<void> {
    if (this.device === "cpu") {
      return verifyFits([...needs, this.#weightsNeed()], this.#available());
    }
    // The memory is measured once, before this model's sessions hold a part of what they need.
    this.#leftOnGpu ??= this.#gpuMemory(this.device);
    const bytes = bytesIn(this.checkpoint, storedType(this.#products));
    const weights = { bytes, purpose: "weights", advice: LESS_WEIGHTS };
    verifyFits([...needs, weights], await this.#leftOnGpu, "memory of the GPU");
    verifyFits(needs.filter(({ returned }) => returned), this.#available());
  }

  /** Returns the memory of the processor that the weights still need. */
  #weightsNeed(): MemoryNeed {
    const advice = LESS_WEIGHTS;
    if (this.#int8) {
      const { embed } = this.architecture.weights;
      const embedding = this.#weights.has(embed)
        ? 0
        : f32Size(this.checkpoint.tensors.get(embed)!.shape);
      const bytes = this.#int8.missingBytes + embedding;
      return { bytes, purpose: "weights in 8 bits, a copy, and the embedding", advice };
    }
    // Live weights are in memory already.
    if (this.checkpoint.live) return { bytes: 0, purpose: "", advice };
    if (!this.#fedWeights) return { bytes: f32Bytes(this.checkpoint), purpose: "weights", advice };
    const widened = [...this.#weights.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    const bytes = f32Bytes(this.checkpoint) - widened;
    return { bytes, purpose: "weights widened to f32", advice };
  }

  /**
   * Throws if the model computes products in 8 bits, for work that needs exact products.
   *
   * @param what the work, as the subject of a sentence: `scores of edges`.
   * @throws CircuitbookError if the model computes in int8.
   */
  verifyExact(what: string): void {
    if (this.#int8) verifyExact(what);
  }

  /**
   * Returns the plan of a step of a generation, which computes one token of each row. In f32 on the
   * processor, a large model whose weights are fed computes the attention of a single row in place,
   * and writes the products of a few rows with the weights first. The plan is returned unchanged
   * otherwise: with weights that each session maps or copies, a second session would take as much
   * memory again.
   *
   * @param plan the plan of the generation.
   * @param rows the number of rows of the batch.
   */
  planOfStep(plan: Plan, rows: number): Plan {
    const isFed = this.#large && this.#fedWeights !== undefined && this.device === "cpu" &&
      this.#products.dtype === "f32";
    if (!isFed) return plan;
    if (rows === 1) {
      const isInPlace = writesInPlace && canAttendInPlace(plan, this.architecture);
      return isInPlace ? { ...plan, cached: "in place" } : plan;
    }
    const isFew = rows <= MOST_FEW_ROWS && this.architecture.linearLayout === "out-in";
    return isFew ? { ...plan, fewRows: true } : plan;
  }

  /**
   * Returns the memory that holds the keys and values at the start of a generation; plans name it
   * as `cached`.
   */
  get cachePlace(): CachePlace {
    return this.device === "cpu" ? "host" : "device";
  }

  /**
   * Returns the keys and values of a generation, empty.
   *
   * @param rows the number of rows of the batch.
   */
  keyValues(rows: number): KeyValues {
    return this.device === "cpu"
      ? new HostKeyValues(this.architecture, rows)
      : new DeviceKeyValues(this.architecture, this.device, rows);
  }

  /** The number of matrices that have been quantised. */
  get quantised(): number {
    return this.#int8?.count ?? 0;
  }

  /** The number of weights that have been uploaded to a GPU. */
  get uploads(): number {
    return this.#onDevice?.uploads ?? 0;
  }

  /** Releases every compiled plan, and the weights in the memory of a GPU. */
  async dispose(): Promise<void> {
    await this.#programs.clear();
    await this.#onDevice?.dispose();
    this.#weights.clear();
    this.#int8?.clear();
  }

  #program(plan: Plan): Promise<Program> {
    const graph = decoderGraph(this.architecture, this.checkpoint, plan, {
      // Fused operators are used on the CPU only: on WebGPU, ONNX Runtime 1.30 computes wrong
      // logits with them, and on CUDA they have not been compared with single operators. Gradients
      // use single operators, because the derivative of `Attention` refuses models with a score
      // scale of their own. In half precision, fused operators round less often than single
      // operators, so the CPU would not compute what a GPU computes.
      fusedAttention: this.device === "cpu" && !plan.metric && !isHalf(this.#products.dtype),
      fedWeights: this.#fedWeights,
      // Gradients are computed in f32, of the rounded weights.
      products: isDifferentiated(plan) ? F32_PRODUCTS : this.#products,
    });
    return this.#compile(graph, plan.cached === "in place" ? writesIntoPast : undefined);
  }

  /**
   * Compiles a graph over the model's weights.
   *
   * @param writesInto returns the input into whose memory an output is written. Default none.
   */
  async #compile(graph: Graph, writesInto?: CompileOptions["writesInto"]): Promise<Program> {
    const quantised = await this.#int8?.of(graph) ?? [];
    return await compile(graph, {
      bytes: [...quantised, ...filesInMemory(this.#stored)],
      keeps: this.device === "cpu" ? undefined : isPresent,
      writesInto,
      device: this.device,
      folder: weightsFolder(this.checkpoint),
      // Products in 8 bits are fast only with weights in the order in which the kernel reads.
      prepack: !this.#large || quantised.length > 0,
      arena: !this.#large,
      // Spinning pays in a large model, whose operators take long and follow each other closely.
      spinning: this.#large,
    });
  }

  /**
   * Returns a run's results. The weights of a large model are not read at load. They are read once,
   * at the first result that is NaN or Infinity, and the error names a weight that is not finite.
   */
  async #withFiniteWeights(
    tensors: Record<string, GraphTensor>,
  ): Promise<Record<string, GraphTensor>> {
    const inFiles = this.#large && !this.checkpoint.live;
    // Keys and values are not searched, because there are many, and a NaN among them makes the
    // logits NaN as well.
    const isAnySuspect = () =>
      Object.entries(tensors).some(([name, tensor]) => !isPresent(name) && isSuspect(tensor));
    if (inFiles && !this.#finiteWeights && isAnySuspect()) {
      this.#finiteWeights = verifyFinite(this.checkpoint, this.architecture.shapes.keys());
    }
    await this.#finiteWeights;
    return tensors;
  }
}

/** Returns the input into whose memory an output with keys or values is written. */
function writesIntoPast(output: string): string | undefined {
  return isPresent(output) ? pastOf(output) : undefined;
}

/** Returns the weight files of a checkpoint that are in memory. */
function filesInMemory({ bytes = new Map() }: Checkpoint): ExternalBytes[] {
  return [...bytes].map(([path, data]) => ({ path, data }));
}

/**
 * Notes the memory that a session with an arena keeps after a run: about the activations of its
 * largest run.
 */
function noteActivations(
  { kept }: Program,
  { metric }: Plan,
  { batch, columns, keyColumns }: BatchView,
  architecture: Architecture,
): void {
  const size = { tokens: batch * columns, keys: keyColumns };
  const bytes = metric
    ? backwardBytes(architecture, size, architecture.layers)
    : activationBytes(architecture, size);
  kept.activations = Math.max(kept.activations, bytes);
}

/** Returns the size of all weights as f32, in bytes. */
export function f32Bytes(checkpoint: Checkpoint): number {
  return bytesIn(checkpoint, "float32");
}

/** Returns the size of all weights in bytes: matrices in an element type, the rest in f32. */
function bytesIn({ tensors }: Checkpoint, type: ElementType): number {
  // Half precision takes half the bytes of f32.
  const divisor = type === "float32" ? 1 : 2;
  return [...tensors.values()].filter(({ partOf }) => partOf === undefined).reduce(
    (sum, { shape }) => sum + f32Size(shape) / (isMatrix(shape) ? divisor : 1),
    0,
  );
}

/** Returns the size of a tensor as f32, in bytes. */
function f32Size(shape: readonly number[]): number {
  return Float32Array.BYTES_PER_ELEMENT * product(shape);
}

/**
 * Returns whether a tensor holds NaN or Infinity. −Infinity is no sign of bad weights: masked
 * scores are −Infinity.
 */
function isSuspect({ data }: GraphTensor): boolean {
  if (!(data instanceof Float32Array)) return false;
  // A loop takes a tenth of the time of `some`, which calls a function for each number.
  for (let i = 0; i < data.length; i++) {
    if (Number.isNaN(data[i]) || data[i] === Infinity) return true;
  }
  return false;
}
