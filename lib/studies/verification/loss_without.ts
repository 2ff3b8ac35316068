import { checkArguments, is } from "../../base/arguments.ts";
import type { Effect } from "../../stats/difference_of.ts";
import { effect } from "../../stats/effect.ts";

/** An ability of a model under one condition: a row of the table that {@link lossWithout} reads. */
export interface AbilityWithout {
  /** What is silenced: "nothing", "these heads" or "random heads". */
  readonly without: string;
  /** The number of the random set; any number for the other conditions. */
  readonly draw: number;
}

/** The loss of an ability without some heads, compared with the whole model and random heads. */
export interface LossWithout {
  /** The ability without the heads, minus the ability of the whole model. */
  readonly fromIntact: Effect;
  /** The ability without the heads, minus the ability without as many random heads. */
  readonly fromRandom: Effect;
  /**
   * Why the heads cannot be tested, in a sentence: the whole model lacks the ability, or the model
   * without as many random heads has less than half of the ability. Left out if the heads can be
   * tested.
   */
  readonly untestable?: string;
}

/**
 * Returns how much of an ability a model loses without some heads. A loss says something about
 * these heads only if the model keeps the ability without other heads. If silencing as many random
 * heads leaves less than half of the ability, the heads cannot be tested.
 *
 * @param rows the ability of each unit under the three conditions, as a number that is 0 without
 * the ability.
 * @param columns `of`: the column of the ability; true and false count as 1 and 0. `over`: the
 * column of the units, such as problems or pairs.
 * @returns both differences, with intervals over units and random sets, and why the heads cannot be
 * tested, if they cannot.
 * @throws CircuitbookError if a condition or a column is missing.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0, 1, 2, 3].flatMap((pair) => [
 *   { pair, without: "nothing", draw: 0, called: true },
 *   { pair, without: "these heads", draw: 0, called: false },
 *   { pair, without: "random heads", draw: 0, called: pair > 0 },
 * ]);
 * const { fromIntact, fromRandom, untestable } = verificationStudy.lossWithout(rows, {
 *   of: "called",
 *   over: "pair",
 * });
 * assertEquals([fromIntact.value, fromRandom.value, untestable], [-1, -0.75, undefined]);
 * ```
 */
export function lossWithout(
  rows: readonly AbilityWithout[],
  columns: { of: string; over: string },
): LossWithout {
  checkArguments("lossWithout", {
    rows: [rows, is.listOf(is.like("a row", "without", "draw"))],
    columns: [columns, is.like("an object", "of", "over")],
  });

  const against = (control: string) =>
    effect(rows, {
      ...columns,
      own: { without: "these heads" },
      control: { without: control },
      draws: "draw",
    });
  const { draws: _, ...fromIntact } = against("nothing");
  const fromRandom = against("random heads");
  return { fromIntact, fromRandom, untestable: whyUntestable(fromIntact, fromRandom) };
}

/** Returns why a loss without some heads says nothing about them, or `undefined` if it does. */
function whyUntestable(
  { control: intact, n }: Pick<Effect, "control" | "n">,
  { control: left }: Pick<Effect, "control">,
): string | undefined {
  if (intact <= 0) {
    return `The whole model does not have the ability (in ${n} cases): no heads can take it away.`;
  }
  const share = left / intact;
  return share >= 0.5
    ? undefined
    : `As many random heads leave ${
      Math.round(100 * share)
    } % of the ability: a loss without these heads says ` +
      "nothing about them.";
}
