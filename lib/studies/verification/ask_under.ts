import pl from "nodejs-polars";
import type { Model } from "../../model/model.ts";
import type { Edit } from "../../model/plan/edit.ts";
import { numberRows } from "../../table/rows.ts";
import { ask, type AskOptions } from "../../tasks/verification/ask.ts";
import type { AttemptQuestion } from "../../tasks/verification/questions.ts";

/**
 * Asks a model about attempts again and again, each time under other edits, and returns a table: `edit` (the name of the edits),
 * `attempt` ("correct", "wrong", or "debatable"), `problem`, then the columns of {@link ask}.
 *
 * @param edits by name; an empty list asks the model as it is.
 * @throws CircuitbookError as {@link ask} does.
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
 * const table = await verificationStudy.askUnder(base, [verification.questionOf(attempt, problem)], edits);
 * assertEquals(table.getColumn("edit").toArray(), ["nothing", "two heads"]);
 * ```
 */
export async function askUnder(
  model: Model,
  questions: readonly AttemptQuestion[],
  edits: Readonly<Record<string, readonly Edit[]>>,
  options: Omit<AskOptions, "edit"> = {},
): Promise<pl.DataFrame> {
  const rows: Record<string, string | number>[] = [];
  for (const [name, edit] of Object.entries(edits)) {
    const answers = numberRows(await ask(model, questions, { ...options, edit }));
    rows.push(...answers.map((answer, i) => {
      const { correct, problem } = questions[i];
      const attempt = correct === undefined ? "debatable" : correct ? "correct" : "wrong";
      return { edit: name, attempt, problem, ...answer };
    }));
  }
  return pl.DataFrame(rows);
}
