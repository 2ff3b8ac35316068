import { checkArguments, is } from "../../base/arguments.ts";
import { aTokenizer } from "../kinds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { logSumExp } from "../../base/log_sum_exp.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { MetricFunction } from "../../model/plan/metric.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import { isToken, type TextTokenizer, type TokenLookup } from "../text/tokenizer.ts";
import { wordToken } from "../text/word_token.ts";

/** The kind of an argument that is a `YesNoTokens`. */
const yesNo = is.shaped("the tokens of Yes and No", { yes: is.numbers, no: is.numbers });

/** The ids of the tokens that say Yes, and of the tokens that say No. */
export interface YesNoTokens {
  /** The tokens that say Yes. */
  readonly yes: readonly number[];
  /** The tokens that say No. */
  readonly no: readonly number[];
}

/** How much a model leans to Yes. */
export interface YesNoAnswer {
  /** The index of the question. */
  readonly row: number;
  /** The probability of Yes, over Yes and No together. */
  readonly yes: number;
  /** The probability of No, over Yes and No together. */
  readonly no: number;
  /** The probability of Yes and No together, among all tokens. */
  readonly mass: number;
  /** ln P(Yes) − ln P(No), which does not saturate. */
  readonly margin: number;
}

/**
 * Returns the tokens of a vocabulary that say Yes or No, with and without a capital, with and
 * without a space before.
 *
 * @param tokenizer the tokenizer of the model that is asked.
 * @returns the token ids.
 * @throws CircuitbookError if the vocabulary has no such token.
 *
 * @example
 * ```ts
 * import { loadModel, verification } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-base");
 * assert(verification.yesNoTokens(tokenizer).yes.includes(tokenizer.idOf(" Yes")));
 * ```
 */
export function yesNoTokens(tokenizer: TokenLookup): YesNoTokens {
  const ids = (...words: string[]) => {
    const forms = words.flatMap((word) => [` ${word}`, word]).filter((form) =>
      isToken(tokenizer, form)
    );
    if (forms.length) return forms.map((form) => tokenizer.idOf(form));
    throw new CircuitbookError(
      `Expected a vocabulary with "${words[0]}" as one token but found none.`,
    );
  };
  return { yes: ids("Yes", "yes"), no: ids("No", "no") };
}

/**
 * Returns the ids of the tokens ` Yes` and ` No` as they follow the prompts of this task.
 *
 * @param tokenizer the tokenizer of the model that is asked.
 * @returns the id of Yes, and the id of No.
 * @throws CircuitbookError if one of the words is not a token of its own there.
 *
 * @example
 * ```ts
 * import { loadModel, verification } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-base");
 * const { yes, no } = verification.answerStarts(tokenizer);
 * assertEquals(tokenizer.pieces([yes, no]), [" Yes", " No"]);
 * ```
 */
export function answerStarts(tokenizer: TextTokenizer): { yes: number; no: number } {
  checkArguments("answerStarts", {
    tokenizer: [tokenizer, aTokenizer],
  });

  const [yes, no] = ["Yes", "No"].map((word) =>
    wordToken(tokenizer, "Therefore, the final answer is ", word, "\n")
  );
  return { yes, no };
}

/**
 * Returns how much logits lean to Yes.
 *
 * @param logits [batch, …, vocab], one distribution for each row.
 * @param tokens the tokens that say Yes and No.
 * @returns one row a batch row.
 * @throws CircuitbookError if a row has several distributions.
 *
 * @example
 * ```ts
 * import { Tensor, verification } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const logits = new Tensor(new Float32Array([Math.log(3), 0, 0]), { batch: 1, vocab: 3 });
 * const table = verification.answers(logits, { yes: [0], no: [1] });
 * assertAlmostEquals(table.getColumn("yes").get(0), 0.75, 1e-6);
 * assertAlmostEquals(table.getColumn("mass").get(0), 0.8, 1e-6);
 * ```
 */
export function answers(logits: Tensor, tokens: YesNoTokens): TableOf<YesNoAnswer> {
  checkArguments("answers", {
    logits: [logits, is.tensor],
    tokens: [tokens, yesNo],
  });

  const vocab = logits.size("vocab");
  const rows = logits.size("batch");
  if (logits.data.length !== rows * vocab) {
    throw new CircuitbookError(
      `Expected one distribution for each row but found ${logits.describe()}; ask for one position.`,
    );
  }
  return tableOf(Array.from({ length: rows }, (_, row) => {
    const own = logits.data.subarray(row * vocab, (row + 1) * vocab) as Float32Array;
    const top = own.reduce((most, value) => Math.max(most, value), -Infinity);
    const total = own.reduce((sum, value) => sum + Math.exp(value - top), 0);
    const [yes, no] = [tokens.yes, tokens.no].map((ids) => logSumExp(ids.map((id) => own[id])));
    const share = 1 / (1 + Math.exp(no - yes));
    return {
      row,
      yes: share,
      no: 1 - share,
      mass: (Math.exp(yes - top) + Math.exp(no - top)) / total,
      margin: yes - no,
    };
  }));
}

/**
 * Returns a metric: ln P(Yes) − ln P(No) of the last logits.
 *
 * @param tokens the tokens that say Yes and No.
 * @returns a function of the logits at the last position.
 *
 * @example
 * ```ts
 * import { verification } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const margin = verification.margin({ yes: [0], no: [1] });
 * assertEquals(margin(new Float32Array([2, -1]), 0), 3);
 * ```
 */
export function margin(tokens: YesNoTokens): MetricFunction {
  checkArguments("margin", { tokens: [tokens, yesNo] });
  const { yes, no } = tokens;

  return (logits) => logSumExp(yes.map((id) => logits[id])) - logSumExp(no.map((id) => logits[id]));
}
