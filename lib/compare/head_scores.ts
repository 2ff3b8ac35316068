import pl from "nodejs-polars";
import { z } from "zod";
import { sweepHeads } from "../ablation/mod.ts";
import { direct } from "../attribution/mod.ts";
import type { Watch } from "../base/progress.ts";
import { resolveSelection } from "../base/tensor.ts";
import { attentionTo } from "../heads/attention_to.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch, wholeNumber } from "../base/options.ts";
import { meansBy } from "../stats/means.ts";
import { columnOf } from "./distribution.ts";

/** A prompt whose next token is a verdict, and where in it a result and the target stand. */
export interface ScoredPrompt {
  readonly tokens: readonly number[];
  /** The positions that look: the digits of the result, the ` (` before the verdict. */
  readonly queries: readonly number[];
  /** The positions that are looked at: the target's digits. */
  readonly keys: readonly number[];
  /** The first position at which heads are silenced. Default: the first of all. */
  readonly from?: number;
}

/** The two verdicts, as tokens. */
export interface HeadScoreOptions extends Watch {
  readonly answer: number;
  readonly against: number;
}

const schema = z.strictObject({ ...watch, answer: wholeNumber, against: wholeNumber });

/**
 * Three scores of every head, as a table: `layer`, `head`; `attention` (the share that goes from the queries to the keys) and
 * `chance` (the upper end of what as many other positions get); `effect` (what silencing the head does to the logit of
 * `answer` minus that of `against`), `low`, `high` (95 % bootstrap over prompts); `direct` (what the head itself adds to that
 * difference); `n` (prompts).
 *
 * The scores of two models, or of one model in two kinds of text, are compared by {@link rankCorrelation} and
 * {@link topOverlap}.
 *
 * @throws CircuitbookError when a position or token does not exist.
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
): Promise<pl.DataFrame> {
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
  const own = (await direct(model, rows, { answer, against, ...watch })).mean().toRecords();
  const contributions = new Map(
    own.map(({ layer, head, contribution }) => [`${layer} ${head}`, contribution]),
  );
  const [layers, heads, looks, chances] = ["layer", "head", "attention", "chance_high"].map((
    name,
  ) => columnOf(attention, name));
  const byHead = new Map(effects.toRecords().map((row) => [`${row.layer} ${row.head}`, row]));
  return pl.DataFrame(layers.map((layer, i) => {
    const key = `${layer} ${heads[i]}`;
    const { mean: effect, low, high, n } = byHead.get(key)!;
    const scores = {
      attention: looks[i],
      chance: chances[i],
      effect,
      low,
      high,
      direct: contributions.get(key),
    };
    return { layer, head: heads[i], ...scores, n };
  }));
}
