import { z } from "zod";
import { isObject } from "../../base/arguments.ts";
import { messageOf } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { numbersIn } from "../text/numbers_in_text.ts";
import type { Calculation, WordProblem } from "./problem.ts";

const text = z.string("to be a text").refine((value) => value.trim() !== "", "not to be empty");
const id = z.union([z.string(), z.number()], "to be a text or a number").optional();
const ownSchema = z.looseObject({
  id,
  question: text,
  chain: text,
  answer: z.union([text, z.number()], "to be a text or a number"),
}, "to be an object");
/**
 * https://github.com/openai/grade-school-math: a solution in sentences, its calculations in
 * `<<…>>`, the answer after `####`.
 */
const gsm8kSchema = z.looseObject({ id, question: text, answer: text }, "to be an object");

/** The problem of a line, or the reason why the line has none. */
export type LineResult = { readonly problem: WordProblem } | { readonly reason: string };

/**
 * Returns the problem of one line of JSON, which has a `chain` or is in GSM8K's format.
 *
 * @param number the number of the line, from 1.
 */
export function readLine(line: string, number: number): LineResult {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return { reason: `Expected JSON but found ${shown(line)}: ${messageOf(error)}.` };
  }
  const isOwn = isObject(json) && "chain" in json;
  const parsed = (isOwn ? ownSchema : gsm8kSchema).safeParse(json);
  if (!parsed.success) return { reason: complaint(parsed.error.issues[0], json) };
  const { question, id = `line ${number}` } = parsed.data;
  const solved = isOwn
    ? ownSolution(parsed.data as z.output<typeof ownSchema>)
    : gsm8kSolution(String(parsed.data.answer));
  return "reason" in solved ? solved : { problem: { id: String(id), question, ...solved } };
}

type Solution = Pick<WordProblem, "chain" | "answer" | "calculations">;

function ownSolution(
  { chain, answer }: { chain: string; answer: string | number },
): Solution | { reason: string } {
  const number = oneNumber(String(answer));
  if (number === undefined) {
    return { reason: `Expected one number as "answer" but found ${shown(answer)}.` };
  }
  const worked = annotated(chain);
  return "reason" in worked ? worked : { ...worked, answer: number };
}

function gsm8kSolution(solution: string): Solution | { reason: string } {
  const [chain, ...answers] = solution.split("####");
  if (answers.length !== 1) {
    return {
      reason: `Expected "answer" to end in one "#### N" but found ${answers.length} in ${
        shown(solution)
      }.`,
    };
  }
  const answer = oneNumber(answers[0]);
  if (answer === undefined) {
    return { reason: `Expected one number after "####" but found ${shown(answers[0].trim())}.` };
  }
  const worked = annotated(chain.trim());
  return "reason" in worked ? worked : { ...worked, answer };
}

/** Returns the chain without its annotations, and the calculations in them. */
function annotated(chain: string): Omit<Solution, "answer"> | { reason: string } {
  const calculations: Calculation[] = [];
  const plain = chain.replace(
    /<<([^<>=]*)=([^<>=]*)>>/g,
    (_, expression: string, result: string) => {
      calculations.push({ expression: expression.trim(), result: result.trim() });
      return "";
    },
  );
  const [odd] = plain.match(/(?:<<|>>).{0,20}/) ?? [];
  if (odd !== undefined) {
    return { reason: `Expected calculations such as "<<48/2=24>>" but found ${shown(odd)}.` };
  }
  return { chain: plain, calculations };
}

/**
 * Returns the only number of a text, without commas between thousands, currency or per cent signs;
 * `undefined` if the text is anything else.
 */
function oneNumber(text: string): string | undefined {
  const numbers = numbersIn(text);
  const rest = numbers.reduceRight(
    (left, { start, end }) => left.slice(0, start) + left.slice(end),
    text,
  );
  return numbers.length === 1 && /^[\s$€£%.]*$/.test(rest) ? String(numbers[0].value) : undefined;
}

function complaint({ path, message, code }: z.core.$ZodIssue, json: unknown): string {
  const found = path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown>)[key], json);
  const what = path.length ? `"${path.join(".")}"` : "a line";
  return `Expected ${what} ${
    code === "invalid_union" ? "to be a text or a number" : message
  } but found ${shown(found)}.`;
}
