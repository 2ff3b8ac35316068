import pl from "nodejs-polars";
import { z } from "zod";
import { type Watch, watched } from "../base/progress.ts";
import { resolveSelection, type Selection } from "../base/tensor.ts";
import { scaledTo } from "../base/vectors.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, selection, watch } from "../base/options.ts";
import { matrixOf, type NeuronMatrix } from "./vectors.ts";

/** A direction of the residual stream: one for all layers, or one for each. */
export type Direction = ArrayLike<number> | ((layer: number) => ArrayLike<number>);

/** Which neurons are looked for. */
export interface NearestNeuronsOptions extends Watch {
  /** How many neurons, of each layer or in all. Default 10. */
  readonly k?: number;
  /** The layers whose neurons are looked at; all by default. */
  readonly layers?: Selection;
  /** `k` of each layer (the default), or `k` of all the layers together. */
  readonly per?: "layer" | "model";
  /** The cosine (the default), or the dot product with the direction at length 1: long vectors count for more. */
  readonly by?: "cosine" | "dot";
}

const nearestSchema = z.strictObject({
  ...watch,
  k: atLeastOne.optional(),
  layers: selection.optional(),
  per: z.enum(["layer", "model"], 'to be "layer" or "model"').optional(),
  by: z.enum(["cosine", "dot"], 'to be "cosine" or "dot"').optional(),
});

/** A neuron and how its value vector lies to a direction. */
export interface NearNeuron {
  readonly layer: number;
  readonly neuron: number;
  readonly cosine: number;
  readonly norm: number;
}

/**
 * The neurons whose value vectors point along a direction, nearest first, as a table: `layer`, `neuron`, `rank`, `cosine`,
 * `norm` (of the value vector). For those that point the other way, give the direction times −1.
 *
 * Layers are read one after another and let go of: the value vectors of a model of 3 billion parameters take 3.2 GB.
 * A. Lee, Unraveling DeepSeekR1-Zero One Step at a Time, Part II (2025), which takes the directions of linear probes.
 *
 * @throws CircuitbookError when a direction has another size than the residual stream, is zero or not finite, or the model
 * has no MLPs.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const own = (await neurons.valueVectors(model, 6)).slice({ neuron: 425 }).data;
 * const [first] = (await neurons.nearestNeurons(model, own, { layers: [5, 6], per: "model", k: 3 })).toRecords();
 * assertEquals([first.layer, first.neuron], [6, 425]);
 * assertAlmostEquals(first.cosine, 1, 1e-6);
 * ```
 */
export async function nearestNeurons(
  model: Model,
  direction: Direction,
  options: NearestNeuronsOptions = {},
): Promise<pl.DataFrame> {
  checkOptions(options, nearestSchema, "nearestNeurons");
  const { k = 10, layers = {}, per = "layer", by = "cosine", signal, onProgress } = options;
  const numbers = resolveSelection(layers, model.architecture.layers, "layer");
  const score = ({ cosine, norm }: NearNeuron) => by === "cosine" ? cosine : cosine * norm;
  const best = (found: readonly NearNeuron[]) =>
    [...found].sort((a, b) => score(b) - score(a)).slice(0, k);
  const found: NearNeuron[] = [];
  for await (
    const layer of watched(numbers, { label: "rank neurons", unit: "layers", signal, onProgress })
  ) {
    found.push(
      ...best(
        lookedAt(
          await matrixOf(model, layer, "value"),
          layer,
          directionAt(direction, layer, model),
        ),
      ),
    );
  }
  const ranked = per === "layer" ? found : best(found);
  const ranks = new Map<number, number>();
  const rows = ranked.map(({ layer, ...rest }) => {
    const rank = (ranks.get(per === "layer" ? layer : -1) ?? 0) + 1;
    ranks.set(per === "layer" ? layer : -1, rank);
    return { layer, neuron: rest.neuron, rank, cosine: rest.cosine, norm: rest.norm };
  });
  return pl.DataFrame(rows);
}

/** A direction in one layer, at length 1. @throws CircuitbookError when it does not fit the model. */
export function directionAt(
  direction: Direction,
  layer: number,
  { architecture: { dModel } }: Model,
): number[] {
  return scaledTo(typeof direction === "function" ? direction(layer) : direction, 1, dModel);
}

/** Every neuron of a matrix with its cosine to a unit vector. */
function lookedAt(matrix: NeuronMatrix, layer: number, unit: readonly number[]): NearNeuron[] {
  const { dots, norms } = projections(matrix, unit);
  return Array.from(dots, (dot, neuron) => {
    const norm = norms[neuron];
    return { layer, neuron, cosine: norm > 0 ? dot / norm : 0, norm };
  });
}

/** The dot product of each vector with a unit vector, and the length of each, in the order in which the matrix is stored. */
function projections(
  { data, neurons, size, neuronStep, numberStep }: NeuronMatrix,
  unit: readonly number[],
) {
  const dots = new Float64Array(neurons);
  const squares = new Float64Array(neurons);
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

/** The lengths of a layer's value vectors. */
export async function valueNorms(model: Model, layer: number): Promise<Float64Array> {
  const matrix = await matrixOf(model, layer, "value");
  return projections(matrix, new Array<number>(matrix.size).fill(0)).norms;
}
