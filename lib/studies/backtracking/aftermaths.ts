import { checkArguments, is } from "../../base/arguments.ts";
import { aCounterfactual } from "./kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { GenerateOptions } from "../../model/generation/generation.ts";
import type { Model } from "../../model/model.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import { type Aftermath, aftermath } from "./aftermath.ts";
import type { ProblemText } from "../../tasks/countdown/alterations/alter.ts";
import type { Change, Counterfactual } from "./counterfactuals.ts";

/** An {@link Aftermath} as a table has it: null stands for what is not known. */
export type AftermathColumns = {
  readonly [Name in keyof Aftermath]: Exclude<Aftermath[Name], undefined> | null;
};

/** What a model makes of one altered text. */
export interface AftermathRow extends AftermathColumns {
  /** What was changed in the text. */
  readonly change: Change;
  /** The problem's id. */
  readonly problem: string;
  /** The index of the attempt in its source text. */
  readonly attempt: number;
  /** How many attempts come before in the altered text. */
  readonly earlier: number;
  /** Whether the attempt, as written in the source, states the target. */
  readonly right: boolean;
  /** What the model wrote after the text. */
  readonly continuation: string;
}

/**
 * Lets a model continue each altered text, and returns what becomes of it.
 *
 * @param model the model that writes.
 * @param texts the altered texts.
 * @param sources the texts from which the counterfactuals were made.
 * @param options how the texts are written.
 * @returns one row a text.
 * @throws CircuitbookError if a counterfactual is not from one of the sources.
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
): Promise<TableOf<AftermathRow>> {
  checkArguments("aftermathsOf", {
    model: [model, aModel],
    texts: [texts, is.listOf(aCounterfactual)],
    sources: [sources, is.listOf(is.like("a text", "problem", "text"))],
    options: [options, is.object],
  });

  const stray = texts.find(({ row, problem }) => sources[row]?.problem.id !== problem);
  if (stray) {
    throw new CircuitbookError(
      `Expected the texts that the counterfactuals were made from but found no ${stray.problem} at ${stray.row}.`,
    );
  }
  const { texts: written } = await model.generate(texts.map(({ tokens }) => tokens), options);
  return tableOf(texts.map((text, i): AftermathRow => {
    const { change, problem, attempt, index: earlier, right, row } = text;
    const after = aftermath(text, written[i], sources[row].problem);
    const { verdict = null, names = null } = after;
    return {
      change,
      problem,
      attempt,
      earlier,
      right,
      ...after,
      verdict,
      names,
      continuation: written[i],
    };
  }));
}
