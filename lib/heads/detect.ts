import { z } from "zod";
import { checkArguments } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { integer, seededRandom } from "../base/random.ts";
import type { Architecture } from "../model/plan/architecture.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { Model } from "../model/model.ts";
import { anything, atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { bootstrapEach } from "../stats/intervals.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { pointAt } from "../model/plan/hook_points.ts";
import { meanOf } from "../base/mean.ts";

/** What heads are detected on. */
export interface DetectOptions extends Watch {
  /** Texts to measure on. Default: sequences of random tokens, each written twice. */
  readonly input?: Input;
  /** How many tokens a random sequence has before it is repeated. Default 50. */
  readonly length?: number;
  /** How many random sequences there are. Default 10. */
  readonly sequences?: number;
  /** The seed of the random sequences and of the intervals. Default 0. */
  readonly seed?: number;
}

/** The kinds of heads that {@link detect} scores. */
export type HeadKind = "previous token" | "duplicate token" | "induction";

/** How much one head behaves like one kind of head: a row of the table of {@link detect}. */
export interface HeadScore {
  /** The layer of the head, from 0. */
  layer: number;
  /** The head, from 0. */
  head: number;
  /** The kind of head. */
  kind: HeadKind;
  /** The share of attention, from 0 to 1, that goes where a perfect head of the kind looks. */
  score: number;
  /** The lower end of the 95 % bootstrap interval of `score` over sequences. */
  low: number;
  /** The upper end of the interval of `score`. */
  high: number;
  /** The score of a head that attends to all earlier positions alike. */
  chance: number;
  /** The number of sequences in which some query has a position to look at. */
  n: number;
}

const detectSchema = z.strictObject({
  ...watch,
  input: anything,
  length: atLeastOne.optional(),
  sequences: atLeastOne.optional(),
  seed: wholeNumber.optional(),
});

/** Returns the positions that a head of some kind looks at from the position `query`. */
type TargetsOf = (tokens: readonly number[], query: number) => number[];

/**
 * Where a head of each kind looks: at the token before; at earlier copies of the query's token; at
 * the tokens that followed those copies.
 */
const KINDS: Readonly<Record<HeadKind, TargetsOf>> = {
  "previous token": (_, query) => query ? [query - 1] : [],
  "duplicate token": copiesBefore,
  induction: (tokens, query) => copiesBefore(tokens, query).map((position) => position + 1),
};

/** How many sequences are run together. Their attention patterns are returned whole, so few are. */
const ROWS_PER_RUN = 4;

/**
 * Returns previous-token, duplicate-token and induction scores of every head.
 *
 * A score is the mean attention to the positions where a head of the kind looks, over the queries
 * that have such a position. On random tokens written twice, every token of the second half has one
 * earlier copy, and only the copy tells what comes next. Olsson et al., In-context Learning and
 * Induction Heads (arXiv 2209.11895). TransformerLens's `detect_head` looks at the same positions
 * but divides by all queries.
 *
 * @param model the model whose heads are scored.
 * @param options texts to measure on, or how many random sequences of which length.
 * @returns a row for each head and kind.
 * @throws CircuitbookError if the sequences do not fit the context or the vocabulary of the model,
 * or no token of the given texts occurs twice.
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
export async function detect(
  model: Model,
  options: DetectOptions = {},
): Promise<TableOf<HeadScore>> {
  checkArguments("detect", {
    model: [model, aModel],
  });

  checkOptions(options, detectSchema, "detect");
  const { input, seed = 0, signal } = options;
  const { layers, heads } = model.architecture;
  const rows = input === undefined ? repeatedTokens(model, options) : model.tokens(input);
  // Positions to look at, [kind][row][query].
  const targets = Object.values(KINDS).map((targetsOf) =>
    rows.map((tokens) => tokens.map((_, query) => targetsOf(tokens, query)))
  );
  // Scores, [kind][layer × head][row].
  const scores = targets.map(() => Array.from({ length: layers * heads }, (): number[] => []));
  const meter = new Meter("detect heads", rows.length, "sequences", options);
  const tap = "blocks.*.attn.hook_pattern";
  try {
    for (let start = 0; start < rows.length; start += ROWS_PER_RUN) {
      const part = rows.slice(start, start + ROWS_PER_RUN);
      const cache = await model.run(part, { tap, signal, onProgress: () => {} });
      const ofPart = targets.map((rowsOfKind) => rowsOfKind.slice(start, start + part.length));
      addScores(scores, cache, part, ofPart, model.architecture);
      await meter.advance(part.length);
    }
  } finally {
    meter.end();
  }
  const chances = targets.map((rowsOfKind) => meanOfKnown(rowsOfKind.map(chanceOf)));
  const kinds = Object.keys(KINDS) as HeadKind[];
  return tableOf(
    kinds.flatMap((kind, k) => {
      const estimates = bootstrapEach(scores[k].map((values) => known(values, kind)), { seed });
      return estimates.map(({ value: score, low, high, n }, index): HeadScore => ({
        layer: Math.floor(index / heads),
        head: index % heads,
        kind,
        score,
        low,
        high,
        chance: chances[k],
        n,
      }));
    }),
  );
}

/**
 * Adds the scores of the heads in the rows of one run.
 *
 * @param scores the scores so far, [kind][layer × head][row].
 * @param cache the run, with all patterns tapped.
 * @param rows the tokens of the run.
 * @param targets the positions to look at, [kind][row of the run][query].
 */
function addScores(
  scores: readonly (readonly number[][])[],
  cache: Cache,
  rows: readonly (readonly number[])[],
  targets: readonly (readonly number[][][])[],
  { layers, heads }: Architecture,
): void {
  for (let layer = 0; layer < layers; layer++) {
    const { data, shape: [, , , columns] } = cache.get(pointAt.pattern(layer));
    rows.forEach(({ length }, row) => {
      for (let head = 0; head < heads; head++) {
        const start = (row * heads + head) * columns * columns;
        const grid = { data, columns, start, pad: columns - length };
        targets.forEach((rowsOfKind, kind) =>
          scores[kind][layer * heads + head].push(scoreOf(grid, rowsOfKind[row]))
        );
      }
    });
  }
}

/** Returns rows of distinct random tokens, each row written twice. */
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

/** Returns the earlier positions that hold the query's token. */
function copiesBefore(tokens: readonly number[], query: number): number[] {
  return tokens.flatMap((token, position) =>
    position < query && token === tokens[query] ? position : []
  );
}

/** The attention pattern [query, key] of one head in one row, within the pattern of a batch. */
interface Grid {
  readonly data: Float32Array;
  readonly columns: number;
  /** The index of the first number of the pattern. */
  readonly start: number;
  /** How many columns and rows on the left and top are padding. */
  readonly pad: number;
}

/** Returns the mean attention to the targets over the queries that have some; NaN if none has. */
function scoreOf({ data, columns, start, pad }: Grid, targets: readonly number[][]): number {
  return meanOfKnown(targets.flatMap((keys, query) => {
    const from = start + (pad + query) * columns + pad;
    return keys.length ? keys.reduce((sum, key) => sum + data[from + key], 0) : [];
  }));
}

/** Returns the score of attention that is spread evenly over all earlier positions. */
function chanceOf(targets: readonly number[][]): number {
  return meanOfKnown(
    targets.flatMap((keys, query) => keys.length ? keys.length / (query + 1) : []),
  );
}

/** Returns the mean of the values that are not NaN. */
function meanOfKnown(values: readonly number[]): number {
  return meanOf(values.filter((value) => !Number.isNaN(value)));
}

/** Returns the scores that are not NaN. @throws CircuitbookError if all are. */
function known(values: readonly number[], kind: string): number[] {
  const scores = values.filter((value) => !Number.isNaN(value));
  if (scores.length) return scores;
  throw new CircuitbookError(
    `Expected a text in which a "${kind}" head has a position to look at but found none; ` +
      "give texts in which tokens occur twice.",
  );
}
