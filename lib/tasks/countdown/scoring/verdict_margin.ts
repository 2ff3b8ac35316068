import { checkArguments } from "../../../base/arguments.ts";
import { aTokenizer } from "../../kinds.ts";
import type { LogitDifference } from "../../../model/plan/metric.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import { verdictStarts } from "./verdict_starts.ts";

/**
 * Returns a metric: the logit of `this` minus the logit of `not`, at the last position.
 *
 * @param tokenizer the tokenizer of the model that is judged.
 * @returns a logit difference, as sweeps and patching take it.
 * @throws CircuitbookError if one of the two words is not a single token.
 *
 * @example
 * ```ts
 * import { ablation, countdown, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = countdown.verdictMargin(model.tokenizer);
 * const table = await ablation.sweepHeads(model, "11 + 5 = 16 (", { metric, heads: [[1, 3]] });
 * assertEquals(table.height, 1);
 * ```
 */
export function verdictMargin(tokenizer: TextTokenizer): LogitDifference {
  checkArguments("verdictMargin", {
    tokenizer: [tokenizer, aTokenizer],
  });

  const { right, wrong } = verdictStarts(tokenizer);
  return { logitDifference: [right, wrong] };
}
