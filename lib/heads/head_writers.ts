import type { Model } from "../model/model.ts";
import { allHeads, resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { type HeadProducts, type LowRank, squaredNorms } from "./head_products.ts";
import { readingWeights } from "./reading_weights.ts";

/** The OV matrices of some heads of a layer. */
export interface HeadWriters extends LowRank {
  /** The heads of the layer, from 0. */
  readonly heads: readonly number[];
  /** The squared Frobenius norm of each OV matrix. */
  readonly norms: Float64Array;
}

/** Returns the OV matrices of some heads of a layer. */
export async function writersOf(
  model: Model,
  products: HeadProducts,
  layer: number,
  heads: readonly number[],
): Promise<HeadWriters> {
  const { O, V } = await readingWeights(model, layer);
  const factor = O.slice({ head: heads });
  const gram = await products.gram(V.slice({ head: heads }));
  return { heads, factor, gram, norms: squaredNorms(await products.gram(factor), gram) };
}

/** Returns the chosen heads by layer, each once. Default: all heads. */
export function headsByLayer(
  model: Model,
  chosen: readonly (readonly [number, number])[] = allHeads(model),
): Map<number, number[]> {
  return new Map(
    [...Map.groupBy(resolvedHeads(chosen, model), ([layer]) => layer)].map(([layer, members]) =>
      [layer, [...new Set(members.map(([, head]) => head))]] as const
    ),
  );
}
