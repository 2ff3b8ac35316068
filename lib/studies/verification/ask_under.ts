import { checkArguments, is } from "../../base/arguments.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Model } from "../../model/model.ts";
import type { Edit } from "../../model/plan/edit.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { ask, type AskOptions } from "../../tasks/verification/ask.ts";
import type { AttemptQuestion } from "../../tasks/verification/questions.ts";
import type { YesNoAnswer } from "../../tasks/verification/yes_no.ts";

/** How much a model leans to Yes under some edits. */
export interface EditedAnswer extends YesNoAnswer {
  /** The name of the edits. */
  readonly edit: string;
  /**
   * Whether Yes is the right answer: "correct", "wrong", or "debatable" where the attempt has a
   * slip.
   */
  readonly attempt: "correct" | "wrong" | "debatable";
  /** The problem's id. */
  readonly problem: string;
}

/**
 * Asks a model the same questions under several sets of edits.
 *
 * @param model the model that is asked.
 * @param questions questions about attempts.
 * @param edits sets of edits by name; an empty list asks the model without edits.
 * @param options the template of the prompts.
 * @returns one row for each set of edits and question.
 * @throws CircuitbookError if the model cannot be asked, see `verification.ask`.
 *
 * @example
 * ```ts
 * import { countdown, knockOut, loadModel, verification } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const base = await loadModel("countdown-base");
 * const problem = countdown.problem([11, 5, 68], 62);
 * const [attempt] = countdown.attempts("68 - 11 + 5 = 57 + 5 = 62", problem);
 * const edits = { nothing: [], "two heads": knockOut([[1, 3], [1, 5]]) };
 * const table = await verificationStudy.askUnder(
 *   base,
 *   [verification.questionOf(attempt, problem)],
 *   edits,
 * );
 * assertEquals(table.getColumn("edit").toArray(), ["nothing", "two heads"]);
 * ```
 */
export async function askUnder(
  model: Model,
  questions: readonly AttemptQuestion[],
  edits: Readonly<Record<string, readonly Edit[]>>,
  options: Omit<AskOptions, "edit"> = {},
): Promise<TableOf<EditedAnswer>> {
  checkArguments("askUnder", {
    model: [model, aModel],
    questions: [questions, is.listOf(is.like("a question", "problem", "numbers", "target"))],
    edits: [edits, is.object],
    options: [options, is.object],
  });

  const found: EditedAnswer[] = [];
  for (const [name, edit] of Object.entries(edits)) {
    const answers = rowsOf(await ask(model, questions, { ...options, edit }));
    found.push(...answers.map((answer, i): EditedAnswer => {
      const { correct, problem } = questions[i];
      const attempt = correct === undefined ? "debatable" : correct ? "correct" : "wrong";
      return { edit: name, attempt, problem, ...answer };
    }));
  }
  return tableOf(found);
}
