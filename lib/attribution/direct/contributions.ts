import type { Tensor } from "../../base/tensor.ts";
import type { BootstrapOptions } from "../../stats/intervals.ts";
import { sumOfLast } from "./last_axis.ts";

/** A position of a prompt at which logits are attributed: one example. */
export interface AttributedPosition {
  /** The number of the prompt, from 0. */
  readonly row: number;
  /** The position in the prompt, from 0. */
  readonly position: number;
}

/**
 * What each part of a model contributes to the logit differences of some examples.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const found: attribution.Contributions = await attribution.direct(model, "1 + 1 = ", {
 *   answer: 20,
 *   against: 21,
 * });
 * assertEquals(found.heads.axes, ["layer", "example", "head"]);
 * ```
 */
export class Contributions {
  /** The positions, in the order of the axis `example`. */
  readonly examples: readonly AttributedPosition[];
  /** The contributions of the token embeddings, [example]. */
  readonly embed: Tensor;
  /**
   * The contributions of learned position embeddings, [example]; undefined in models without them.
   */
  readonly posEmbed?: Tensor;
  /** The contributions of heads, [layer, example, head], without the bias of W_O. */
  readonly heads: Tensor;
  /**
   * The contributions of neurons, [layer, example, neuron]. Their sum is the contribution of the
   * MLP without its bias. Undefined in attention-only models.
   */
  readonly neurons?: Tensor;
  /** The contributions of the biases of W_O and W_out together, [layer, example]. */
  readonly biases: Tensor;
  /** The contribution of the bias of the final norm, [example]. */
  readonly finalBias: Tensor;
  /** The logit differences themselves, [example], computed from the whole residual stream. */
  readonly logitDifferences: Tensor;
  /**
   * The contributions of MLPs without their biases, [layer, example]: the sums of their neurons.
   */
  readonly mlps?: Tensor;

  /**
   * Keeps contributions, and adds up the neurons of each MLP.
   *
   * @param given the contributions of all parts.
   */
  constructor(given: Omit<Contributions, "mlps">) {
    this.examples = given.examples;
    this.embed = given.embed;
    this.posEmbed = given.posEmbed;
    this.heads = given.heads;
    this.neurons = given.neurons;
    this.biases = given.biases;
    this.finalBias = given.finalBias;
    this.logitDifferences = given.logitDifferences;
    this.mlps = this.neurons && sumOfLast(this.neurons);
  }
}

/** How many neurons are named, and how their intervals are drawn. */
export interface TopNeuronOptions extends BootstrapOptions {
  /** How many neurons. Default 20. */
  readonly k?: number;
  /**
   * For each example, whether a condition holds. Neurons are then ranked by their mean contribution
   * where the condition holds minus their mean elsewhere, so that what is equal in both cancels
   * out. Default: the mean over all examples.
   */
  readonly holds?: readonly boolean[];
}

/** A part of a model whose contribution is listed; the parts do not overlap. */
export interface ComponentName {
  /** The kind of part. */
  component: "embed" | "pos_embed" | "head" | "mlp" | "bias";
  /** The layer, from 0; null for embeddings and for the bias of the final norm. */
  layer: number | null;
  /** The head, from 0; null for other parts. */
  head: number | null;
}

/** A mean contribution with its interval. */
export interface MeanContribution {
  /** The mean contribution over examples, in logits. */
  contribution: number;
  /** The lower end of the bootstrap interval. */
  low: number;
  /** The upper end of the bootstrap interval. */
  high: number;
  /** The number of examples. */
  n: number;
}

/** The contribution of one part to one example: a row of {@link LogitAttribution.table}. */
export interface ExampleContribution extends ComponentName {
  /** The number of the prompt, from 0. */
  row: number;
  /** The position in the prompt, from 0. */
  position: number;
  /** The contribution, in logits. */
  contribution: number;
}

/** The mean contribution of one part: a row of {@link LogitAttribution.mean} and `difference`. */
export interface ComponentContribution extends ComponentName, MeanContribution {}

/** The mean contribution of one neuron: a row of {@link LogitAttribution.topNeurons}. */
export interface NeuronContribution extends MeanContribution {
  /** The layer, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
}

/** The mean contributions of one layer: a row of {@link LogitAttribution.cumulative}. */
export interface LayerContribution {
  /** The layer, from 0. */
  layer: number;
  /** The mean contribution of all heads of the layer, in logits. */
  heads: number;
  /** The mean contribution of the MLP of the layer. */
  mlp: number;
  /** The mean contribution of the biases of the layer. */
  bias: number;
  /** The mean contribution of the embeddings and of all layers up to this one. */
  total: number;
  /** The lower end of the bootstrap interval of `total`. */
  low: number;
  /** The upper end of the bootstrap interval of `total`. */
  high: number;
  /** The number of examples. */
  n: number;
}
