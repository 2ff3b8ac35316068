import { z } from "zod";
import { sweepHeads } from "../ablation/mod.ts";
import { direct } from "../attribution/mod.ts";
import type { Watch } from "../base/progress.ts";
import { resolveSelection } from "../base/tensor.ts";
import { attentionTo } from "../heads/attention_to.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch, wholeNumber } from "../base/options.ts";
import { meansBy } from "../stats/means.ts";
import { numberRows } from "../table/rows.ts";
import { rowsOf, type TableOf, tableOf } from "../table/table.ts";

/** A prompt whose next token is a verdict, and the positions between which attention is measured. */
export interface ScoredPrompt {
  /** The token ids of the prompt. */
  readonly tokens: readonly number[];
  /** The positions that look, such as the digits of a result or the ` (` before the verdict. */
  readonly queries: readonly number[];
  /** The positions that are looked at, such as the digits of the target. */
  readonly keys: readonly number[];
  /** The first position at which heads are silenced. Default: 0. */
  readonly from?: number;
}

/** The tokens of the two verdicts. */
export interface HeadScoreOptions extends Watch {
  /** The id of the token whose logit counts. */
  readonly answer: number;
  /** The id of the token whose logit is subtracted. */
  readonly against: number;
}

/** Three scores of one head: a row of the table of {@link headScores}. */
export interface HeadScores {
  /** The layer, from 0. */
  layer: number;
  /** The head, from 0. */
  head: number;
  /** The share of attention that goes from the queries to the keys. */
  attention: number;
  /** The upper end of the interval of what equally many random positions get. */
  chance: number;
  /** What silencing the head does to logit(answer) − logit(against), mean over prompts. */
  effect: number;
  /** The lower end of the 95 % bootstrap interval of `effect` over prompts. */
  low: number;
  /** The upper end of the interval of `effect`. */
  high: number;
  /** What the head adds directly to logit(answer) − logit(against), mean over prompts. */
  direct: number;
  /** The number of prompts. */
  n: number;
}

const schema = z.strictObject({ ...watch, answer: wholeNumber, against: wholeNumber });

/**
 * Returns three scores of every head: how much it attends to the keys, what silencing it does to a logit
 * difference, and what it adds to the difference directly. {@link agreement} compares the scores of two
 * models, or of one model on two kinds of text.
 *
 * @param model the model whose heads are scored.
 * @param prompts the prompts, with the positions of queries and keys.
 * @param options the tokens of the two verdicts.
 * @returns a row for each head.
 * @throws CircuitbookError if a position or token does not exist.
 *
 * @example
 * ```ts
 * import { compare, countdown, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { tokenizer } = model;
 * const [answer, against] = ["this", "not"].map((word) => tokenizer.idOf(word));
 * const { pairs } = countdown.matchedPairs(tokenizer, { n: 2, seed: 1 });
 * const prompts = pairs.map(({ correct, positions: { digits, target } }) => ({ tokens: correct, queries: digits, keys: target }));
 * const scores = await compare.headScores(model, prompts, { answer, against });
 * assertEquals(scores.height, 48);
 * ```
 */
export async function headScores(
  model: Model,
  prompts: readonly ScoredPrompt[],
  options: HeadScoreOptions,
): Promise<TableOf<HeadScores>> {
  checkOptions(options, schema, "compare.headScores");
  const { answer: right, against: wrong, ...watch } = options;
  const [answer, against] = resolveSelection([right, wrong], model.architecture.vocab, "token");
  const rows = prompts.map(({ tokens }) => tokens);
  const [queries, keys] = [prompts.map(({ queries }) => queries), prompts.map(({ keys }) => keys)];
  const attention = await attentionTo(model, rows, { queries, keys, ...watch });
  const metric = { logitDifference: [answer, against] } as const;
  const from = prompts.map(({ from = 0 }) => from);
  const effects = meansBy(await sweepHeads(model, rows, { metric, from, ...watch }), [
    "layer",
    "head",
  ], "effect");
  const nameOf = ({ layer, head }: { layer: number | null; head: number | null }) =>
    `${layer} ${head}`;
  const own = rowsOf((await direct(model, rows, { answer, against, ...watch })).mean());
  const contributions = new Map(own.map((row) => [nameOf(row), row.contribution]));
  const byHead = new Map(
    numberRows(effects).map((row) => [nameOf({ layer: row.layer, head: row.head }), row]),
  );
  return tableOf(
    rowsOf(attention).map((looked): HeadScores => {
      const { layer, head } = looked;
      const name = nameOf(looked);
      const { mean: effect, low, high, n } = byHead.get(name)!;
      return {
        layer,
        head,
        attention: looked.attention,
        chance: looked.chance_high,
        effect,
        low,
        high,
        direct: contributions.get(name)!,
        n,
      };
    }),
  );
}
