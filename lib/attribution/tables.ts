import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { atLeastOne, checkOptions } from "../base/options.ts";
import { bootstrapDifference } from "../stats/difference.ts";
import { bootstrap, type BootstrapOptions } from "../stats/intervals.ts";
import { bootstrapShape } from "../stats/sample.ts";
import type { SummedContributions, TopNeuronOptions } from "./contributions.ts";

/** The contributions of one component to every example. */
interface Component {
  readonly component: "embed" | "pos_embed" | "head" | "mlp" | "bias";
  readonly layer: number | null;
  readonly head: number | null;
  readonly values: Float32Array;
}

/** Components that do not overlap and sum to the logit difference. */
function* componentsOf(found: SummedContributions): Generator<Component> {
  yield { component: "embed", layer: null, head: null, values: found.embed.data };
  if (found.posEmbed) {
    yield { component: "pos_embed", layer: null, head: null, values: found.posEmbed.data };
  }
  const hasBiases = found.biases.data.some((value) => value !== 0);
  for (let layer = 0; layer < found.heads.size("layer"); layer++) {
    for (let head = 0; head < found.heads.size("head"); head++) {
      yield { component: "head", layer, head, values: found.heads.slice({ layer, head }).data };
    }
    if (found.mlps) {
      yield { component: "mlp", layer, head: null, values: found.mlps.slice({ layer }).data };
    }
    if (hasBiases) {
      yield { component: "bias", layer, head: null, values: found.biases.slice({ layer }).data };
    }
  }
  if (found.finalBias.data.some((value) => value !== 0)) {
    yield { component: "bias", layer: null, head: null, values: found.finalBias.data };
  }
}

/** A line for each example and component. */
export function wholeTable(found: SummedContributions): pl.DataFrame {
  const components = [...componentsOf(found)];
  return frame(
    found.examples.flatMap((example, i) =>
      components.map(({ values, ...name }) => ({ ...example, ...name, contribution: values[i] }))
    ),
  );
}

/** A line for each component. */
export function meanTable(found: SummedContributions, options: BootstrapOptions): pl.DataFrame {
  checkOptions(options, z.strictObject(bootstrapShape), "mean");
  return frame(
    [...componentsOf(found)].map(({ values, ...name }) => ({
      ...name,
      ...estimate(values, options),
    })),
  );
}

/** A line for each component: where something holds minus where it does not. */
export function differenceTable(
  found: SummedContributions,
  holds: readonly boolean[],
  options: BootstrapOptions,
): pl.DataFrame {
  checkOptions(options, z.strictObject(bootstrapShape), "difference");
  return frame([...componentsOf(found)].map(({ values, ...name }) => {
    const { value: contribution, low, high, n } = bootstrapDifference(values, holds, options);
    return { ...name, contribution, low, high, n };
  }));
}

/** A line for each of the k neurons whose mean contribution is largest. */
export function neuronTable(found: SummedContributions, options: TopNeuronOptions): pl.DataFrame {
  checkOptions(
    options,
    z.strictObject({ ...bootstrapShape, k: atLeastOne.optional() }),
    "topNeurons",
  );
  const { k = 20, ...rest } = options;
  const { neurons } = found;
  if (!neurons) {
    throw new CircuitbookError(
      "Expected a model with MLPs but found an attention-only one; see heads.",
    );
  }
  const width = neurons.size("neuron");
  const means = meanOfExamples(neurons);
  const top = [...means.keys()].sort((a, b) => Math.abs(means[b]) - Math.abs(means[a])).slice(0, k);
  return pl.DataFrame(top.map((index) => {
    const layer = Math.floor(index / width);
    const neuron = index % width;
    return { layer, neuron, ...estimate(neurons.slice({ layer, neuron }).data, rest) };
  }));
}

/** A line for each layer: what it adds, and what all up to it add. */
export function cumulativeTable(
  found: SummedContributions,
  options: BootstrapOptions,
): pl.DataFrame {
  checkOptions(options, z.strictObject(bootstrapShape), "cumulative");
  const count = found.examples.length;
  const total = new Float64Array(count);
  const add = (values: ArrayLike<number>, to: Float64Array) => {
    for (let i = 0; i < count; i++) to[i] += values[i];
  };
  const layers = Map.groupBy(
    componentsOf(found),
    ({ layer, component }) => component === "bias" ? layer ?? -1 : layer,
  );
  for (const { values } of layers.get(null)!) add(values, total);
  return pl.DataFrame(Array.from({ length: found.heads.size("layer") }, (_, layer) => {
    const meanOf = (kind: string) => {
      const sum = new Float64Array(count);
      for (const { component, values } of layers.get(layer)!) {
        if (component === kind) add(values, sum);
      }
      add(sum, total);
      return sum.reduce((a, b) => a + b) / count;
    };
    const parts = { heads: meanOf("head"), mlp: meanOf("mlp"), bias: meanOf("bias") };
    const { contribution: all, ...interval } = estimate(total, options);
    return { layer, ...parts, total: all, ...interval };
  }));
}

function estimate(values: ArrayLike<number>, options: BootstrapOptions) {
  const { value, low, high, n } = bootstrap(values, options);
  return { contribution: value, low, high, n };
}

/** Means over examples, flat [layer × neuron]. */
function meanOfExamples({ data, shape: [layers, examples, width] }: Tensor): Float64Array {
  const means = new Float64Array(layers * width);
  for (let at = 0; at < data.length; at++) {
    const block = Math.floor(at / width);
    means[Math.floor(block / examples) * width + at % width] += data[at] / examples;
  }
  return means;
}

/** A table whose columns of indices may be empty. */
function frame(rows: readonly object[]): pl.DataFrame {
  return pl.DataFrame(rows as Record<string, unknown>[]);
}
