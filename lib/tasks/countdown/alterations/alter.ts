import { z } from "zod";
import { CircuitbookError } from "../../../base/errors.ts";
import { checkOptions, wholeNumber } from "../../../base/options.ts";
import type { Alteration } from "./alteration.ts";
import type { Span } from "../../text/token_spans.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import type { Attempt, LocatedAttempt } from "../parsing/attempt.ts";
import { attempts } from "../parsing/attempts.ts";
import { promptSpans } from "../parsing/prompt_positions.ts";
import type { Problem } from "../problems/problem.ts";
import { copyChanges, copyIn, dropped, promptChanges, replaced } from "./replacements.ts";
import { tokensOf, tokenSpans } from "../../text/token_spans.ts";
import type { Judgement } from "../chains/verdict_words.ts";

/** A text about a problem: a {@link Chain}, or what a model wrote, with its prompt. */
export interface ProblemText {
  problem: Problem;
  text: string;
}

/** A text, altered and cut right after the ` (` of an attempt: the next token is the verdict. */
export interface AlteredText {
  text: string;
  tokens: number[];
  /** How many attempts stand before. */
  index: number;
  /** The attempt's expression. */
  expression: string;
  /** The result that the text states. */
  stated: number;
  /** Whether that is the expression's true value. */
  statesTruth: boolean;
  /** Where the parts stand among the tokens. */
  positions: CutPositions;
  /** What the verdict should be, by what it may go by. */
  expected: {
    /** The stated result against the target in the prompt; `undefined` where there is none. */
    prompt: Judgement | undefined;
    /** The stated result against the target in the earlier verdicts; `undefined` where there is none. */
    copies: Judgement | undefined;
    /** The expression's true value against the problem's own target, whatever the text says of either. */
    arithmetic: Judgement;
  };
}

/** Token positions in a text that ends before a verdict. */
export interface CutPositions {
  /** The digits of the target in the prompt; empty where it was taken out. */
  target: number[];
  /** The digits of each of its copies in the verdicts of earlier attempts. */
  copies: number[][];
  /** The digits of each number that the prompt gives. */
  numbers: number[][];
  /** The attempt's expression. */
  expression: number[];
  /** The equals signs of the attempt. */
  equals: number[];
  /** The digits of the stated result. */
  digits: number[];
  /** The ` (` at the end. */
  open: number;
}

const orNull = wholeNumber.nullable().optional();

const alterationSchema = z.strictObject({
  attempt: wholeNumber,
  result: wholeNumber.optional(),
  target: orNull,
  copies: orNull,
  number: z.tuple([wholeNumber, wholeNumber.nullable()], "to be [index, value or null]").optional(),
  keep: wholeNumber.optional(),
});

/**
 * A text cut right before the verdict of an attempt, with numbers in it replaced or taken out: a mistake inserted where
 * the model is about to judge, or the target's copies changed.
 *
 * The question is the source's: discussion "Mechanisms of Verifications and Backtracking" of ARBOR, on inserted mistakes
 * and on answers that are not in the context.
 *
 * @throws CircuitbookError when the text has no such attempt or number, or ` (` is no token of its own.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { tokenizer } = await loadModel("countdown-r1");
 * const [chain] = countdown.chains([countdown.problem([3, 38, 87], 52)]);
 * const altered = countdown.alter(chain, tokenizer, { attempt: 1, result: 53 });
 * assertEquals(altered.text.split("\n").at(-1), "- 87 - 38 + 3 = 49 + 3 = 53 (");
 * assertEquals(altered.expected, { prompt: "wrong", copies: "wrong", arithmetic: "right" });
 * ```
 */
export function alter(
  { text, problem }: ProblemText,
  tokenizer: TextTokenizer,
  change: Alteration,
): AlteredText {
  checkOptions(change, alterationSchema, "alter");
  const before = attempts(text, problem);
  const attempt = cuttable(before, change.attempt);
  const { keep = attempt.index } = change;
  if (keep < 0 || keep > attempt.index) {
    throw new CircuitbookError(
      `Expected to keep 0 to ${attempt.index} earlier attempts but found ${keep}.`,
    );
  }
  const end = attempt.spans.verdict?.end ?? attempt.spans.open!.end;
  const changed = replaced(text.slice(0, end), [
    ...promptChanges(text, change),
    ...copyChanges(text, before.slice(0, keep), change.copies),
    ...dropped(text, before, keep, attempt),
    ...change.result === undefined ? [] : [{ ...attempt.spans.result, by: `${change.result}` }],
  ]);
  return located(changed, problem, tokenizer, keep);
}

/** Where everything stands in a changed text, which goes on to the verdict so that it is cut as it would be within. */
function located(
  changed: string,
  problem: Problem,
  tokenizer: TextTokenizer,
  index: number,
): AlteredText {
  const all = tokenizer.encode(changed);
  const text = tokenizer.decode(all);
  const pieces = tokenizer.pieces(all);
  const found = attempts(text, problem, pieces);
  const attempt = cuttable(found, index);
  const spans = tokenSpans(text, pieces);
  const at = tokensOf(spans);
  const prompt = promptSpans(text);
  const { open = -1, expression, equals, digits } = attempt.tokens;
  const end = attempt.spans.open!.end;
  if (spans[open].end !== end) {
    throw new CircuitbookError(
      `Expected " (" to be a token of its own but found ${
        JSON.stringify(pieces[open])
      }; use another tokenizer.`,
    );
  }
  const copies = found.slice(0, index).flatMap(({ spans: { verdict } }) =>
    copyIn(text, verdict) ?? []
  );
  const target = prompt.target.end > prompt.target.start ? prompt.target : undefined;
  const judge = (span: Span | undefined) =>
    span && judgement(attempt.stated.equals(Number(text.slice(span.start, span.end))));
  return {
    text: text.slice(0, end),
    tokens: all.slice(0, open + 1),
    index,
    expression: attempt.expression,
    stated: attempt.stated.toNumber(),
    statesTruth: attempt.statesTruth,
    positions: {
      target: target ? at(target) : [],
      copies: copies.map(at),
      numbers: prompt.numbers.map(at),
      expression,
      equals,
      digits,
      open,
    },
    expected: {
      prompt: judge(target),
      copies: judge(copies[0]),
      arithmetic: judgement(attempt.reachesTarget),
    },
  };
}

function judgement(right: boolean): Judgement {
  return right ? "right" : "wrong";
}

function cuttable<A extends Attempt | LocatedAttempt>(found: readonly A[], index: number): A {
  const attempt = found[index];
  if (attempt?.spans.open) return attempt;
  throw new CircuitbookError(
    `Expected an attempt ${index} with " (" after its result but found ${found.length} attempts` +
      `${attempt ? ", and none there" : ""}; choose among countdown.attempts of the text.`,
  );
}
