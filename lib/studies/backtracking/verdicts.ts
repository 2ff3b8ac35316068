import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { aCounterfactual } from "./kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Watch } from "../../base/progress.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { anything, checkOptions, watch } from "../../base/options.ts";
import { nextToken } from "../../model/next_token.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import type { Judgement } from "../../tasks/countdown/chains/verdict_words.ts";
import type { Verdict } from "../../tasks/countdown/parsing/attempt.ts";
import type { Change, Counterfactual } from "./counterfactuals.ts";
import { verdictWords } from "../../tasks/countdown/chains/verdict_words.ts";
import { verdictStarts } from "../../tasks/countdown/scoring/verdict_starts.ts";

/** Settings of {@link verdictsOf}. */
export interface VerdictOptions extends Watch {
  /** Edits of the run; `rows` are indices of the texts. */
  readonly edit?: Edit | readonly Edit[];
}

const optionsSchema = z.strictObject({ ...watch, edit: anything });

/** A model's verdict on one altered text. */
export interface VerdictRow {
  /** What was changed in the text. */
  readonly change: Change;
  /** The problem's id. */
  readonly problem: string;
  /** The index of the attempt in its source text. */
  readonly attempt: number;
  /** How many attempts come before in the altered text. */
  readonly earlier: number;
  /** Whether the attempt, as written in the source, states the target. */
  readonly right: boolean;
  /** The result that the altered text states. */
  readonly stated: number;
  /** The distance of the stated result from the problem's own target. */
  readonly off: number;
  /** Whether the stated result is the true value of the expression. */
  readonly statesTruth: boolean;
  /** The verdict to expect by the target in the prompt; null if the prompt has none. */
  readonly prompt: Judgement | null;
  /** The verdict to expect by the target in the earlier verdicts; null if there is none. */
  readonly copies: Judgement | null;
  /** The verdict to expect by the expression's true value and the problem's own target. */
  readonly arithmetic: Judgement;
  /** The most probable token. */
  readonly verdict: Verdict;
  /** The probability of "this". */
  readonly "P(this)": number;
  /** The probability of "not". */
  readonly "P(not)": number;
  /** The logit of "this" minus the logit of "not". */
  readonly margin: number;
}

/**
 * Returns a model's verdict on each altered text: its next token, beside the verdicts to expect.
 *
 * @param model the model that judges.
 * @param texts the altered texts.
 * @param options edits of the run.
 * @returns one row a text.
 * @throws CircuitbookError if "this" or "not" is not a single token, or an edit does not fit the
 * model.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const chains = countdown.chains([countdown.problem([3, 38, 87], 52)]);
 * const texts = backtracking.counterfactuals(chains, model.tokenizer, { changes: ["nothing"] });
 * const table = await backtracking.verdictsOf(model, texts);
 * assertEquals(table.getColumn("verdict").toArray(), ["not", "this"]);
 * ```
 */
export async function verdictsOf(
  model: Model,
  texts: readonly Counterfactual[],
  options: VerdictOptions = {},
): Promise<TableOf<VerdictRow>> {
  checkArguments("verdictsOf", {
    model: [model, aModel],
    texts: [texts, is.listOf(aCounterfactual)],
  });

  checkOptions(options, optionsSchema, "verdictsOf");
  const { logits } = await model.run(texts.map(({ tokens }) => tokens), {
    ...options,
    logits: [-1],
  });
  const { right, wrong } = verdictStarts(model.tokenizer);
  const vocab = logits.size("vocab");
  return tableOf(texts.map((text, row): VerdictRow => {
    const { change, problem, attempt, index, right: wasRight, target, stated, statesTruth } = text;
    const { prompt = null, copies = null, arithmetic } = text.expected;
    const own = logits.data.subarray(row * vocab, (row + 1) * vocab) as Float32Array;
    const { top, probability } = nextToken(own);
    return {
      change,
      problem,
      attempt,
      earlier: index,
      right: wasRight,
      stated,
      off: Math.abs(stated - target),
      statesTruth,
      prompt,
      copies,
      arithmetic,
      verdict: top === right ? "this" : top === wrong ? "not" : "other",
      "P(this)": probability(right),
      "P(not)": probability(wrong),
      margin: own[right] - own[wrong],
    };
  }));
}

/**
 * Returns whether a model called an attempt right: a predicate for the rows of {@link verdictsOf}
 * and `aftermathsOf`.
 *
 * @param row a row with a `verdict`.
 * @returns true if the verdict is "this".
 *
 * @example
 * ```ts
 * import { stats } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const shares = stats.sharesBy(
 *   [{ verdict: "this" }, { verdict: "not" }],
 *   [],
 *   backtracking.accepts,
 * );
 * assertEquals(shares.getColumn("share").toArray(), [0.5]);
 * ```
 */
export function accepts(row: { readonly verdict: string | null }): boolean {
  checkArguments("accepts", { row: [row, is.like("an object", "verdict")] });
  const { verdict } = row;

  return verdict === verdictWords.right;
}

/**
 * Returns whether a model called an attempt wrong: a predicate like {@link accepts}.
 *
 * @param row a row with a `verdict`.
 * @returns true if the verdict is "not".
 *
 * @example
 * ```ts
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(["this", "not", "other"].map((verdict) => backtracking.rejects({ verdict })), [
 *   false,
 *   true,
 *   false,
 * ]);
 * ```
 */
export function rejects(row: { readonly verdict: string | null }): boolean {
  checkArguments("rejects", { row: [row, is.like("an object", "verdict")] });
  const { verdict } = row;

  return verdict === verdictWords.wrong;
}
