import { checkArguments, is } from "../../base/arguments.ts";
import { seededRandom } from "../../base/random.ts";
import { Tensor } from "../../base/tensor.ts";
import type { MatchedPair } from "../../tasks/countdown/alterations/matched_pairs.ts";
import { attemptsOfRows } from "../../tasks/countdown/parsing/attempts_of_rows.ts";
import type { TextTokenizer } from "../../tasks/text/tokenizer.ts";

/** A place before a verdict, with the tokens from which a reader could guess the verdict. */
export interface ProbedText {
  /** The pair. */
  readonly pair: number;
  /**
   * The result: "right" for the right text of the pair, "wrong" for the wrong text, and "earlier"
   * for a wrong attempt that comes before the right one in the right text.
   */
  readonly kind: "right" | "wrong" | "earlier";
  /** Which of the rows holds the text. */
  readonly row: number;
  /** The position of the ` (` before the verdict. */
  readonly open: number;
  /** The tokens of the attempt, from its expression to its result. */
  readonly attempt: readonly number[];
  /** The tokens of the stated result, with its sign. */
  readonly result: readonly number[];
  /** The tokens of the target in the prompt. */
  readonly target: readonly number[];
}

/**
 * Returns the places at which verdicts are probed in pairs of texts: the ` (` of the right text,
 * the ` (` of the wrong text, and the ` (` of one wrong attempt before the right one, where there
 * is one. The first two have one attempt and two targets; the first and the last have two attempts
 * and one target.
 *
 * @param tokenizer the tokenizer that made the tokens of the pairs.
 * @param pairs the pairs.
 * @param options `seed`: of the draw among the earlier attempts. Default 0.
 * @returns the rows of all pairs, the right text of a pair before the wrong one; `opens`, the
 * positions in each row; and the texts, in the order in which a run at these positions returns
 * them.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const { pairs } = countdown.matchedPairs(tokenizer, { n: 1, seed: 1, attempt: 2 });
 * const { texts } = verificationStudy.probedTexts(tokenizer, pairs);
 * assertEquals(texts.map(({ kind }) => kind), ["earlier", "right", "wrong"]);
 * ```
 */
export function probedTexts(
  tokenizer: TextTokenizer,
  pairs: readonly MatchedPair[],
  options: { readonly seed?: number } = {},
): { rows: number[][]; opens: number[][]; texts: ProbedText[] } {
  checkArguments("probedTexts", {
    tokenizer: [tokenizer, is.like("a tokenizer", "decode", "pieces")],
    pairs: [pairs, is.listOf(is.like("a pair", "correct", "wrong", "positions", "problem"))],
    options: [options, is.object],
  });

  const random = seededRandom(options.seed ?? 0);
  const rows = pairs.flatMap(({ correct, wrong }) => [correct, wrong]);
  const problems = pairs.map(({ problem }) => problem);
  const written = Map.groupBy(
    attemptsOfRows(pairs.map(({ correct }) => correct), problems, tokenizer),
    ({ row }) => row,
  );
  const texts = pairs.flatMap(({ index, positions }, pair): ProbedText[] => {
    const textAt = (kind: ProbedText["kind"], row: number, places: AttemptPlaces): ProbedText => {
      const tokens = rows[row];
      const take = (at: readonly number[]) => at.map((position) => tokens[position]);
      return {
        pair,
        kind,
        row,
        open: places.open,
        attempt: tokens.slice(places.expression[0], places.open),
        result: take(places.digits),
        target: take(positions.target),
      };
    };
    const wrongBefore = written.get(pair)!.flatMap(({ index: i, tokens, statesTarget }) =>
      i < index && !statesTarget && tokens.open !== undefined && tokens.digits.length > 0
        ? [{ expression: tokens.expression, digits: tokens.result, open: tokens.open }]
        : []
    );
    const earlier = wrongBefore[Math.floor(random() * wrongBefore.length)];
    return [
      ...earlier ? [textAt("earlier", 2 * pair, earlier)] : [],
      textAt("right", 2 * pair, positions),
      textAt("wrong", 2 * pair + 1, positions),
    ];
  });
  const byRow = Map.groupBy(texts, ({ row }) => row);
  const opens = rows.map((_, row) => byRow.get(row)!.map(({ open }) => open));
  return { rows, opens, texts };
}

/** The token positions of an attempt. */
interface AttemptPlaces {
  readonly expression: readonly number[];
  /** The result, with its sign. The results of pairs are targets, which have none. */
  readonly digits: readonly number[];
  readonly open: number;
}

/**
 * Returns what tokens alone say of some texts, as features for a probe: the identity of a token at
 * a place is one of several features that are 1 or 0, and a bag counts how often each token occurs.
 *
 * @param texts the texts, as {@link probedTexts} returns them.
 * @returns [example, feature] for each name: "last digit" of the result; "result" and "target",
 * their digits; "result and target"; and "bag of the attempt", the tokens of the attempt without
 * their order and without the target.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const text = {
 *   pair: 0,
 *   kind: "right",
 *   row: 0,
 *   open: 9,
 *   attempt: [4, 9, 4],
 *   target: [4],
 * } as const;
 * const forms = verificationStudy.surfaceForms([{ ...text, result: [4] }, {
 *   ...text,
 *   result: [7],
 * }]);
 * assertEquals(forms["last digit"].sizes, { example: 2, feature: 2 });
 * assertEquals([...forms["bag of the attempt"].data], [2, 1, 2, 1]);
 * ```
 */
export function surfaceForms(texts: readonly ProbedText[]): Record<string, Tensor> {
  checkArguments("surfaceForms", {
    texts: [texts, is.listOf(is.like("a text", "attempt", "result", "target"))],
  });

  // A place is counted from the end, so that ones stand below ones.
  const placed = (name: string, tokens: readonly number[]) =>
    tokens.toReversed().map((token, place) => `${name} ${place} ${token}`);
  return {
    "last digit": featureCounts(texts.map(({ result }) => [`${result.at(-1)}`])),
    "result": featureCounts(texts.map(({ result }) => placed("result", result))),
    "target": featureCounts(texts.map(({ target }) => placed("target", target))),
    "result and target": featureCounts(
      texts.map(({ result, target }) => [...placed("result", result), ...placed("target", target)]),
    ),
    "bag of the attempt": featureCounts(texts.map(({ attempt }) => attempt.map(String))),
  };
}

/** Returns how often each text has each feature, [example, feature]. */
function featureCounts(features: readonly (readonly string[])[]): Tensor {
  const names = [...new Set(features.flat())].sort();
  const columns = new Map(names.map((name, column) => [name, column]));
  const counts = new Float32Array(features.length * names.length);
  features.forEach((own, example) =>
    own.forEach((name) => counts[example * names.length + columns.get(name)!]++)
  );
  return new Tensor(counts, { example: features.length, feature: names.length });
}
