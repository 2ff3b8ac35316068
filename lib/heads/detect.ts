import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { integer, seededRandom } from "../base/random.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Model } from "../model/model.ts";
import { anything, atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { bootstrap } from "../stats/intervals.ts";

/** What heads are detected on. */
export interface DetectOptions extends Watch {
  /** Texts to measure on. Default: sequences of random tokens, each written twice. */
  readonly input?: Input;
  /** Tokens of a random sequence, before it is repeated. Default 50. */
  readonly length?: number;
  /** How many random sequences. Default 10. */
  readonly sequences?: number;
  /** Of the random sequences and of the intervals. Default 0. */
  readonly seed?: number;
}

const detectSchema = z.strictObject({
  ...watch,
  input: anything,
  length: atLeastOne.optional(),
  sequences: atLeastOne.optional(),
  seed: wholeNumber.optional(),
});

/**
 * Whom a head of each kind looks at from position `query`: the token before; earlier copies of the query's token; and what
 * followed those copies.
 */
const kinds: Readonly<Record<string, (tokens: readonly number[], query: number) => number[]>> = {
  "previous token": (_, query) => query ? [query - 1] : [],
  "duplicate token": copiesBefore,
  induction: (tokens, query) => copiesBefore(tokens, query).map((position) => position + 1),
};

/** Rows that are run together: their patterns are returned whole. */
const ROWS_PER_RUN = 4;

/**
 * Previous-token, duplicate-token and induction scores of every head, as a table: `layer`, `head`, `kind`, `score` (the share of
 * attention that goes where a head of that kind looks, over the queries that have such a place; 1 is perfect), `low` and `high`
 * (bootstrap over sequences), `chance` (the score of a head that looks at all earlier positions alike), `n` (sequences).
 *
 * On random tokens written twice, every token of the second half has one earlier copy, and nothing but the copy foretells
 * what follows. Olsson et al., In-context Learning and Induction Heads (arXiv 2209.11895); the places are those of
 * TransformerLens's `detect_head`, whose scores divide by all queries.
 *
 * @throws CircuitbookError when the sequences do not fit the model's context or vocabulary, or no token of the texts recurs.
 *
 * @example
 * ```ts
 * import { heads, loadModel, tables } from "circuitbook";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const table = await heads.detect(await loadModel("countdown-r1"), { length: 20, sequences: 4 });
 * assertEquals(table.height, 48 * 3);
 * assert(tables.numberRows(table).every(({ score }) => score >= 0 && score <= 1));
 * ```
 */
export async function detect(model: Model, options: DetectOptions = {}): Promise<pl.DataFrame> {
  checkOptions(options, detectSchema, "detect");
  const { input, seed = 0, signal } = options;
  const { layers, heads } = model.architecture;
  const rows = input === undefined ? repeatedTokens(model, options) : model.tokens(input);
  const places = Object.values(kinds).map((place) =>
    rows.map((tokens) => tokens.map((_, query) => place(tokens, query)))
  );
  // Scores [kind][layer × head][row].
  const scores = places.map(() => Array.from({ length: layers * heads }, (): number[] => []));
  const meter = new Meter("detect heads", rows.length, "sequences", options);
  const tap = "blocks.*.attn.hook_pattern";
  try {
    for (let start = 0; start < rows.length; start += ROWS_PER_RUN) {
      const part = rows.slice(start, start + ROWS_PER_RUN);
      const cache = await model.run(part, { tap, signal, onProgress: () => {} });
      for (let layer = 0; layer < layers; layer++) {
        const { data, shape: [, , , columns] } = cache.get(`blocks.${layer}.attn.hook_pattern`);
        part.forEach(({ length }, row) => {
          for (let head = 0; head < heads; head++) {
            const grid = {
              data,
              columns,
              start: (row * heads + head) * columns * columns,
              pad: columns - length,
            };
            places.forEach((rowsOfKind, kind) =>
              scores[kind][layer * heads + head].push(scoreOf(grid, rowsOfKind[start + row]))
            );
          }
        });
      }
      await meter.advance(part.length);
    }
  } finally {
    meter.end();
  }
  const chances = places.map((rowsOfKind) => meanOf(rowsOfKind.map(chanceOf)));
  return pl.DataFrame(
    Object.keys(kinds).flatMap((kind, k) =>
      scores[k].map((values, index) => {
        const { value: score, low, high, n } = bootstrap(known(values, kind), { seed });
        return {
          layer: Math.floor(index / heads),
          head: index % heads,
          kind,
          score,
          low,
          high,
          chance: chances[k],
          n,
        };
      })
    ),
  );
}

/** Rows of distinct random tokens, each row written twice. */
function repeatedTokens(
  model: Model,
  { length = 50, sequences = 10, seed = 0 }: DetectOptions,
): number[][] {
  const { vocab, context, endTokens } = model.architecture;
  const size = Math.min(vocab, model.tokenizer.vocabSize || vocab);
  if (2 * length > context || length > size - endTokens.length) {
    throw new CircuitbookError(
      `Expected a length of at most ${
        Math.min(Math.floor(context / 2), size - endTokens.length)
      } for ${model.name} ` +
        `but found ${length}.`,
    );
  }
  const random = seededRandom(seed);
  return Array.from({ length: sequences }, () => {
    const chosen = new Set<number>();
    while (chosen.size < length) {
      const token = integer(random, 0, size - 1);
      if (!endTokens.includes(token)) chosen.add(token);
    }
    return [...chosen, ...chosen];
  });
}

function copiesBefore(tokens: readonly number[], query: number): number[] {
  return tokens.flatMap((token, position) =>
    position < query && token === tokens[query] ? position : []
  );
}

/** One head's pattern in one row: [query, key], padded on the left. */
interface Grid {
  readonly data: Float32Array;
  readonly columns: number;
  readonly start: number;
  readonly pad: number;
}

/** The mean attention to the places, over the queries that have one; NaN when none has. */
function scoreOf({ data, columns, start, pad }: Grid, places: readonly number[][]): number {
  return meanOf(places.flatMap((keys, query) => {
    const from = start + (pad + query) * columns + pad;
    return keys.length ? keys.reduce((sum, key) => sum + data[from + key], 0) : [];
  }));
}

/** The same for attention that is spread evenly. */
function chanceOf(places: readonly number[][]): number {
  return meanOf(places.flatMap((keys, query) => keys.length ? keys.length / (query + 1) : []));
}

function meanOf(values: readonly number[]): number {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
}

/** The scores of the rows that have one. @throws CircuitbookError when none has. */
function known(values: readonly number[], kind: string): number[] {
  const scores = values.filter((value) => !Number.isNaN(value));
  if (scores.length) return scores;
  throw new CircuitbookError(
    `Expected a text with a place for "${kind}" heads but found none; give texts in which tokens recur.`,
  );
}
