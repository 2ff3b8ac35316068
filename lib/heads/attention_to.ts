import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { resolveSelection } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Cache } from "../model/plan/cache.ts";
import { checkArguments } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch, wholeNumber, wholeNumbers } from "../base/options.ts";
import { bootstrap, type BootstrapOptions } from "../stats/intervals.ts";
import { bootstrapShape } from "../stats/sample.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { pointAt } from "../model/plan/hook_points.ts";
import { longestOf } from "../base/lists.ts";

/** The options of {@link attentionTo}: which positions look at which. */
export interface AttentionToOptions extends Watch, Pick<BootstrapOptions, "groups" | "seed"> {
  /** The positions that look, a list for each prompt. Attention is averaged over them. */
  readonly queries: readonly (readonly number[])[];
  /**
   * The positions that are looked at, a list for each prompt. Attention is summed over the keys at
   * or before the query.
   */
  readonly keys: readonly (readonly number[])[];
  /** Layers to measure. Default: all. */
  readonly layers?: readonly number[];
  /** Heads of each layer to measure. Default: all. */
  readonly heads?: readonly number[];
}

/** How much one head attends to the keys: a row of the table of {@link attentionTo}. */
export interface HeadAttention {
  /** The layer of the head, from 0. */
  layer: number;
  /** The head, from 0. */
  head: number;
  /**
   * The share of attention, from 0 to 1: summed over keys, averaged over queries, then over
   * prompts.
   */
  attention: number;
  /** The lower end of the 95 % bootstrap interval of `attention` over prompts or groups. */
  low: number;
  /** The upper end of the interval of `attention`. */
  high: number;
  /** The attention that equally many random earlier positions get, without the keys themselves. */
  chance: number;
  /** The lower end of the interval of `chance`. */
  chance_low: number;
  /** The upper end of the interval of `chance`. */
  chance_high: number;
  /** The number of prompts. */
  n: number;
}

const lists = z.array(z.array(wholeNumber), "to be a list of positions for each row").nonempty();
const attentionToSchema = z.strictObject({
  ...watch,
  queries: lists,
  keys: lists,
  layers: wholeNumbers.optional(),
  heads: wholeNumbers.optional(),
  groups: bootstrapShape.groups,
  seed: bootstrapShape.seed,
});

/** How many numbers of attention patterns one run returns at most: 64 MB. */
const PATTERN_NUMBERS = 16e6;

/**
 * Returns how much each head attends from some positions to others, beside what random positions
 * get.
 *
 * Chance is the attention that equally many random earlier positions get, averaged over all ways to
 * draw them. The keys themselves are not drawn. If there are fewer other positions than keys, all
 * are drawn. Only the queries' rows of the attention patterns leave the graph.
 *
 * @param model the model whose heads are measured.
 * @param input the prompts: texts or token ids.
 * @param options the positions of queries and keys; which layers and heads; how intervals are
 * drawn.
 * @returns a row for each head.
 * @throws CircuitbookError if a prompt has no query or no key, or a query comes before all keys.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const table = await heads.attentionTo(model, ["11 + 5 = 16", "3 + 4 = 7"], {
 *   queries: [[-1], [-1]],
 *   keys: [[0, 1], [0]],
 * });
 * assertEquals(table.height, 48);
 * ```
 */
