import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { resolveSelection } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch, wholeNumber, wholeNumbers } from "../base/options.ts";
import { bootstrap, type BootstrapOptions } from "../stats/intervals.ts";
import { bootstrapShape } from "../stats/sample.ts";

/** From where to where attention is measured. */
export interface AttentionToOptions extends Watch, Pick<BootstrapOptions, "groups" | "seed"> {
  /** The positions that look, a list for each row: attention is averaged over them. */
  readonly queries: readonly (readonly number[])[];
  /** The positions that are looked at, a list for each row: attention is summed over those that a query can see. */
  readonly keys: readonly (readonly number[])[];
  /** Layers to measure. Default: all. */
  readonly layers?: readonly number[];
  /** Heads of each layer to measure. Default: all. */
  readonly heads?: readonly number[];
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

/** Numbers of attention patterns that one run returns: 64 MB. */
const PATTERN_NUMBERS = 16e6;

/**
 * How much each head attends from some positions to others, as a table: `layer`, `head`, `attention` (a share of 1: summed over
 * keys, averaged over queries, then over rows), `low` and `high` (bootstrap over rows, or over `groups` of them), `chance`,
 * `chance_low`, `chance_high`, `n` (rows).
 *
 * Chance is what as many random earlier positions get, the keys themselves left out: the mean over all ways to draw them (all of
 * them, where they are fewer).
 * Only the queries' rows of the patterns leave the graph.
 *
 * @throws CircuitbookError when a row has no query or no key, or a query sees none of its row's keys.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const table = await heads.attentionTo(model, ["11 + 5 = 16", "3 + 4 = 7"], { queries: [[-1], [-1]], keys: [[0, 1], [0]] });
 * assertEquals(table.height, 48);
 * ```
 */
export async function attentionTo(
  model: Model,
  input: Input,
  options: AttentionToOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, attentionToSchema, "attentionTo");
  const rows = model.tokens(input);
  const { architecture } = model;
  const { groups, seed, signal } = options;
  const layers = resolveSelection(options.layers ?? { from: 0 }, architecture.layers, "layer");
  const heads = resolveSelection(options.heads ?? { from: 0 }, architecture.heads, "head");
  const looks = looksOf(rows, options);
  const columns = Math.max(...rows.map(({ length }) => length));
  const perRow = Math.max(...looks.map(({ length }) => length));
  const step = Math.max(
    1,
    Math.floor(PATTERN_NUMBERS / (layers.length * heads.length * columns * perRow)),
  );
  const tap = layers.map((layer) => ({ at: patternOf(layer), heads }));
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
  return pl.DataFrame(layers.flatMap((layer, l) =>
    heads.map((head, h) => {
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

/** A query and what it may look at: the keys before it, and the other positions before it. */
interface Look {
  readonly query: number;
  readonly keys: readonly number[];
  readonly others: readonly number[];
}

/** What one head does in one row. */
interface Measured {
  attention: number;
  chance: number;
}

/** The queries of each row. */
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

/** Attention and chance of every head [layer × head], for each row. */
function measure(
  cache: Cache,
  looks: readonly Look[][],
  layers: readonly number[],
  heads: number,
): Measured[][] {
  const columns = cache.get(patternOf(layers[0])).size("key");
  const results = looks.map((): Measured[] => []);
  for (const layer of layers) {
    const { data } = cache.get(patternOf(layer));
    let example = 0;
    looks.forEach((queries, row) => {
      const pad = columns - cache.tokens[row].length;
      for (let head = 0; head < heads; head++) {
        const total: Measured = { attention: 0, chance: 0 };
        queries.forEach(({ keys, others }, q) => {
          const start = ((example + q) * heads + head) * columns + pad;
          const sumOf = (positions: readonly number[]) =>
            positions.reduce((sum, position) => sum + data[start + position], 0);
          total.attention += sumOf(keys) / queries.length;
          // Of fewer others than keys, all are drawn.
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

function patternOf(layer: number): string {
  return `blocks.${layer}.attn.hook_pattern`;
}
