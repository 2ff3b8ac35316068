import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { aQuestion } from "../kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Watch } from "../../base/progress.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { anything, checkOptions, watch } from "../../base/options.ts";
import type { TableOf } from "../../table/table.ts";
import { answers, type YesNoAnswer, yesNoTokens } from "./yes_no.ts";
import { prompts, templateFor, type VerificationTemplate } from "./prompts.ts";
import type { Question } from "./questions.ts";

/** Settings of {@link ask}. */
export interface AskOptions extends Watch {
  /**
   * The template of the prompts. By default the one that {@link templateFor} chooses for the
   * vocabulary.
   */
  readonly template?: VerificationTemplate;
  /** Edits of the run; `rows` are indices of the questions. */
  readonly edit?: Edit | readonly Edit[];
}

const schema = z.strictObject({
  ...watch,
  template: z.enum(["short", "full"], 'to be "short" or "full"').optional(),
  edit: anything,
});

/**
 * Asks a model whether attempts are correct, and returns how much it leans to Yes. The question is
 * that of A. Lee, *Unraveling DeepSeekR1-Zero*, Part IV.
 *
 * @param model the model that is asked.
 * @param questions the questions, at least one.
 * @param options the template, and edits of the run.
 * @returns one row a question.
 * @throws CircuitbookError if there are no questions, the vocabulary has no Yes or No, or an edit
 * does not fit the model.
 *
 * @example
 * ```ts
 * import { loadModel, tables, verification } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const base = await loadModel("countdown-base");
 * const right = {
 *   numbers: [11, 5, 68],
 *   target: 62,
 *   attempt: "68 - 11 + 5 = 57 + 5 = 62",
 *   result: "62",
 * };
 * const wrong = { ...right, attempt: "68 - 11 - 5 = 57 - 5 = 52", result: "52" };
 * const [first, second] = tables.numberRows(await verification.ask(base, [right, wrong])).map((
 *   { yes },
 * ) => yes);
 * assert(first > 0.9 && second < 0.1);
 * ```
 */
export async function ask(
  model: Model,
  questions: readonly Question[],
  options: AskOptions = {},
): Promise<TableOf<YesNoAnswer>> {
  checkArguments("ask", {
    model: [model, aModel],
    questions: [questions, is.listOf(aQuestion)],
  });

  checkOptions(options, schema, "verification.ask");
  const { template = templateFor(model.tokenizer), ...run } = options;
  const { logits } = await model.run(questions.map(prompts[template]), { ...run, logits: [-1] });
  return answers(logits, yesNoTokens(model.tokenizer));
}
