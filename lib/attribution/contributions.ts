import type { Tensor } from "../base/tensor.ts";
import type { BootstrapOptions } from "../stats/intervals.ts";

/** A position of a prompt. */
export interface Example {
  readonly row: number;
  readonly position: number;
}

/** What each part of a model contributes to the logit differences of some examples. */
export interface Contributions {
  readonly examples: readonly Example[];
  /** Token embeddings [example]. */
  readonly embed: Tensor;
  /** Learned positions [example], where the model has them. */
  readonly posEmbed?: Tensor;
  /** [layer, example, head], without the bias of W_O. */
  readonly heads: Tensor;
  /** [layer, example, neuron]; their sum is the MLP's output without its bias. Undefined in attention-only models. */
  readonly neurons?: Tensor;
  /** Biases of W_O and W_out together [layer, example]. */
  readonly biases: Tensor;
  /** The final norm's bias [example]. */
  readonly finalBias: Tensor;
  /** The logit differences themselves [example], from the residual stream as a whole. */
  readonly logitDifferences: Tensor;
}

/** How many neurons to name, and how their intervals are drawn. */
export interface TopNeuronOptions extends BootstrapOptions {
  /** How many. Default 20. */
  readonly k?: number;
}

/** Contributions with the sum over the neurons of each MLP. */
export interface SummedContributions extends Contributions {
  /** [layer, example], without the bias of W_out. Undefined in attention-only models. */
  readonly mlps?: Tensor;
}
