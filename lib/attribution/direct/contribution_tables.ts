import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { Tensor } from "../../base/tensor.ts";
import { atLeastOne, checkOptions } from "../../base/options.ts";
import { bootstrapDifference } from "../../stats/difference.ts";
import { bootstrap, type BootstrapOptions } from "../../stats/intervals.ts";
import { bootstrapShape } from "../../stats/sample.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import type {
  ComponentContribution,
  ComponentName,
  Contributions,
  ExampleContribution,
  LayerContribution,
  MeanContribution,
  NeuronContribution,
  TopNeuronOptions,
} from "./contributions.ts";

/** The contributions of one component to every example. */
interface Component extends ComponentName {
  readonly values: Float32Array;
}

/** Lists components that do not overlap and sum to the logit difference. */
function* componentsOf(found: Contributions): Generator<Component> {
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

/** Returns a row for each example and component. */
export function wholeTable(found: Contributions): TableOf<ExampleContribution> {
  const components = [...componentsOf(found)];
  return tableOf(
    found.examples.flatMap((example, i) =>
      components.map(({ values, ...name }) => ({ ...example, ...name, contribution: values[i] }))
    ),
  );
}

/** Returns a row for each component, with its mean over examples. */
export function meanTable(
  found: Contributions,
  options: BootstrapOptions,
): TableOf<ComponentContribution> {
  checkOptions(options, z.strictObject(bootstrapShape), "mean");
  return tableOf(
    [...componentsOf(found)].map(({ values, ...name }) => ({
      ...name,
      ...meanContribution(values, options),
    })),
  );
}

/** Returns a row for each component: its mean where a condition holds minus its mean elsewhere. */
export function differenceTable(
  found: Contributions,
  holds: readonly boolean[],
  options: BootstrapOptions,
): TableOf<ComponentContribution> {
  checkOptions(options, z.strictObject(bootstrapShape), "difference");
  return tableOf([...componentsOf(found)].map(({ values, ...name }) => {
    const { value: contribution, low, high, n } = bootstrapDifference(values, holds, options);
    return { ...name, contribution, low, high, n };
  }));
}

/**
 * Returns a row for each of the k neurons with the largest means or differences, of either sign.
 */
export function neuronTable(
  found: Contributions,
  options: TopNeuronOptions,
): TableOf<NeuronContribution> {
  checkOptions(
    options,
    z.strictObject({
      ...bootstrapShape,
      k: atLeastOne.optional(),
      holds: z.array(z.boolean()).optional(),
    }),
    "topNeurons",
  );
  const { k = 20, holds, ...rest } = options;
  const { neurons } = found;
  if (!neurons) {
    throw new CircuitbookError(
      "Expected a model with MLPs but found an attention-only one; attribute to its heads.",
    );
  }
  const width = neurons.size("neuron");
  if (holds && holds.length !== found.examples.length) {
    throw new CircuitbookError(
      `Expected a label for each of ${found.examples.length} examples but found ${holds.length}.`,
    );
  }
  const means = meanOfExamples(neurons, holds);
  const top = [...means.keys()].sort((a, b) => Math.abs(means[b]) - Math.abs(means[a])).slice(0, k);
  return tableOf(top.map((index): NeuronContribution => {
    const layer = Math.floor(index / width);
    const neuron = index % width;
    const { data } = neurons.slice({ layer, neuron });
    return { layer, neuron, ...meanContribution(data, rest, holds) };
  }));
}

/** Returns a row for each layer: what the layer adds, and what everything up to it adds. */
export function cumulativeTable(
  found: Contributions,
  options: BootstrapOptions,
): TableOf<LayerContribution> {
  checkOptions(options, z.strictObject(bootstrapShape), "cumulative");
  const count = found.examples.length;
  const total = new Float64Array(count);
  const add = (values: ArrayLike<number>, to: Float64Array) => {
    for (let i = 0; i < count; i++) to[i] += values[i];
  };
  // The bias of the final norm comes after all layers, and is left out under the key -1.
  const layers = Map.groupBy(
    componentsOf(found),
    ({ layer, component }) => component === "bias" ? layer ?? -1 : layer,
  );
  for (const { values } of layers.get(null)!) add(values, total);
  const rows = Array.from({ length: found.heads.size("layer") }, (_, layer): LayerContribution => {
    const meanOfKind = (kind: string) => {
      const sum = new Float64Array(count);
      for (const { component, values } of layers.get(layer)!) {
        if (component === kind) add(values, sum);
      }
      add(sum, total);
      return sum.reduce((a, b) => a + b) / count;
    };
    const parts = { heads: meanOfKind("head"), mlp: meanOfKind("mlp"), bias: meanOfKind("bias") };
    const { contribution: all, ...interval } = meanContribution(total, options);
    return { layer, ...parts, total: all, ...interval };
  });
  return tableOf(rows);
}

/**
 * Returns the mean of the contributions to all examples, or the difference of the means where a
 * condition holds and elsewhere, with its interval.
 */
function meanContribution(
  values: ArrayLike<number>,
  options: BootstrapOptions,
  holds?: readonly boolean[],
): MeanContribution {
  const { value, low, high, n } = holds
    ? bootstrapDifference(values, holds, options)
    : bootstrap(values, options);
  return { contribution: value, low, high, n };
}

/** Returns means over examples, or the differences of means, flat [layer × neuron]. */
function meanOfExamples(
  { data, shape: [layers, examples, width] }: Tensor,
  holds: readonly boolean[] = new Array(examples).fill(true),
): Float64Array {
  const yes = holds.filter(Boolean).length;
  const weights = holds.map((own) => own ? 1 / yes : -1 / (examples - yes));
  const means = new Float64Array(layers * width);
  for (let at = 0; at < data.length; at++) {
    const block = Math.floor(at / width);
    means[Math.floor(block / examples) * width + at % width] += data[at] *
      weights[block % examples];
  }
  return means;
}
