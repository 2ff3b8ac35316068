import pl from "nodejs-polars";
import { nearest } from "../lens/nearest.ts";
import type { Model } from "../model/model.ts";
import type { Probes } from "./probes.ts";

/**
 * The tokens whose unembeddings the directions of probes point to, as a table: `layer`, `class`, `rank`, `token`, `id`,
 * `score` (the dot product of the direction, at length 1, with the token's unembedding).
 *
 * @param layers which probes; all by default.
 * @param k tokens of each class and layer. Default 10.
 * @throws CircuitbookError when no probe was trained for a layer.
 *
 * @example
 * ```ts
 * import { loadModel, probing, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const labels = Array.from({ length: 40 }, (_, i) => i % 2 ? "this" : "not");
 * const probes = await probing.probe({ 6: vectors.randomDirections({ n: 40, size: 192 }) }, labels, { groups: labels.map((_, i) => i) });
 * assertEquals((await probing.probeNeighbours(model, probes, { k: 3 })).height, 2 * 3);
 * ```
 */
export async function probeNeighbours(
  model: Model,
  probes: Probes,
  { layers = probes.layerNumbers, k = 10 }: { layers?: readonly number[]; k?: number } = {},
): Promise<pl.DataFrame> {
  const tables: pl.DataFrame[] = [];
  for (const layer of layers) {
    for (const className of probes.classes) {
      const direction = probes.layer(layer).direction(className);
      const length = Math.hypot(...direction);
      const table = await nearest(model, direction.map((value) => value / length), { k });
      tables.push(
        pl.DataFrame(table.toRecords().map((row) => ({ layer, class: className, ...row }))),
      );
    }
  }
  return pl.concat(tables);
}

/**
 * The direction of a class in every layer, as a function of the layer: what {@link steer} and {@link sweepScales} take.
 *
 * @throws CircuitbookError, when called, for a layer without a probe or a class that is none.
 *
 * @example
 * ```ts
 * import { probing, vectors } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const labels = Array.from({ length: 40 }, (_, i) => i % 2 ? "this" : "not");
 * const probes = await probing.probe({ 6: vectors.randomDirections({ n: 40, size: 8 }) }, labels, { groups: labels.map((_, i) => i) });
 * assertEquals(probing.probeDirections(probes, "this")(6), probes.layer(6).direction("this"));
 * ```
 */
export function probeDirections(
  probes: Probes,
  className: string,
): (layer: number) => Float32Array {
  return (layer) => probes.layer(layer).direction(className);
}
