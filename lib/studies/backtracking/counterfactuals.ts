import type { Alteration } from "../../tasks/countdown/alterations/alteration.ts";
import { z } from "zod";
import type { TextTokenizer } from "../../tasks/text/tokenizer.ts";
import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import { integer, type Random, seededRandom } from "../../base/random.ts";
import { checkOptions, wholeNumber, wholeNumbers } from "../../base/options.ts";
import {
  alter,
  type AlteredText,
  type ProblemText,
} from "../../tasks/countdown/alterations/alter.ts";
import type { Attempt } from "../../tasks/countdown/parsing/attempt.ts";
import { attempts } from "../../tasks/countdown/parsing/attempts.ts";
import { otherNumber } from "../../tasks/countdown/alterations/other_number.ts";

/** What can be changed in a text before a verdict. */
export type Change =
  | "nothing"
  | "result: the target"
  | `result: ${number} off the target`
  | "result: another"
  | "result: another first digit"
  | "result: another last digit"
  | "prompt: another target"
  | "verdicts: another target"
  | "both: another target"
  | "prompt: the result"
  | "verdicts: the result"
  | "both: the result"
  | "prompt: no target"
  | "verdicts: no target"
  | "both: no target"
  | "prompt: another number"
  | "prompt: one number less";

/** An altered text, and the attempt that it was made from. */
export interface Counterfactual extends AlteredText {
  /** The change that was made. */
  change: Change;
  /** The index of the source text. */
  row: number;
  /** The problem's id. */
  problem: string;
  /** The problem's own target, which the altered text may not state. */
  target: number;
  /**
   * The index of the attempt in its source text. With `keep` the altered text has fewer attempts
   * before it.
   */
  attempt: number;
  /** Whether the attempt, as written in the source, states the target. */
  right: boolean;
}

/** Settings of {@link counterfactuals}. */
export interface CounterfactualOptions {
  /** The changes. Each change makes one text of each attempt that it applies to. */
  changes: readonly Change[];
  /** The indices of the attempts. Default: all attempts with ` (` after their result. */
  attempts?: readonly number[];
  /**
   * The numbers of earlier attempts that are kept; each number makes a text of its own. Default:
   * all are kept, in one text.
   */
  keep?: readonly number[];
  /** Default 0. */
  seed?: number;
}

const optionsSchema = z.strictObject({
  changes: z.array(z.string(), "to be a list of changes"),
  attempts: wholeNumbers.optional(),
  keep: wholeNumbers.optional(),
  seed: wholeNumber.optional(),
});

/**
 * Returns texts cut before a verdict, in which one number that the verdict may depend on is changed
 * or removed: the stated result (a mistake), the target in the prompt, its copies in the earlier
 * verdicts (`(not 62)`), or, as a control, another number of the prompt.
 *
 * - "another" is a number with as many digits, each of them different, that occurs nowhere else;
 *   all changes of an attempt use the same number.
 * - "another first digit" and "another last digit" are the target with this digit changed.
 * - "off the target" is above or below the target, by chance, as far as the number of digits
 *   allows.
 * - "the result" makes the stated result the target.
 *
 * A change that does not apply to an attempt (there is no earlier verdict, or the result cannot be
 * a target) makes no text.
 *
 * @param texts the source texts.
 * @param tokenizer the tokenizer of the model that is to judge.
 * @param options the changes, and the attempts that are changed.
 * @returns the altered texts.
 * @throws CircuitbookError if a change is unknown.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const chains = countdown.chains([countdown.problem([3, 38, 87], 52)]);
 * const [first] = backtracking.counterfactuals(chains, tokenizer, {
 *   changes: ["result: the target"],
 * });
 * assertEquals(first.text.split("\n").at(-1), "- 87 - 38 - 3 = 49 - 3 = 52 (");
 * ```
 */
