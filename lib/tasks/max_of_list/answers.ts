import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { aDigitList } from "../kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Watch } from "../../base/progress.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { MetricFunction } from "../../model/plan/metric.ts";
import type { Model } from "../../model/model.ts";
import { anything, checkOptions, watch } from "../../base/options.ts";
import { nextToken } from "../../model/next_token.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import type { DigitList } from "./lists.ts";

/** Settings of {@link answers}. */
export interface AnswerOptions extends Watch {
  /** Edits of the run; `rows` are indices of the lists. */
  readonly edit?: Edit | readonly Edit[];
}

/** What a model answers to one list. */
export interface ListAnswer {
  /** The index of the list. */
  readonly row: number;
  /** The greatest digit of the list. */
  readonly maximum: number;
  /** The token with the highest logit at ANS. */
  readonly answer: number;
  /** Whether the answer is the maximum. */
  readonly right: boolean;
}

/**
 * Returns a metric for sweeps over some lists: 1 if the model's answer is the maximum, else 0.
 *
 * @param lists the lists, in the order of the sweep's rows.
 * @returns a function of the logits at ANS and the row.
 *
 * @example
 * ```ts
 * import { maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const metric = maxOfList.isRight([maxOfList.list([0, 1, 1, 0, 0])]);
 * assertEquals(metric(new Float32Array([0, 3, 1]), 0), 1);
 * ```
 */
export function isRight(lists: readonly DigitList[]): MetricFunction {
  return (logits, row) => Number(nextToken(logits).top === lists[row].maximum);
}

/**
 * Returns what a model answers to some lists.
 *
 * @param model a max-of-list model.
 * @param lists the lists that the model answers.
 * @param options edits of the run.
 * @returns one row a list.
 * @throws CircuitbookError if the model has another vocabulary, or an edit does not fit the model.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfList.answers(await loadModel("max-of-list"), [
 *   maxOfList.list([2, 7, 1, 1, 5]),
 * ]);
 * assertEquals(table.getColumn("answer").toArray(), [7]);
 * ```
 */
export async function answers(
  model: Model,
  lists: readonly DigitList[],
  options: AnswerOptions = {},
): Promise<TableOf<ListAnswer>> {
  checkArguments("answers", {
    model: [model, aModel],
    lists: [lists, is.listOf(aDigitList)],
  });

  checkOptions(options, z.strictObject({ ...watch, edit: anything }), "maxOfList.answers");
  const { logits: { data, sizes } } = await model.run(tokensOf(lists), {
    ...options,
    logits: [-1],
  });
  return tableOf(lists.map(({ maximum }, row) => {
    const answer = nextToken(data.subarray(row * sizes.vocab, (row + 1) * sizes.vocab)).top;
    return { row, maximum, answer, right: answer === maximum };
  }));
}

/**
 * Returns the tokens of lists, as `model.run` takes them.
 *
 * @param lists the lists.
 * @returns one row of token ids a list: the digits, then ANS.
 *
 * @example
 * ```ts
 * import { maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfList.tokensOf([maxOfList.list([2, 7, 1, 1, 5])]), [[2, 7, 1, 1, 5, 10]]);
 * ```
 */
export function tokensOf(lists: readonly DigitList[]): number[][] {
  checkArguments("tokensOf", { lists: [lists, is.listOf(aDigitList)] });

  return lists.map(({ tokens }) => [...tokens]);
}

/**
 * Returns the positions of the maximum in each list.
 *
 * @param lists the lists.
 * @returns one list of positions for each list of digits, in ascending order.
 *
 * @example
 * ```ts
 * import { maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(maxOfList.maximumAt([maxOfList.list([2, 7, 1, 7, 5])]), [[1, 3]]);
 * ```
 */
export function maximumAt(lists: readonly DigitList[]): number[][] {
  checkArguments("maximumAt", { lists: [lists, is.listOf(aDigitList)] });

  return lists.map(({ digits, maximum }) =>
    [...digits.keys()].filter((i) => digits[i] === maximum)
  );
}
