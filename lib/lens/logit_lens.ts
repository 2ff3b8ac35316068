import pl from "nodejs-polars";
import { z } from "zod";
import { Tensor } from "../base/tensor.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions } from "../base/options.ts";
import { unpaddedStreams, vectorsOf } from "./streams.ts";

/** What the logit lens reads. */
export interface LogitLensOptions {
  /** Top tokens of each layer and position. Default 10. */
  readonly k?: number;
  /** Tokens whose probability to read in every layer and position, whatever their rank. */
  readonly tokens?: readonly number[];
}

/** The logit lens of some positions: a table of the top tokens, and one of the tokens that were asked for. */
export interface LensTables {
  /** `layer`, `example`, `rank`, `token`, `id`, `probability`: one row for each rank. */
  readonly top: pl.DataFrame;
  /** `layer`, `example`, `token`, `id`, `probability`. */
  readonly asked: pl.DataFrame;
}

/**
 * The logit lens: the residual stream after every layer, through the final norm and the unembedding. `example` counts the
 * positions that were tapped, row by row.
 *
 * nostalgebraist, interpreting GPT: the logit lens (2020).
 *
 * @param cache a run with `hook_resid_post` of some layers tapped.
 * @throws CircuitbookError when no residual stream was tapped, or padding would be read.
 *
 * @example
 * ```ts
 * import { lens, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const cache = await model.run("11 + 5 =", { tap: "blocks.*.hook_resid_post", positions: [-1] });
 * const { top } = await lens.logitLens(model, cache, { k: 5 });
 * assertEquals(top.height, 8 * 5);
 * ```
 */
export async function logitLens(
  model: Model,
  cache: Cache,
  options: LogitLensOptions = {},
): Promise<LensTables> {
  checkOptions(options, z.strictObject({ k: anything, tokens: anything }), "logitLens");
  const { k = 10, tokens = [] } = options;
  const points = unpaddedStreams(cache);
  const layers = points.map(({ layer }) => layer);
  const vectors = Tensor.concat(points.map(({ name }) => vectorsOf(cache.get(name))), "example");
  const examples = vectors.size("example") / layers.length;
  const { tokens: ids, scores, asked } = await model.unembed(vectors, { k, tokens });
  return {
    top: lensTable(model, ids.data, scores.data, { layers, examples, width: k, column: "rank" }),
    asked: lensTable(
      model,
      Int32Array.from(
        { length: layers.length * examples * tokens.length },
        (_, i) => tokens[i % tokens.length],
      ),
      asked.data,
      { layers, examples, width: tokens.length },
    ),
  };
}

function lensTable(
  model: Model,
  ids: ArrayLike<number>,
  logProbabilities: ArrayLike<number>,
  { layers, examples, width, column }: {
    layers: readonly number[];
    examples: number;
    width: number;
    column?: string;
  },
): pl.DataFrame {
  const list = Array.from(ids);
  return pl.DataFrame({
    layer: list.map((_, i) => layers[Math.floor(i / (examples * width))]),
    example: list.map((_, i) => Math.floor(i / width) % examples),
    ...column ? { [column]: list.map((_, i) => i % width + 1) } : {},
    token: model.tokenizer.pieces(list),
    id: list,
    probability: Array.from(logProbabilities, Math.exp),
  });
}
