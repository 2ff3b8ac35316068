import { checkArguments, is } from "../../base/arguments.ts";
import { aJudgedPair } from "./kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { type HeadSet, silenceSets } from "../../ablation/silence_sets.ts";
import type { Model } from "../../model/model.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { verdictMargin } from "../../tasks/countdown/scoring/verdict_margin.ts";
import type { JudgedPair } from "./judged_pair.ts";
import type { VerificationHeads } from "./verification_heads.ts";

/** A set of heads with the columns that name the set in a table. */
export interface NamedHeads {
  /** The name of the set, or of the method that chose it. */
  readonly set: string;
  /** How many heads are silenced together. */
  readonly size: number;
  /** The heads. */
  readonly heads: HeadSet;
}

/** Whether one result is called right without some heads. */
export interface CalledRight {
  /** The name of the set. */
  readonly set: string;
  /** The number of silenced heads. */
  readonly size: number;
  /** The number of the set in the list of sets, which tells random sets of one name apart. */
  readonly draw: number;
  /** Whether the result is what the problem asks for: "right" or "wrong". */
  readonly result: string;
  /** The pair. */
  readonly pair: number;
  /** Whether `this` is more probable than `not`. */
  readonly called: boolean;
  /** The logit of `this` minus the logit of `not`. */
  readonly margin: number;
}

/**
 * Returns which results a model calls right without some heads, which are silenced in the window of
 * the model's verification heads.
 *
 * @param model the model.
 * @param pairs pairs of a right and a wrong result.
 * @param sets the sets of heads; an empty set silences nothing.
 * @param verifiers the verification heads, for their window.
 * @returns a row for each set, pair and result.
 * @throws CircuitbookError if the tokenizer has no single tokens for ` this` and ` not`, or if the
 * model has no such head.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { pairs } = countdown.matchedPairs(model.tokenizer, { n: 2, seed: 1 });
 * const sets = [{ set: "none", size: 0, heads: [] }];
 * const table = await verificationStudy.calledRight(model, pairs, sets, {
 *   from: ({ open }) => open,
 * });
 * assertEquals(table.height, 4);
 * ```
 */
export async function calledRight(
  model: Model,
  pairs: readonly JudgedPair[],
  sets: readonly NamedHeads[],
  verifiers: Pick<VerificationHeads, "from">,
): Promise<TableOf<CalledRight>> {
  checkArguments("calledRight", {
    model: [model, aModel],
    pairs: [pairs, is.listOf(aJudgedPair)],
    sets: [sets, is.listOf(is.like("heads with a name", "set", "size", "heads"))],
    verifiers: [verifiers, is.like("an object", "from")],
  });

  const metric = verdictMargin(model.tokenizer);
  const from = pairs.map(({ positions }) => verifiers.from(positions));
  const found: CalledRight[] = [];
  for (const [result, own] of [["right", "correct"], ["wrong", "wrong"]] as const) {
    const rows = pairs.map((pair) => pair[own]);
    const table = await silenceSets(model, rows, sets.map(({ heads }) => heads), { metric, from });
    found.push(
      ...rowsOf(table).map(({ set: draw, row: pair, value: margin }) => {
        const { set, size } = sets[draw];
        return { set, size, draw, result, pair, called: margin > 0, margin };
      }),
    );
  }
  return tableOf(found);
}
