import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { type Watch, watched } from "../base/progress.ts";
import { resolveSelection, type Selection } from "../base/tensor.ts";
import { scaledTo } from "../base/vectors.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, selection, watch } from "../base/options.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { matrixOf, type NeuronMatrix } from "./vectors.ts";

/**
 * A direction of the residual stream, [d_model], of any length: one for all layers, or a function
 * from a layer to a direction.
 */
export type Direction = ArrayLike<number> | ((layer: number) => ArrayLike<number>);

/** The options of {@link nearestNeurons}. */
export interface NearestNeuronsOptions extends Watch {
  /** How many neurons are returned, for each layer or in total. Default 10. */
  readonly k?: number;
  /** The layers whose neurons are ranked. Default: all. */
  readonly layers?: Selection;
  /** Whether `k` neurons of each layer are returned, or `k` of the whole model. Default `layer`. */
  readonly per?: "layer" | "model";
  /**
   * Whether neurons are ranked by the cosine, or by the dot product with the direction at length 1,
   * which favours long value vectors. Default `cosine`.
   */
  readonly by?: "cosine" | "dot";
}

const nearestSchema = z.strictObject({
  ...watch,
  k: atLeastOne.optional(),
  layers: selection.optional(),
  per: z.enum(["layer", "model"], 'to be "layer" or "model"').optional(),
  by: z.enum(["cosine", "dot"], 'to be "cosine" or "dot"').optional(),
});

/** A neuron whose value vector points along a direction. */
export interface NearNeuron {
  /** The layer of the neuron, from 0. */
  layer: number;
  /** The neuron, from 0. */
  neuron: number;
  /** The rank in its layer, or in the whole model, from 1. */
  rank: number;
  /** The cosine between the value vector and the direction, from −1 to 1. */
  cosine: number;
  /** The length (L2 norm) of the value vector. */
  norm: number;
}

/** A neuron before it is ranked. */
type Candidate = Omit<NearNeuron, "rank">;

/**
 * Returns the neurons whose value vectors point along a direction. For neurons that point the
 * opposite way, give minus the direction.
 *
 * Layers are read one after another and released: the value vectors of a model with 3 billion
 * parameters take 3.2 GB.
 *
 * A. Lee, Unraveling DeepSeekR1-Zero One Step at a Time, Part II (2025), where the directions are
 * those of linear probes.
 *
 * @param model the model whose neurons are ranked.
 * @param direction [d_model]: one for all layers, or a function from a layer to a direction.
 * @param options how many neurons, of which layers, ranked by what.
 * @returns a table with one row for each neuron, nearest first.
 * @throws CircuitbookError if a direction does not have d_model numbers, is zero or is not finite,
 * or the model has no MLPs. Throws InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const direction = (await neurons.valueVectors(model, 6)).slice({ neuron: 425 }).data;
 * const options = { layers: [5, 6], per: "model", k: 3 } as const;
 * const [first] = (await neurons.nearestNeurons(model, direction, options)).toRecords();
 * assertEquals([first.layer, first.neuron], [6, 425]);
 * assertAlmostEquals(first.cosine, 1, 1e-6);
 * ```
 */
export async function nearestNeurons(
  model: Model,
  direction: Direction,
  options: NearestNeuronsOptions = {},
): Promise<TableOf<NearNeuron>> {
  checkArguments("nearestNeurons", {
    model: [model, aModel],
    direction: [direction, is.either(is.numbers, is.callable)],
  });

  checkOptions(options, nearestSchema, "nearestNeurons");
  const { k = 10, layers = {}, per = "layer", by = "cosine", signal, onProgress } = options;
  const numbers = resolveSelection(layers, model.architecture.layers, "layer");
  const score = ({ cosine, norm }: Candidate) => by === "cosine" ? cosine : cosine * norm;
  const best = (found: readonly Candidate[]) =>
    [...found].sort((a, b) => score(b) - score(a)).slice(0, k);
  const found: Candidate[] = [];
  for await (
    const layer of watched(numbers, { label: "rank neurons", unit: "layers", signal, onProgress })
  ) {
    const matrix = await matrixOf(model, layer, "value");
    found.push(...best(candidates(matrix, layer, directionAt(direction, layer, model))));
  }
  const ranked = per === "layer" ? found : best(found);
  // The last rank of each layer; the whole model counts as layer -1.
  const ranks = new Map<number, number>();
  return tableOf(ranked.map(({ layer, neuron, cosine, norm }) => {
    const list = per === "layer" ? layer : -1;
    const rank = (ranks.get(list) ?? 0) + 1;
    ranks.set(list, rank);
    return { layer, neuron, rank, cosine, norm };
  }));
}

/**
 * Returns the direction in one layer, at length 1. Throws a CircuitbookError if it does not fit the
 * model.
 */
export function directionAt(
  direction: Direction,
  layer: number,
  { architecture: { dModel } }: Model,
): number[] {
  return scaledTo(typeof direction === "function" ? direction(layer) : direction, 1, dModel);
}

/** Returns every neuron of a matrix with its cosine to a unit vector. */
function candidates(matrix: NeuronMatrix, layer: number, unit: readonly number[]): Candidate[] {
  const { dots, norms } = projections(matrix, unit);
  return Array.from(dots, (dot, neuron) => {
    const norm = norms[neuron];
    return { layer, neuron, cosine: norm > 0 ? dot / norm : 0, norm };
  });
}

/** Returns the dot product of each vector with a unit vector, and the length of each vector. */
function projections(
  { data, neurons, size, neuronStep, numberStep }: NeuronMatrix,
  unit: readonly number[],
) {
  const dots = new Float64Array(neurons);
  const squares = new Float64Array(neurons);
  // The loops follow the order in which the matrix is stored: reading memory dominates.
  const across = neuronStep === 1;
  const [outer, inner] = across ? [size, neurons] : [neurons, size];
  for (let a = 0; a < outer; a++) {
    for (let b = 0; b < inner; b++) {
      const neuron = across ? b : a;
      const i = across ? a : b;
      const value = data[neuron * neuronStep + i * numberStep];
      dots[neuron] += value * unit[i];
      squares[neuron] += value * value;
    }
  }
  return { dots, norms: squares.map(Math.sqrt) };
}

/** Returns the length of each value vector of a layer. */
export async function valueNorms(model: Model, layer: number): Promise<Float64Array> {
  const matrix = await matrixOf(model, layer, "value");
  return projections(matrix, new Array<number>(matrix.size).fill(0)).norms;
}
