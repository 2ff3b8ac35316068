import pl from "nodejs-polars";
import { CircuitbookError } from "../../base/errors.ts";
import type { GenerateOptions } from "../../model/generation/generation.ts";
import type { Model } from "../../model/model.ts";
import { aftermath } from "./aftermath.ts";
import type { ProblemText } from "../../tasks/countdown/alterations/alter.ts";
import type { Counterfactual } from "./counterfactuals.ts";

/**
 * What a model makes of each text when it writes on, as a table: `change`, `problem`, `attempt`, `earlier` (attempts before it in
 * the text), `right` (whether it was, as written), then the columns of an {@link Aftermath}, and `continuation`, what it wrote.
 *
 * @param sources the texts that the counterfactuals were made from.
 * @throws CircuitbookError when a counterfactual is not from one of the sources.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const chains = countdown.chains([countdown.problem([3, 38, 87], 52)]);
 * const texts = backtracking.counterfactuals(chains, model.tokenizer, { changes: ["nothing"] });
 * const table = await backtracking.aftermathsOf(model, texts, chains, { maxNewTokens: 4 });
 * assertEquals(table.getColumn("names").toArray(), [52, null]);
 * ```
 */
export async function aftermathsOf(
  model: Model,
  texts: readonly Counterfactual[],
  sources: readonly ProblemText[],
  options: GenerateOptions = {},
): Promise<pl.DataFrame> {
  const stray = texts.find(({ row, problem }) => sources[row]?.problem.id !== problem);
  if (stray) {
    throw new CircuitbookError(
      `Expected the texts that the counterfactuals were made from but found no ${stray.problem} at ${stray.row}.`,
    );
  }
  const { texts: written } = await model.generate(texts.map(({ tokens }) => tokens), {
    batchSize: 64,
    ...options,
  });
  const records = texts.map((text, i) => {
    const { change, problem, attempt, index: earlier, right, row } = text;
    const after = aftermath(text, written[i], sources[row].problem);
    return {
      change,
      problem,
      attempt,
      earlier,
      right,
      ...withNulls({ ...after }),
      continuation: written[i],
    };
  });
  return pl.DataFrame(records);
}

/** A table knows nulls. */
function withNulls(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, value ?? null]));
}
