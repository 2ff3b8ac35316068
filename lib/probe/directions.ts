import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { atLeastOne, checkOptions, wholeNumbers } from "../base/options.ts";
import { nearest, type NearToken } from "../lens/nearest.ts";
import type { Model } from "../model/model.ts";
import { rowsOf, type TableOf, tableOf } from "../table/table.ts";
import type { Probes } from "./probes.ts";

/** The options of {@link nearestTokens}. */
export interface NearestTokensOptions {
  /** The layers whose probes are read. Default: all that have a probe. */
  readonly layers?: readonly number[];
  /** How many tokens are returned for each class and layer. Default 10. */
  readonly k?: number;
}

/** A token near the direction of one class of the probe of one layer. */
export interface ProbeToken extends NearToken {
  /** The layer of the probe, from 0. */
  layer: number;
  /** The class whose direction is read. */
  class: string;
}

const nearestSchema = z.strictObject({
  layers: wholeNumbers.optional(),
  k: atLeastOne.optional(),
});

/**
 * Returns the tokens whose unembeddings have the largest dot products with the directions of
 * probes.
 *
 * @param model the model whose unembedding is used.
 * @param probes probes of the model's residual stream.
 * @param options which layers, and how many tokens.
 * @returns a table with one row for each layer, class and rank. `score` is the dot product of the
 * direction, at length 1, with the token's unembedding.
 * @throws CircuitbookError if no probe was trained for a layer.
 *
 * @example
 * ```ts
 * import { loadModel, probing, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const labels = Array.from({ length: 40 }, (_, i) => i % 2 ? "this" : "not");
 * const activations = { 6: vectors.randomDirections({ n: 40, size: 192 }) };
 * const probes = await probing.probe(activations, labels, { groups: [...labels.keys()] });
 * assertEquals((await probing.nearestTokens(model, probes, { k: 3 })).height, 2 * 3);
 * ```
 */
export async function nearestTokens(
  model: Model,
  probes: Probes,
  options: NearestTokensOptions = {},
): Promise<TableOf<ProbeToken>> {
  checkArguments("nearestTokens", {
    model: [model, aModel],
    probes: [probes, is.like("probes", "layers", "classes")],
  });

  checkOptions(options, nearestSchema, "nearestTokens");
  const { layers = probes.layerNumbers, k = 10 } = options;
  const rows: ProbeToken[] = [];
  for (const layer of layers) {
    for (const className of probes.classes) {
      const direction = probes.layer(layer).direction(className);
      const length = Math.hypot(...direction);
      const table = await nearest(model, direction.map((value) => value / length), { k });
      rows.push(...rowsOf(table).map((token) => ({ layer, class: className, ...token })));
    }
  }
  return tableOf(rows);
}

/**
 * Returns the direction of a class in each layer, as a function of the layer, which {@link steer}
 * and {@link sweepScales} take as a vector.
 *
 * @param probes the probes.
 * @param className the class, such as `this`.
 * @returns a function from a layer to the weights of the class there, [d_model]. The function
 * throws a CircuitbookError if the layer has no probe, or the probes have no such class.
 *
 * @example
 * ```ts
 * import { probing, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const labels = Array.from({ length: 40 }, (_, i) => i % 2 ? "this" : "not");
 * const activations = { 6: vectors.randomDirections({ n: 40, size: 8 }) };
 * const probes = await probing.probe(activations, labels, { groups: [...labels.keys()] });
 * assertEquals(probing.directions(probes, "this")(6), probes.layer(6).direction("this"));
 * ```
 */
export function directions(
  probes: Probes,
  className: string,
): (layer: number) => Float32Array {
  return (layer) => probes.layer(layer).direction(className);
}
