import { CircuitbookError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import type { BootstrapOptions } from "../../stats/intervals.ts";
import type { TableOf } from "../../table/table.ts";
import {
  type ComponentContribution,
  Contributions,
  type ExampleContribution,
  type LayerContribution,
  type NeuronContribution,
  type TopNeuronOptions,
} from "./contributions.ts";
import { sumOfLast } from "./last_axis.ts";
import {
  cumulativeTable,
  differenceTable,
  meanTable,
  neuronTable,
  wholeTable,
} from "./contribution_tables.ts";

/**
 * Direct logit attributions of some examples, as a tensor for each kind of component and as tables.
 * {@link direct} makes them.
 *
 * @example
 * ```ts
 * import { attribution, loadModel, plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const found = await attribution.direct(model, ["1 + 1 = ", "1 + 2 = "], {
 *   answer: 20,
 *   against: 21,
 * });
 * const heads = found.mean().toRecords().filter(({ component }) => component === "head");
 * assert(plot.headMap(heads, { value: "contribution" }).label.includes("48 heads"));
 * ```
 */
export class LogitAttribution extends Contributions {
  /**
   * The sums of embeddings, heads, MLPs and biases, [example]: the logit differences, up to
   * rounding.
   */
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
   * Returns every contribution except those of single neurons. The biases of W_O and W_out of a
   * layer are one component. The bias of the final norm has no layer.
   *
   * @returns a row for each example and component.
   */
  table(): TableOf<ExampleContribution> {
    return wholeTable(this);
  }

  /**
   * Returns the mean over examples of each contribution of {@link table}.
   *
   * @param options how intervals are drawn.
   * @returns a row for each component.
   */
  mean(options: BootstrapOptions = {}): TableOf<ComponentContribution> {
    return meanTable(this, options);
  }

  /**
   * Returns for each component its mean contribution over the examples where a condition holds,
   * minus its mean over the other examples. What is equal in both cancels out.
   *
   * @param holds for each example, whether the condition holds.
   * @param options how intervals are drawn.
   * @returns a row for each component.
   * @throws CircuitbookError if there is not one label for each example, or all labels are equal.
   */
  difference(
    holds: readonly boolean[],
    options: BootstrapOptions = {},
  ): TableOf<ComponentContribution> {
    return differenceTable(this, holds, options);
  }

  /**
   * Returns the attributions of the examples where a condition holds.
   *
   * @param holds for each example, whether the condition holds.
   * @returns attributions of these examples alone.
   * @throws CircuitbookError if there is not one label for each example, or no label is true.
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

  /**
   * Returns the neurons with the largest mean contributions, of either sign.
   *
   * @param options how many neurons, and how intervals are drawn.
   * @returns a row for each neuron, largest first.
   * @throws CircuitbookError if the model has no MLPs.
   */
  topNeurons(options: TopNeuronOptions = {}): TableOf<NeuronContribution> {
    return neuronTable(this, options);
  }

  /**
   * Returns the mean contributions of each layer, and of the embeddings and all layers up to it.
   * After the last layer, only the bias of the final norm is missing from the logit difference.
   *
   * @param options how intervals are drawn.
   * @returns a row for each layer.
   */
  cumulative(options: BootstrapOptions = {}): TableOf<LayerContribution> {
    return cumulativeTable(this, options);
  }
}