export function counterfactuals(
  texts: readonly ProblemText[],
  tokenizer: TextTokenizer,
  options: CounterfactualOptions,
): Counterfactual[] {
  checkOptions(options, optionsSchema, "counterfactuals");
  const { changes, attempts: chosen, keep = [undefined], seed = 0 } = options;
  changes.forEach(checkChange);
  const random = seededRandom(seed);
  return texts.flatMap((text, row) => {
    const found = attempts(text.text, text.problem);
    const results = found.map(({ stated }) => stated.toNumber());
    return found.filter((attempt) => attempt.spans.open).flatMap((attempt) => {
      const draw = drawn(random, text, attempt, results);
      if (chosen && !chosen.includes(attempt.index)) return [];
      const { problem, index, statesTarget: right } = attempt;
      return changes.flatMap((change) =>
        keep.filter((kept) => kept === undefined || kept <= index).flatMap((kept) => {
          const alteration = alterationOf(change, draw);
          if (!alteration || (needsCopies(change) && (kept ?? index) === 0)) return [];
          const altered = alter(text, tokenizer, { attempt: index, keep: kept, ...alteration });
          return [{ change, row, problem, target: draw.target, attempt: index, right, ...altered }];
        })
      );
    });
  });
}

/**
 * The numbers that are drawn at random for an attempt. All changes of the attempt use the same
 * draw.
 */
interface Draw {
  target: number;
  stated: number;
  /** A number with as many digits as the target that occurs nowhere else. */
  other: number;
  sign: 1 | -1;
  /** The index of the number in the prompt that changes. */
  index: number;
  /** What is added to a digit, from 1 on, before it wraps around. */
  turn: number;
}

function drawn(
  random: Random,
  { problem }: ProblemText,
  { stated }: Attempt,
  results: readonly number[],
): Draw {
  const other = otherNumber(random, problem, results);
  const sign = random() < 0.5 ? 1 : -1;
  if (other === undefined) {
    throw new CircuitbookError(`Expected a number that ${problem.id} leaves free but found none.`);
  }
  const index = integer(random, 0, problem.numbers.length - 1);
  return {
    target: problem.target,
    stated: stated.toNumber(),
    other,
    sign,
    index,
    turn: integer(random, 1, 8),
  };
}

const OFF_TARGET = /^result: (\d+) off the target$/;

const fixed: Readonly<Record<string, (draw: Draw) => Omit<Alteration, "attempt"> | undefined>> = {
  "nothing": () => ({}),
  "result: the target": ({ target, stated }) => stated === target ? undefined : { result: target },
  "result: another": ({ other }) => ({ result: other }),
  // A first digit goes round from 1 to 9, a last one from 0 to 9.
  "result: another first digit": ({ target, turn }) => ({
    result: Number(`${(Number(`${target}`[0]) - 1 + turn) % 9 + 1}${`${target}`.slice(1)}`),
  }),
  "result: another last digit": ({ target, turn }) => ({
    result: target - target % 10 + (target + turn) % 10,
  }),
  "prompt: another target": ({ other }) => ({ target: other }),
  "verdicts: another target": ({ other }) => ({ copies: other }),
  "both: another target": ({ other }) => ({ target: other, copies: other }),
  "prompt: the result": (draw) => isTarget(draw) ? { target: draw.stated } : undefined,
  "verdicts: the result": (draw) => isTarget(draw) ? { copies: draw.stated } : undefined,
  "both: the result": (draw) =>
    isTarget(draw) ? { target: draw.stated, copies: draw.stated } : undefined,
  "prompt: no target": () => ({ target: null }),
  "verdicts: no target": () => ({ copies: null }),
  "both: no target": () => ({ target: null, copies: null }),
  "prompt: another number": ({ index, other }) => ({ number: [index, other] }),
  "prompt: one number less": ({ index }) => ({ number: [index, null] }),
};

function alterationOf(change: Change, draw: Draw): Omit<Alteration, "attempt"> | undefined {
  const [, distance] = change.match(OFF_TARGET) ?? [];
  if (distance === undefined) return fixed[change](draw);
  const { sign, target } = draw;
  const result = [target + sign * Number(distance), target - sign * Number(distance)]
    .find((near) => near > 0 && `${near}`.length === `${target}`.length);
  return result === undefined ? undefined : { result };
}

/** Returns whether a wrong result can be the target of a problem: a whole number from 1 to 99. */
function isTarget({ stated, target }: Draw): boolean {
  return stated !== target && Number.isInteger(stated) && stated >= 1 && stated <= 99;
}

function needsCopies(change: Change): boolean {
  return change.startsWith("verdicts:");
}

function checkChange(change: Change): void {
  if (Object.hasOwn(fixed, change) || OFF_TARGET.test(change)) return;
  const nearest = nearestNames(change, [...Object.keys(fixed), "result: 1 off the target"]).map((
    name,
  ) => `"${name}"`);
  throw new CircuitbookError(
    `Expected a change but found "${change}"; nearest: ${nearest.join(", ")}.`,
  );
}
