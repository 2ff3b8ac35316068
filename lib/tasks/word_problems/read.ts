import { fromFileUrl } from "deno-std/path/mod.js";
import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { readText } from "../../checkpoint/files.ts";
import { readLine } from "./line.ts";
import type { BadLine, WordProblem } from "./problem.ts";

const MOST_NAMED = 20;

/** The file that comes with the repository; `make` wrote its problems. */
const EMBEDDED: string = fromFileUrl(new URL("../../../data/word-problems.jsonl", import.meta.url));

/**
 * Returns the problems of a JSONL text, and the lines that are not problems, each with its number
 * and the reason. Empty lines are skipped.
 *
 * A line is `{ "question", "chain", "answer" }`, or has GSM8K's own format: `{ "question", "answer"
 * }` with a worked solution that ends in `#### N`. Annotations such as `<<48/2=24>>` are removed
 * from the text and returned as calculations. (K. Cobbe et al., "Training verifiers to solve math
 * word problems", arXiv 2110.14168.)
 *
 * @param jsonl the text, one JSON object a line.
 * @returns the problems, and the bad lines.
 *
 * @example
 * ```ts
 * import { wordProblems } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const line = JSON.stringify({
 *   question: "Half of 48?",
 *   answer: "48 / 2 = <<48/2=24>>24\n#### 24",
 * });
 * const { problems, bad } = wordProblems.parse(`${line}\n{"question": 3}`);
 * assertEquals([problems[0].chain, problems[0].answer, bad[0].line], ["48 / 2 = 24", "24", 2]);
 * ```
 */
export function parse(jsonl: string): { problems: WordProblem[]; bad: BadLine[] } {
  checkArguments("parse", { jsonl: [jsonl, is.text] });

  const problems: WordProblem[] = [];
  const bad: BadLine[] = [];
  jsonl.replace(/^\uFEFF/, "").split(/\r?\n/).forEach((text, index) => {
    if (!text.trim()) return;
    const read = readLine(text, index + 1);
    if ("problem" in read) problems.push(read.problem);
    else bad.push({ line: index + 1, reason: read.reason });
  });
  return { problems, bad };
}

/**
 * Returns the problems of a JSONL file in the formats of {@link parse}.
 *
 * @param path the path of the file. By default the file that comes with the repository.
 * @param options `skipBad`: leave out lines that are not problems instead of refusing the file.
 * Default false.
 * @returns the problems.
 * @throws CircuitbookError if there is no such file, if it has no problems, or (without `skipBad`)
 * if it has bad lines; the message names each by its number, with what was expected and found.
 *
 * @example
 * ```ts
 * import { wordProblems } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const problems = await wordProblems.read();
 * assertEquals(problems.every(({ chain, answer }) => chain.includes(answer)), true);
 * ```
 */
export async function read(
  path = EMBEDDED,
  options: { skipBad?: boolean } = {},
): Promise<WordProblem[]> {
  checkArguments("read", { options: [options, is.object] });
  const { skipBad = false } = options;

  const text = await readText(path);
  if (text === undefined) {
    throw new CircuitbookError(
      `Expected word problems (JSONL) at ${path} but found no file; give the path of one.`,
    );
  }
  const { problems, bad } = parse(text);
  if (bad.length && !skipBad) {
    const named = bad.slice(0, MOST_NAMED).map(({ line, reason }) => `  line ${line}: ${reason}`)
      .join("\n");
    const more = bad.length > MOST_NAMED ? `\n  … and ${bad.length - MOST_NAMED} more lines` : "";
    throw new CircuitbookError(
      `Expected a word problem in every line of ${path} but found ${bad.length} bad ${
        bad.length === 1 ? "line" : "lines"
      } beside ${problems.length} good ones; mend them, or set skipBad.\n${named}${more}`,
    );
  }
  if (!problems.length) {
    throw new CircuitbookError(
      `Expected word problems in ${path} but found none; write one JSON object a line, with question and answer.`,
    );
  }
  return problems;
}
