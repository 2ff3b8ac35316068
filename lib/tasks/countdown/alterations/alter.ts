import { z } from "zod";
import { checkArguments, is } from "../../../base/arguments.ts";
import { aTokenizer } from "../../kinds.ts";
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
  /** The problem. */
  problem: Problem;
  /** The text, prompt included. */
  text: string;
}

/**
 * An altered text that ends right after the ` (` of an attempt, so that the next token is the
 * verdict.
 */
export interface AlteredText {
  /** The text. */
  text: string;
  /** The token ids of the text. */
  tokens: number[];
  /** How many attempts come before in the altered text. */
  index: number;
  /** The expression of the attempt. */
  expression: string;
  /** The result that the text states. */
  stated: number;
  /** Whether the stated result is the true value of the expression. */
  statesTruth: boolean;
  /** The token positions of the parts. */
  positions: CutPositions;
  /** The verdict to expect, by the evidence that the model may use. */
  expected: {
    /** By the target in the prompt; `undefined` if the prompt has none. */
    prompt: Judgement | undefined;
    /** By the target in the earlier verdicts; `undefined` if there is none. */
    copies: Judgement | undefined;
    /**
     * By the expression's true value and the problem's own target, whatever the text says of
     * either.
     */
    arithmetic: Judgement;
  };
}

/** Token positions in a text that ends before a verdict. */
export interface CutPositions {
  /** The digits of the target in the prompt; empty if it was removed. */
  target: number[];
  /** The digits of the target in the verdict of each earlier attempt. */
  copies: number[][];
  /** The digits of each number in the prompt. */
  numbers: number[][];
  /** The expression of the attempt. */
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
 * Returns a text that ends before the verdict of an attempt, with numbers replaced or removed. It
 * can insert a mistake where the model is about to judge, or change the copies of the target.
 *
 * The question comes from the discussion "Mechanisms of Verifications and Backtracking" of ARBOR,
 * on inserted mistakes and on answers that are not in the context.
 *
 * @param source the problem, and the text to alter.
 * @param tokenizer the tokenizer of the model that is to judge.
 * @param change which attempt, and what is changed before its verdict.
 * @returns the altered text, its tokens, positions and the verdicts to expect.
 * @throws CircuitbookError if the text has no such attempt or number, or if ` (` is not a token of
 * its own.
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
  source: ProblemText,
  tokenizer: TextTokenizer,
  change: Alteration,
): AlteredText {
  checkArguments("alter", {
    source: [source, is.like("a problem text", "problem", "text")],
    tokenizer: [tokenizer, aTokenizer],
    change: [change, is.like("an alteration", "attempt")],
  });
  const { text, problem } = source;

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

/**
 * Returns a changed text, cut before the verdict, with token positions. The encoded text continues
 * to the verdict, so that its tokens are the tokens of a whole text, which is then cut.
 */
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

/** Returns the attempt with an index if a ` (` follows its result. */
function cuttable<A extends Attempt | LocatedAttempt>(found: readonly A[], index: number): A {
  const attempt = found[index];
  if (attempt?.spans.open) return attempt;
  throw new CircuitbookError(
    `Expected an attempt ${index} with " (" after its result but found ${found.length} attempts` +
      `${attempt ? ", and none there" : ""}; choose among countdown.attempts of the text.`,
  );
}
