import pl from "nodejs-polars";
import { z } from "zod";
import type { Watch } from "../../base/progress.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { anything, checkOptions, watch } from "../../base/options.ts";
import { answers, yesNoTokens } from "./yes_no.ts";
import { prompts, templateFor, type VerificationTemplate } from "./prompts.ts";
import type { Question } from "./questions.ts";

/** How a model is asked. */
export interface AskOptions extends Watch {
  /** Default: what the model's vocabulary asks for. */
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
 * Asks a model about attempts and returns how much it leans to Yes, as the table of {@link answers}: `row`, `yes`, `no`
 * (normalised to the sum 1), `mass`, `margin`. The question is that of A. Lee, *Unraveling DeepSeekR1-Zero*, Part IV.
 *
 * @throws CircuitbookError when there are no questions, the vocabulary has no Yes, or edits do not fit.
 *
 * @example
 * ```ts
 * import { loadModel, tables, verification } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const base = await loadModel("countdown-base");
 * const right = { numbers: [11, 5, 68], target: 62, attempt: "68 - 11 + 5 = 57 + 5 = 62", result: "62" };
 * const wrong = { ...right, attempt: "68 - 11 - 5 = 57 - 5 = 52", result: "52" };
 * const [first, second] = tables.numberRows(await verification.ask(base, [right, wrong])).map(({ yes }) => yes);
 * assert(first > 0.9 && second < 0.1);
 * ```
 */
export async function ask(
  model: Model,
  questions: readonly Question[],
  options: AskOptions = {},
): Promise<pl.DataFrame> {
  checkOptions(options, schema, "verification.ask");
  const { template = templateFor(model.tokenizer), ...run } = options;
  const { logits } = await model.run(questions.map(prompts[template]), { ...run, logits: [-1] });
  return answers(logits, yesNoTokens(model.tokenizer));
}
