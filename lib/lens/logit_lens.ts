import { withWholeIndices } from "../table/index_columns.ts";
import pl from "nodejs-polars";
import { z } from "zod";
import { checkArguments } from "../base/arguments.ts";
import { aCache, aModel } from "../model/plan/kinds.ts";
import { Tensor } from "../base/tensor.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions } from "../base/options.ts";
import { type TableOf } from "../table/table.ts";
import { examplesOf, unpaddedStreams } from "./streams.ts";

/** The options of {@link logitLens}. */
export interface LogitLensOptions {
  /** How many of the most probable tokens are returned for each layer and position. Default 10. */
  readonly k?: number;
  /**
   * Token ids whose probabilities are returned for every layer and position, whatever their rank.
   * Default: none.
   */
  readonly tokens?: readonly number[];
}

/** The probability of one token at one layer and position. */
export interface LensProbability {
  /** The layer, from 0. */
  layer: number;
  /** The index of the tapped position, counted row by row. */
  example: number;
  /** The text of the token. */
  token: string;
  /** The id of the token. */
  id: number;
  /** The probability of the token. */
  probability: number;
}

/** One of the most probable tokens at one layer and position. */
export interface LensToken extends LensProbability {
  /** The rank of the token, from 1. */
  rank: number;
}

/** What a lens reads at the tapped positions. */
export interface LensTables {
  /** The most probable tokens: one row for each layer, position and rank. */
  readonly top: TableOf<LensToken>;
  /** The tokens that the option `tokens` names: one row for each layer, position and token. */
  readonly asked: TableOf<LensProbability>;
}

const lensSchema = z.strictObject({ k: anything, tokens: anything });

/**
 * Returns the logit lens: the tokens that the final norm and the unembedding read from the residual
 * stream after every layer.
 *
 * nostalgebraist, interpreting GPT: the logit lens (2020).
 *
 * @param model the model of the run.
 * @param cache a run with `hook_resid_post` of some layers tapped.
 * @param options how many tokens are returned, and which tokens besides.
 * @returns a table of the most probable tokens, and one of the tokens that were asked for.
 * @throws CircuitbookError if no residual stream was tapped, a tapped position is padding, or a
 * token is not in the vocabulary.
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
  checkOptions(options, lensSchema, "logitLens");
  checkArguments("logitLens", {
    model: [model, aModel],
    cache: [cache, aCache],
  });
  const { k = 10, tokens = [] } = options;
  const points = unpaddedStreams(cache);
  const layers = points.map(({ layer }) => layer);
  const vectors = Tensor.concat(points.map(({ name }) => examplesOf(cache.get(name))), "example");
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

/**
 * Returns a table with one row for each layer, example and token; `column` names the column of
 * ranks.
 */
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
  const table = pl.DataFrame({
    layer: list.map((_, i) => layers[Math.floor(i / (examples * width))]),
    example: list.map((_, i) => Math.floor(i / width) % examples),
    ...column ? { [column]: list.map((_, i) => i % width + 1) } : {},
    token: model.tokenizer.pieces(list),
    id: list,
    probability: Array.from(logProbabilities, Math.exp),
  });
  return withWholeIndices(table);
}
