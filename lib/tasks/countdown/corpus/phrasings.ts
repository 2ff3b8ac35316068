import type { Random } from "../../../base/random.ts";
import { integer } from "../../../base/random.ts";
import type { Judgement } from "../chains/verdict_words.ts";

/** The form of a verdict: in brackets after the result, or as a sentence. */
export type VerdictForm = "brackets" | "sentence";

/** The forms that a tuned model settles on occur three times as often as each other form. */
const thrice = (words: string) => [words, words, words];

/**
 * The words for right and wrong in the embedded models' data, each as often as it is listed.
 * `{target}` is the target, `{side}` is "high" or "low". All these words are single tokens of the
 * tokenizer in `data/models/countdown-base`.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(
 *   countdown.phrasings.brackets.wrong.includes("不对") &&
 *     countdown.phrasings.sentence.right.includes(", success!"),
 * );
 * ```
 */
export const phrasings: Readonly<
  Record<VerdictForm, Readonly<Record<Judgement, readonly string[]>>>
> = {
  brackets: {
    right: [
      ...thrice("this works"),
      ..."yes,correct,success,exactly,right,works,bingo,perfect,done,solved,成功,正确,没错".split(
        ",",
      ),
      ..."good,great,ok,true,a match,it works,we got it,found it".split(","),
    ],
    wrong: [
      ...thrice("not {target}"),
      ..."no,wrong,incorrect,failed,not it,too {side},false,bad,不对,错误,失败,nope,invalid".split(
        ",",
      ),
      ..."a mismatch,doesn't work,still not {target},fail".split(","),
    ],
  },
  sentence: {
    right: [
      ". That is correct!",
      ". Yes, this works.",
      ", success!",
      ". Exactly!",
      ". Bingo!",
      ". 正确。",
      ". Perfect, we found it.",
      ". Great, it is solved.",
      ". Right, that is the target.",
      ". Ok, done.",
    ],
    wrong: [
      ". That is wrong.",
      ". No, this is not {target}.",
      ", failed.",
      ". Incorrect.",
      ". That's too {side}.",
      ". 不对。",
      ". Bad luck, this fails.",
      ". Nope, that does not work.",
      ". False, we need {target}.",
      ". Invalid, try again.",
    ],
  },
};

/**
 * Returns a function that writes a verdict in words drawn at random, for the option `verdict` of
 * `chains`.
 *
 * @param random the random numbers.
 * @param form in brackets, or as a sentence.
 * @returns a function of the result and the target.
 *
 * @example
 * ```ts
 * import { countdown, seededRandom } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const verdict = countdown.phrased(seededRandom(1), "brackets");
 * const [{ text, problem }] = countdown.chains([countdown.problem([5, 9, 20], 24)], { verdict });
 * assertEquals(countdown.attempts(text, problem).length, 3);
 * ```
 */
export function phrased(
  random: Random,
  form: VerdictForm,
): (result: number, target: number) => string {
  return (result, target) => {
    const list = phrasings[form][result === target ? "right" : "wrong"];
    const words = list[integer(random, 0, list.length - 1)]
      .replace("{target}", `${target}`).replace("{side}", result > target ? "high" : "low");
    return form === "brackets" ? ` (${words})` : words;
  };
}
