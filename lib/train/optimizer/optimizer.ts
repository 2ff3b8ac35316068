import type { GraphTensor } from "../../onnx/feeds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { Architecture } from "../../model/plan/architecture.ts";
import { checkOptions } from "../../base/options.ts";
import { compile, type Program, release } from "../../model/engine/program.ts";
import { hiddenMatrices, type HiddenMatrix } from "./hidden_matrices.ts";
import { optimizerGraph, port } from "./optimizer_graph.ts";
import {
  type OptimizerSettings,
  optimizerSettings,
  type OptimizerSettingsInput,
} from "./settings.ts";

/** What an optimizer remembers: with it, and the same gradients, a run goes on to the last bit. */
export interface OptimizerState {
  /** How many steps were done. */
  readonly step: number;
  readonly moments: ReadonlyMap<string, Moment>;
}

/** A running mean of gradients or of their squares. */
export interface Moment extends GraphTensor {
  readonly data: Float32Array<ArrayBuffer>;
}

/** What a step made. */
export interface OptimizerStep {
  readonly weights: Map<string, Float32Array<ArrayBuffer>>;
  /** The norm of the gradient over all weights, before it was clipped; where it is not finite, nothing has changed. */
  readonly norm: number;
}

/**
 * Updates weights by their gradients: AdamW, with Muon for hidden matrices where the settings have it, after clipping by the
 * norm over all. One graph in f32; the same input gives the same bits on the CPU.
 *
 * @example
 * ```ts
 * import { training } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const optimizer = new training.Optimizer(new Map([["w", [2]]]), { adam: { rate: 0.1 } });
 * const gradients = new Map([["w", { data: new Float32Array([0.3, -0.4]), dims: [2] }]]);
 * const { weights, norm } = await optimizer.step(new Map([["w", new Float32Array([1, 1])]]), gradients);
 * assertAlmostEquals(norm, 0.5, 1e-6);
 * assertAlmostEquals(weights.get("w")![0], 0.9, 1e-6);
 * await optimizer.dispose();
 * ```
 */
export class Optimizer {
  readonly settings: OptimizerSettings;
  #state: OptimizerState;
  #program?: Promise<Program>;
  readonly #shapesOfMoments: ReadonlyMap<string, readonly number[]>;

  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #hidden: readonly HiddenMatrix[];

  /**
   * @param shapes of the weights by name.
   * @param hidden what Muon updates; needed where the settings have it.
   * @throws CircuitbookError for settings of the wrong kind, and for Muon without hidden matrices.
   */
  constructor(
    shapes: ReadonlyMap<string, readonly number[]>,
    settings: OptimizerSettingsInput,
    hidden: readonly HiddenMatrix[] = [],
  ) {
    this.#shapes = shapes;
    this.#hidden = hidden;

    checkOptions(settings, optimizerSettings, "the optimizer");
    this.settings = optimizerSettings.parse(settings);
    if (this.settings.muon && !hidden.length) {
      throw new CircuitbookError(
        "Expected hidden matrices for Muon but found none; leave muon out, or name them.",
      );
    }
    this.#shapesOfMoments = optimizerGraph(shapes, this.settings, hidden).moments;
    this.#state = this.#fresh();
  }

  /** The optimizer of a model's weights. @throws CircuitbookError for settings of the wrong kind. */
  static of(architecture: Architecture, settings: OptimizerSettingsInput): Optimizer {
    return new Optimizer(architecture.shapes, settings, hiddenMatrices(architecture));
  }

  /** What it remembers; the arrays are never written to again. */
  get state(): OptimizerState {
    return this.#state;
  }

  /** Forgets what was done since it was in this state. */
  forget(state: OptimizerState): void {
    this.#state = state;
  }

  /** Goes on from a state. @throws CircuitbookError when its moments are not those of these weights and settings. */
  restore(
    { step, moments }: { step: number; moments: ReadonlyMap<string, Float32Array<ArrayBuffer>> },
  ): void {
    const restored = [...this.#shapesOfMoments].map(([name, dims]) => {
      const data = moments.get(name);
      const length = dims.reduce((a, b) => a * b, 1);
      if (data?.length !== length) {
        throw new CircuitbookError(
          `Expected the moment "${name}" of ${length} numbers but found ${
            data ? data.length : "none"
          }.`,
        );
      }
      return [name, { data, dims }] as const;
    });
    this.#state = { step, moments: new Map(restored) };
  }

  /**
   * One step.
   *
   * @param factor of the rates, as the schedule says.
   */
  async step(
    weights: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
    gradients: ReadonlyMap<string, GraphTensor>,
    factor = 1,
  ): Promise<OptimizerStep> {
    const { stages: [{ session }] } = await (this.#program ??= this.#compiled());
    const step = this.#state.step + 1;
    const feeds: Record<string, GraphTensor> = {
      ...Object.fromEntries(this.#state.moments),
      ...this.#rates(step, factor),
    };
    for (const [name, dims] of this.#shapes) {
      feeds[port.weight(name)] = { data: weights.get(name)!, dims };
      feeds[port.gradient(name)] = { data: gradients.get(name)!.data, dims };
    }
    const made = await session.run(feeds);
    const next = (name: string) => made[port.next(name)] as Moment;
    const norm = made[port.norm].data[0] as number;
    if (!Number.isFinite(norm)) return { weights: new Map(weights), norm };
    this.#state = {
      step,
      moments: new Map([...this.#shapesOfMoments.keys()].map((name) => [name, next(name)])),
    };
    return {
      weights: new Map([...this.#shapes.keys()].map((name) => [name, next(name).data])),
      norm,
    };
  }

  /** Releases the compiled graph; another step compiles it anew. */
  async dispose(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    if (program) await release(await program);
  }

  #compiled(): Promise<Program> {
    const { graph } = optimizerGraph(this.#shapes, this.settings, this.#hidden);
    return compile(graph, { device: "cpu", folder: "", prepack: false });
  }

  /** What changes with the step, as the graph's inputs. */
  #rates(step: number, factor: number): Record<string, GraphTensor> {
    const { adam, muon } = this.settings;
    const [beta1, beta2] = adam.betas;
    const numbers = {
      [port.adam.rate]: adam.rate * factor / (1 - beta1 ** step),
      [port.adam.root]: Math.sqrt(1 - beta2 ** step),
      [port.adam.keep]: 1 - adam.rate * factor * adam.decay,
      ...muon
        ? {
          [port.muon.rate]: muon.rate * factor,
          [port.muon.keep]: 1 - muon.rate * factor * muon.decay,
        }
        : {},
    };
    const scalar = (value: number): GraphTensor => ({ data: new Float32Array([value]), dims: [] });
    return Object.fromEntries(
      Object.entries(numbers).map(([name, value]) => [name, scalar(value)]),
    );
  }

  #fresh(): OptimizerState {
    const zeros = (dims: readonly number[]) => ({
      data: new Float32Array(dims.reduce((a, b) => a * b, 1)),
      dims,
    });
    return {
      step: 0,
      moments: new Map([...this.#shapesOfMoments].map(([name, dims]) => [name, zeros(dims)])),
    };
  }
}
