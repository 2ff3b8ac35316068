import pl from "nodejs-polars";
import { z } from "zod";
import type { Watch } from "../../base/progress.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { MetricFunction } from "../../model/plan/metric.ts";
import type { Model } from "../../model/model.ts";
import { anything, checkOptions, watch } from "../../base/options.ts";
import { nextToken } from "../../model/next_token.ts";
import type { DigitList } from "./lists.ts";

/** Under which edits a model answers. */
export interface AnswerOptions extends Watch {
  readonly edit?: Edit | readonly Edit[];
}

/**
 * A metric for sweeps over some lists: 1 where the model's answer is the maximum, else 0.
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
export function isRight(
  lists: readonly DigitList[],
): MetricFunction {
  return (logits, row) => Number(nextToken(logits).top === lists[row].maximum);
}

/**
 * What a model answers to some lists, as a table: `row`, `maximum`, `said` (the token with the highest logit at ANS), `right`.
 *
 * @throws CircuitbookError for a model of another vocabulary, and for edits that do not fit it.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfList.answers(await loadModel("max-of-list"), [maxOfList.list([2, 7, 1, 1, 5])]);
 * assertEquals(table.getColumn("said").toArray(), [7]);
 * ```
 */
export async function answers(
  model: Model,
  lists: readonly DigitList[],
  options: AnswerOptions = {},
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject({ ...watch, edit: anything }), "maxOfList.answers");
  const { logits: { data, sizes } } = await model.run(tokensOf(lists), {
    ...options,
    logits: [-1],
  });
  return pl.DataFrame(lists.map(({ maximum }, row) => {
    const said = nextToken(data.subarray(row * sizes.vocab, (row + 1) * sizes.vocab)).top;
    return { row, maximum, said, right: said === maximum };
  }));
}

/**
 * The tokens of lists, as a model takes them.
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
  return lists.map(({ tokens }) => [...tokens]);
}

/**
 * For each list the positions of its maximum.
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
  return lists.map(({ digits, maximum }) =>
    [...digits.keys()].filter((i) => digits[i] === maximum)
  );
}
