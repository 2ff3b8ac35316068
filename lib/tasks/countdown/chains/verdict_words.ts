import { checkArguments, is } from "../../../base/arguments.ts";
import { isToken, type TokenLookup } from "../../text/tokenizer.ts";
import { verdictAtStart } from "./verdict_at_start.ts";

/** A verdict on a result. */
export type Judgement = "right" | "wrong";

/** The first words of the two verdicts that a tuned model writes: `(this works)`, `(not 46)`. */
export const verdictWords: Readonly<Record<Judgement, string>> = { right: "this", wrong: "not" };

/**
 * Other words for right and wrong, in English and Chinese: the words of the embedded models' data,
 * and the words that the source found.
 */
export const synonyms: Readonly<Record<Judgement, readonly string[]>> = {
  right: (
    "correct right yes true exactly exact perfect perfection success successful solved works match found done bingo great " +
    "good ok okay indeed proper valid win equal 正确 没错 成功 恰好 正是 正当 胜 就这样"
  ).split(" "),
  wrong: (
    "incorrect wrong no false fail fails failed failure mismatch bad nope invalid too still again different unsuitable " +
    "不对 错误 失败 无效 不 不是 不应 不该 不准 不了 不算 绝不 决不 ≠"
  ).split(" "),
};

/**
 * Returns the token ids of the words for right and wrong. Each word counts as it is, with a
 * capital, and with a space before either; words that are several tokens are left out.
 *
 * @param tokenizer the tokenizer of the model that is read.
 * @returns the token ids for "right" and for "wrong".
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const { right, wrong } = countdown.synonymTokens(tokenizer);
 * assert(tokenizer.pieces(right).includes(" Perfect") && tokenizer.pieces(wrong).includes("失败"));
 * ```
 */
export function synonymTokens(tokenizer: TokenLookup): Record<Judgement, number[]> {
  return {
    right: tokensOfWords(tokenizer, synonyms.right),
    wrong: tokensOfWords(tokenizer, synonyms.wrong),
  };
}

/**
 * Returns the token ids with which a verdict may begin: the tokens of {@link synonymTokens}, and
 * the first words of the verdicts, "this" and "not".
 *
 * @param tokenizer the tokenizer of the model that is read.
 * @returns the token ids for "right" and for "wrong".
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * assert(countdown.verdictTokens(tokenizer).right.includes(tokenizer.idOf("this")));
 * ```
 */
export function verdictTokens(tokenizer: TokenLookup): Record<Judgement, number[]> {
  const words = (judgement: Judgement) => [...synonyms[judgement], verdictWords[judgement]];
  return {
    right: tokensOfWords(tokenizer, words("right")),
    wrong: tokensOfWords(tokenizer, words("wrong")),
  };
}

/** Words that deny that an attempt is right, besides words that end in "n't". */
const DENIALS = new Set(
  "not no cannot never nope incorrect wrong false fail fails failed failure mismatch invalid ≠"
    .split(" "),
);

/** Chinese denials, which stand between other characters without spaces. */
const CHINESE_DENIAL = /不|错误|失败|无效/u;

/**
 * Returns whether a verdict has a word that denies. A verdict that begins with a word for right
 * then takes that word back, as `this does not work` does. Only the words are looked at, not what
 * they mean together.
 *
 * @param text what follows the `(` of a verdict. The verdict ends at a `)`, a `<` or a line break.
 * @returns true if a word of the verdict denies that the attempt is right.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const verdicts = ["this works)\n- 5 is not", "this does not work)", "this isn't it", "这不对"];
 * assertEquals(verdicts.map(countdown.hasDenial), [false, true, true, true]);
 * ```
 */
export function hasDenial(text: string): boolean {
  checkArguments("hasDenial", { text: [text, is.text] });

  const verdict = verdictAtStart(text);
  const words = verdict.toLowerCase().replaceAll("’", "'").split(/[^\p{L}'≠]+/u);
  return words.some((word) => DENIALS.has(word) || word.endsWith("n't")) ||
    CHINESE_DENIAL.test(verdict);
}

function tokensOfWords(tokenizer: TokenLookup, words: readonly string[]): number[] {
  const forms = words.flatMap((word) => {
    const capital = word[0].toUpperCase() + word.slice(1);
    return [word, capital, ` ${word}`, ` ${capital}`];
  });
  return [...new Set(forms)].filter((form) => isToken(tokenizer, form)).map((form) =>
    tokenizer.idOf(form)
  );
}