export async function attentionTo(
  model: Model,
  input: Input,
  options: AttentionToOptions,
): Promise<TableOf<HeadAttention>> {
  checkArguments("attentionTo", { model: [model, aModel] });
  checkOptions(options, attentionToSchema, "attentionTo");
  const rows = model.tokens(input);
  const { architecture } = model;
  const { groups, seed, signal } = options;
  const layers = resolveSelection(options.layers ?? { from: 0 }, architecture.layers, "layer");
  const heads = resolveSelection(options.heads ?? { from: 0 }, architecture.heads, "head");
  const looks = looksOf(rows, options);
  const columns = longestOf(rows);
  const perRow = longestOf(looks);
  const step = Math.max(
    1,
    Math.floor(PATTERN_NUMBERS / (layers.length * heads.length * columns * perRow)),
  );
  const tap = layers.map((layer) => ({ at: pointAt.pattern(layer), heads }));
  const meter = new Meter("attention", rows.length, "rows", options);
  const measured: Measured[][] = [];
  try {
    for (let start = 0; start < rows.length; start += step) {
      const part = looks.slice(start, start + step);
      const positions = part.map((queries) => queries.map(({ query }) => query));
      const cache = await model.run(rows.slice(start, start + step), {
        tap,
        positions,
        signal,
        onProgress: () => {},
      });
      measured.push(...measure(cache, part, layers, heads.length));
      await meter.advance(part.length);
    }
  } finally {
    meter.end();
  }
  const estimate = (of: (row: Measured[]) => number) =>
    bootstrap(measured.map(of), { groups, seed });
  return tableOf(layers.flatMap((layer, l) =>
    heads.map((head, h): HeadAttention => {
      const index = l * heads.length + h;
      const { value, n, ...interval } = estimate((row) => row[index].attention);
      const { value: chance, low, high } = estimate((row) => row[index].chance);
      return {
        layer,
        head,
        attention: value,
        ...interval,
        chance,
        chance_low: low,
        chance_high: high,
        n,
      };
    })
  ));
}

/** A query and the positions that it can look at. */
interface Look {
  readonly query: number;
  /** The keys at or before the query. */
  readonly keys: readonly number[];
  /** The other positions before the query: chance draws from them. */
  readonly others: readonly number[];
}

/** The measurements of one head in one prompt. */
interface Measured {
  attention: number;
  chance: number;
}

/** Returns the queries of each prompt. */
function looksOf(
  rows: readonly (readonly number[])[],
  { queries, keys }: AttentionToOptions,
): Look[][] {
  for (const [name, { length }] of Object.entries({ queries, keys })) {
    if (length !== rows.length) {
      throw new CircuitbookError(
        `Expected a list of ${name} for each of ${rows.length} rows but found ${length}.`,
      );
    }
  }
  return rows.map(({ length }, row) => {
    const [from, to] = [queries, keys].map((all) =>
      resolveSelection(all[row], length, `position of row ${row}`)
    );
    if (!from.length || !to.length) {
      throw new CircuitbookError(
        `Expected a query and a key in each row but found ${from.length} and ${to.length} in row ${row}; leave the row out.`,
      );
    }
    const targets = new Set(to);
    return from.map((query) => {
      const seen = [...targets].filter((key) => key <= query);
      if (!seen.length) {
        throw new CircuitbookError(
          `Expected a key at or before the query ${query} of row ${row} but found ${
            to.join(", ")
          }.`,
        );
      }
      const others = Array.from({ length: query }, (_, position) => position).filter((position) =>
        !targets.has(position)
      );
      return { query, keys: seen, others };
    });
  });
}

/** Returns attention and chance of every head, [row][layer × head]. */
function measure(
  cache: Cache,
  looks: readonly Look[][],
  layers: readonly number[],
  heads: number,
): Measured[][] {
  const columns = cache.get(pointAt.pattern(layers[0])).size("key");
  const results = looks.map((): Measured[] => []);
  for (const layer of layers) {
    const { data } = cache.get(pointAt.pattern(layer));
    let example = 0;
    looks.forEach((queries, row) => {
      // Rows are padded on the left, so that the first keys of a short row are padding.
      const pad = columns - cache.tokens[row].length;
      for (let head = 0; head < heads; head++) {
        const total: Measured = { attention: 0, chance: 0 };
        queries.forEach(({ keys, others }, q) => {
          const start = ((example + q) * heads + head) * columns + pad;
          const sumOf = (positions: readonly number[]) =>
            positions.reduce((sum, position) => sum + data[start + position], 0);
          total.attention += sumOf(keys) / queries.length;
          // The mean over random draws of k others is k times the mean over others.
          if (others.length) {
            total.chance += sumOf(others) * Math.min(1, keys.length / others.length) /
              queries.length;
          }
        });
        results[row].push(total);
      }
      example += queries.length;
    });
  }
  return results;
}
