import type pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import type { BootstrapOptions } from "../stats/intervals.ts";
import type { Contributions, Example, TopNeuronOptions } from "./contributions.ts";
import { cumulativeTable, differenceTable, meanTable, neuronTable, wholeTable } from "./tables.ts";

/**
 * Direct logit attributions of some examples: tensors for each kind of component, and tables. Made by `attribution.direct`.
 *
 * @example
 * ```ts
 * import { attribution, loadModel, plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const found = await attribution.direct(model, ["1 + 1 = ", "1 + 2 = "], { answer: 20, against: 21 });
 * const heads = found.mean().toRecords().filter(({ component }) => component === "head");
 * assert(plot.headMap(heads, { value: "contribution" }).label.includes("48 heads"));
 * ```
 */
export class LogitAttribution implements Contributions {
  readonly examples: readonly Example[];
  readonly embed: Tensor;
  readonly posEmbed?: Tensor;
  readonly heads: Tensor;
  readonly neurons?: Tensor;
  readonly biases: Tensor;
  readonly finalBias: Tensor;
  readonly logitDifferences: Tensor;
  /** MLPs without their biases: [layer, example], the sums of their neurons. */
  readonly mlps?: Tensor;

  constructor(contributions: Contributions) {
    this.examples = contributions.examples;
    this.embed = contributions.embed;
    this.posEmbed = contributions.posEmbed;
    this.heads = contributions.heads;
    this.neurons = contributions.neurons;
    this.biases = contributions.biases;
    this.finalBias = contributions.finalBias;
    this.logitDifferences = contributions.logitDifferences;
    this.mlps = this.neurons && sumOfLast(this.neurons);
  }

  /** Embeddings, heads, MLPs and biases summed [example]: the logit differences, up to rounding. */
  get sums(): Tensor {
    const count = this.examples.length;
    const total = new Float64Array(count);
    for (
      const part of [
        this.embed,
        this.posEmbed,
        sumOfLast(this.heads),
        this.mlps,
        this.biases,
        this.finalBias,
      ]
    ) {
      part?.data.forEach((value, i) => total[i % count] += value);
    }
    return new Tensor(Float32Array.from(total), { example: count });
  }

  /**
   * Every contribution but those of single neurons, a line each: `row`, `position`, `component` ("embed", "pos_embed", "head", "mlp",
   * "bias"), `layer`, `head`, `contribution`. The biases of W_O and W_out of a layer are one; that of the final norm has no layer.
   */
  table(): pl.DataFrame {
    return wholeTable(this);
  }

  /** The mean over examples of each contribution in {@link table}: `component`, `layer`, `head`, `contribution`, `low`, `high`, `n`. */
  mean(options: BootstrapOptions = {}): pl.DataFrame {
    return meanTable(this, options);
  }

  /**
   * The same contributions, their mean over the examples where something holds minus their mean over the others: what is the same
   * in both cancels out.
   *
   * @throws CircuitbookError unless there is a label for each example, and both kinds.
   */
  difference(holds: readonly boolean[], options: BootstrapOptions = {}): pl.DataFrame {
    return differenceTable(this, holds, options);
  }

  /**
   * The contributions to some of the examples.
   *
   * @throws CircuitbookError unless there is a label for each example, and one holds.
   */
  where(holds: readonly boolean[]): LogitAttribution {
    if (holds.length !== this.examples.length || !holds.includes(true)) {
      const found = `${holds.length} labels, ${holds.filter(Boolean).length} of them true`;
      throw new CircuitbookError(
        `Expected a label for each of ${this.examples.length} examples but found ${found}.`,
      );
    }
    const example = [...holds.keys()].filter((i) => holds[i]);
    const { posEmbed, neurons } = this;
    return new LogitAttribution({
      examples: example.map((i) => this.examples[i]),
      embed: this.embed.slice({ example }),
      posEmbed: posEmbed?.slice({ example }),
      heads: this.heads.slice({ example }),
      neurons: neurons?.slice({ example }),
      biases: this.biases.slice({ example }),
      finalBias: this.finalBias.slice({ example }),
      logitDifferences: this.logitDifferences.slice({ example }),
    });
  }

  /** The neurons with the largest mean contributions, of either sign: `layer`, `neuron`, `contribution`, `low`, `high`, `n`. */
  topNeurons(options: TopNeuronOptions = {}): pl.DataFrame {
    return neuronTable(this, options);
  }

  /**
   * Mean contributions of each layer and of all up to it: `layer`, `heads`, `mlp`, `bias`, then `total` (with the embeddings), `low`,
   * `high` and `n`. After the last layer only the final norm's bias is missing from the logit difference.
   */
  cumulative(options: BootstrapOptions = {}): pl.DataFrame {
    return cumulativeTable(this, options);
  }
}

/** A tensor without its last axis: sums along it. */
function sumOfLast({ data, shape, axes }: Tensor): Tensor {
  const size = shape.at(-1)!;
  const out = new Float32Array(data.length / size);
  for (let i = 0, at = 0; i < out.length; i++) {
    let sum = 0;
    for (const end = at + size; at < end; at++) sum += data[at];
    out[i] = sum;
  }
  return new Tensor(out, Object.fromEntries(axes.slice(0, -1).map((axis, i) => [axis, shape[i]])));
}
