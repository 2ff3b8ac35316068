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
import { product } from "../../base/lists.ts";

/**
 * The state of an optimizer. With the same state and the same gradients, a run continues to the
 * last bit.
 */
export interface OptimizerState {
  /** How many steps were taken. */
  readonly step: number;
  /** Running means of the gradients and of their squares, by name. */
  readonly moments: ReadonlyMap<string, Moment>;
}

/** A running mean of gradients or of their squares. */
export interface Moment extends GraphTensor {
  /** The numbers, row-major. */
  readonly data: Float32Array<ArrayBuffer>;
}

/** The result of a step. */
export interface OptimizerStep {
  /** The new weights, f32 by name. */
  readonly weights: Map<string, Float32Array<ArrayBuffer>>;
  /**
   * The norm of the gradient over all weights, before it is clipped. If the norm is not finite, the
   * step has changed nothing.
   */
  readonly norm: number;
}

/**
 * Updates weights by their gradients: AdamW, with Muon for hidden matrices if the settings ask for
 * it, after clipping by the norm over all gradients. The step is one graph in f32; equal inputs
 * give equal bits on the CPU.
 *
 * Loshchilov & Hutter (arXiv 1711.05101); Jordan et al. (2024,
 * https://kellerjordan.github.io/posts/muon).
 *
 * @example
 * ```ts
 * import { training } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const optimizer = new training.Optimizer(new Map([["w", [2]]]), { adam: { rate: 0.1 } });
 * const gradients = new Map([["w", { data: new Float32Array([0.3, -0.4]), dims: [2] }]]);
 * const ones = new Map([["w", new Float32Array([1, 1])]]);
 * const { weights, norm } = await optimizer.step(ones, gradients);
 * assertAlmostEquals(norm, 0.5, 1e-6);
 * assertAlmostEquals(weights.get("w")![0], 0.9, 1e-6);
 * await optimizer.dispose();
 * ```
 */
export class Optimizer {
  /** The settings with their defaults filled in. */
  readonly settings: OptimizerSettings;
  #state: OptimizerState;
  #program?: Promise<Program>;
  readonly #shapesOfMoments: ReadonlyMap<string, readonly number[]>;

  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #hidden: readonly HiddenMatrix[];

  /**
   * Creates an optimizer whose moments are 0.
   *
   * @param shapes the shapes of the weights, by name.
   * @param settings learning rates and the other settings.
   * @param hidden the matrices that Muon updates; needed if the settings have Muon.
   * @throws CircuitbookError if a setting is of the wrong kind, or if there is Muon without hidden
   * matrices.
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
        "Expected hidden matrices for Muon but found none; give them as the third argument, or leave muon out.",
      );
    }
    this.#shapesOfMoments = optimizerGraph(shapes, this.settings, hidden).moments;
    this.#state = this.#fresh();
  }

  /**
   * Returns an optimizer for the trained weights of a model, such as a `Learner`.
   *
   * @param model `architecture`, and the `shapes` of the weights that are trained, by name. If they
   * are not the weights of the architecture but those of an adapter, there are no hidden matrices
   * for Muon.
   * @param settings learning rates and the other settings.
   * @returns an optimizer whose moments are 0.
   * @throws CircuitbookError if a setting is of the wrong kind, or if there is Muon without hidden
   * matrices, or with fused ones.
   */
  static of(
    { architecture, shapes }: {
      architecture: Architecture;
      shapes: ReadonlyMap<string, readonly number[]>;
    },
    settings: OptimizerSettingsInput,
  ): Optimizer {
    const hidden = settings.muon
      ? hiddenMatrices(architecture).filter(({ name }) => shapes.has(name))
      : [];
    return new Optimizer(shapes, settings, hidden);
  }

  /** The present state. Its arrays are never written to again. */
  get state(): OptimizerState {
    return this.#state;
  }

  /**
   * Returns to an earlier state of this optimizer, and forgets the steps since.
   *
   * @param state the earlier state.
   */
  forget(state: OptimizerState): void {
    this.#state = state;
  }

  /**
   * Continues from a state that was kept.
   *
   * @param kept how many steps were taken, and the moments by name.
   * @throws CircuitbookError if the moments do not fit these weights and settings.
   */
  restore(
    kept: { step: number; moments: ReadonlyMap<string, Float32Array<ArrayBuffer>> },
  ): void {
    const { step, moments } = kept;
    const restored = [...this.#shapesOfMoments].map(([name, dims]) => {
      const data = moments.get(name);
      const length = product(dims);
      if (data?.length !== length) {
        throw new CircuitbookError(
          `Expected ${length} numbers for the moment "${name}" but found ${
            data ? data.length : "none"
          }.`,
        );
      }
      return [name, { data, dims }] as const;
    });
    this.#state = { step, moments: new Map(restored) };
  }

  /**
   * Takes one step.
   *
   * @param weights f32 by name.
   * @param gradients the gradient of each weight, by the name of the weight.
   * @param factor multiplies the learning rates, as the schedule says; 1 by default.
   * @returns the new weights, and the norm of the gradient.
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
    // Such a gradient would make all weights and moments NaN: the step is not taken, and the caller
    // stops.
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

  /**
   * Releases the compiled graph. A further step compiles it again.
   *
   * @returns once the graph is released.
   */
  async dispose(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    if (program) await release(await program);
  }

  #compiled(): Promise<Program> {
    const { graph } = optimizerGraph(this.#shapes, this.settings, this.#hidden);
    return compile(graph, { device: "cpu", folder: "", prepack: false });
  }

  /** Returns the graph inputs whose values change with the step. */
  #rates(step: number, factor: number): Record<string, GraphTensor> {
    const { adam, muon } = this.settings;
    const [beta1, beta2] = adam.betas;
    // Moments that begin at 0 are too small at first. They are corrected here, in f64: the graph is
    // the same at every step.
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
      data: new Float32Array(product(dims)),
      dims,
    });
    return {
      step: 0,
      moments: new Map([...this.#shapesOfMoments].map(([name, dims]) => [name, zeros(dims)])),
    };
  }
}
