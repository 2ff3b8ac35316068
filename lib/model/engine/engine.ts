import { inputNames, rowsName } from "../plan/graph_names.ts";
import type { Feeds, GraphTensor } from "../../onnx/feeds.ts";
import { watched } from "../../base/progress.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { Graph } from "../../onnx/graph.ts";
import type { Architecture } from "../plan/architecture.ts";
import { decoderGraph } from "../decoder/decoder.ts";
import { FeedMaker } from "./feeds.ts";
import { type HookPoint, hookPoints } from "../plan/hook_points.ts";
import { LeastRecentlyUsed } from "./least_recently_used.ts";
import { narrowingOf } from "../plan/narrowing.ts";
import { type Plan, planKey } from "../plan/plan.ts";
import { compile, execute, type Program, release } from "./program.ts";
import type { Device, Session } from "./runtime.ts";
import { GraphWeights, weightsFolder } from "../decoder/weights.ts";
import type { BatchView } from "../plan/view.ts";

/** Compiled plans to keep: enough for a notebook that alternates between a few. */
const KEPT_PROGRAMS = 16;
/** The same where each of them holds a large model's weights on a GPU. */
const KEPT_LARGE_GPU_PROGRAMS = 2;

/** Compiles plans of one model into programs, keeps them, and runs them. */
export class Engine {
  readonly feeds: FeedMaker;
  readonly #points: ReadonlyMap<string, HookPoint>;
  readonly #programs: LeastRecentlyUsed<Program>;
  readonly #weights = new Map<string, GraphTensor>();
  readonly #fedWeights: boolean;

  readonly #prepackLimitBytes: number;

  /**
   * @param prepackLimitBytes weights below this, as f32, are reordered by ONNX Runtime for speed; larger ones are in the
   * CPU's memory once: mapped from f32 files, widened from others and fed to every session.
   */
  constructor(
    readonly architecture: Architecture,
    readonly checkpoint: Checkpoint,
    readonly device: Device,
    prepackLimitBytes = 256e6,
  ) {
    this.#prepackLimitBytes = prepackLimitBytes;

    this.feeds = new FeedMaker(architecture);
    this.#points = new Map(hookPoints(architecture).map((point) => [point.name, point]));
    const large = this.#f32Bytes() > this.#prepackLimitBytes;
    const halves = [...checkpoint.tensors.values()].some(({ dtype }) => dtype !== "F32");
    this.#fedWeights = checkpoint.live !== undefined || device === "cpu" && large && halves;
    this.#programs = new LeastRecentlyUsed(
      device !== "cpu" && large ? KEPT_LARGE_GPU_PROGRAMS : KEPT_PROGRAMS,
      release,
    );
  }

  /** Runs one forward pass of a plan. `extra` holds what the plan needs besides tokens, masks and edits. */
  async forward(
    plan: Plan,
    view: BatchView,
    extra: Feeds = {},
  ): Promise<Record<string, GraphTensor>> {
    // Values that do not fit are refused before anything is compiled.
    const edits = this.feeds.edits(plan, view);
    return await this.#programs.use(planKey(plan), () => this.#program(plan), async (program) => {
      const weights = await this.fedWeightsOf(program.inputs);
      const feeds = { ...this.feeds.batch(view), ...edits, ...weights, ...extra };
      if (program.inputs.has(inputNames.attentionBias)) {
        feeds[inputNames.attentionBias] = this.feeds.attentionBias(view);
      }
      if (program.inputs.has(inputNames.keptBias)) {
        const { rows } = narrowingOf(plan, this.architecture)!;
        feeds[inputNames.keptBias] = this.feeds.attentionBias(
          view,
          extra[rowsName(rows)].data as BigInt64Array,
        );
      }
      return await execute(program, feeds, plan, this.#points, view);
    });
  }

  /** Does work with a small graph over the model's weights, compiled once under a key. */
  async withSession<Result>(
    key: string,
    write: (weights: GraphWeights, graph: Graph) => void,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    const make = () => {
      const graph = new Graph(key);
      write(new GraphWeights(graph, this.checkpoint, this.#fedWeights), graph);
      return this.#compile(graph);
    };
    return await this.#programs.use(key, make, ({ stages: [{ session }] }) => work(session));
  }

  /** Weights that a session wants fed: live ones, and those of large models in half precision, widened once and shared by all. */
  async fedWeightsOf(inputs: Iterable<string>): Promise<Record<string, GraphTensor>> {
    if (!this.#fedWeights) return {};
    const entries = [...inputs].flatMap((name) => this.checkpoint.tensors.get(name) ?? []);
    const { live } = this.checkpoint;
    if (live) {
      return Object.fromEntries(
        entries.map(({ name, shape }) => [name, { data: live.get(name)!, dims: shape }]),
      );
    }
    const missing = entries.filter(({ name }) => !this.#weights.has(name));
    for await (
      const { name, shape } of watched(missing, { label: "widen weights to f32", unit: "tensors" })
    ) {
      this.#weights.set(name, { data: await this.checkpoint.read(name), dims: shape });
    }
    return Object.fromEntries(entries.map(({ name }) => [name, this.#weights.get(name)!]));
  }

  /** Releases every compiled plan. */
  async dispose(): Promise<void> {
    await this.#programs.clear();
    this.#weights.clear();
  }

  #program(plan: Plan): Promise<Program> {
    return this.#compile(decoderGraph(this.architecture, this.checkpoint, plan, {
      // Gradients flow through the single operators of attention.
      fusedAttention: this.device === "cpu" && !plan.metric,
      fedWeights: this.#fedWeights,
    }));
  }

  #compile(graph: Graph): Promise<Program> {
    return compile(graph, {
      device: this.device,
      folder: weightsFolder(this.checkpoint),
      prepack: this.#f32Bytes() <= this.#prepackLimitBytes,
    });
  }

  #f32Bytes(): number {
    return [...this.checkpoint.tensors.values()].reduce(
      (sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1),
      0,
    );
  }
}
