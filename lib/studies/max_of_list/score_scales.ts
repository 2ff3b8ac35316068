import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { aDigitList } from "../../tasks/kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { type HeadSet, scaleEdges } from "../../ablation/mod.ts";
import type { Watch } from "../../base/progress.ts";
import type { Model } from "../../model/model.ts";
import { anything, checkOptions, watch } from "../../base/options.ts";
import { numberRows } from "../../table/rows.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { sharesBy } from "../../stats/shares.ts";
import { isRight, maximumAt, tokensOf } from "../../tasks/max_of_list/answers.ts";
import { headNames, headSets } from "./head_sets.ts";
import { type DigitList, LENGTH } from "../../tasks/max_of_list/lists.ts";
import { othersAt } from "./other_positions.ts";

/** Settings of {@link scoreScales}. */
export interface ScoreScaleOptions extends Watch {
  /** Factors of the score; "cut" removes the edge (a score of −∞). */
  readonly scales: readonly (number | "cut")[];
  /** Scores of ANS with the maximum (default), or, as a control, with as many other positions. */
  readonly of?: "maximum" | "others";
  /** The sets of heads in which scores are scaled. By default each head, and each two heads. */
  readonly sets?: readonly HeadSet[];
}

/** An answer with attention scores scaled. */
export interface ScaledAnswer {
  /** The names of the heads: `H0 H2`. */
  readonly series: string;
  /** How many heads. */
  readonly size: number;
  /** The factor of the score; null where the edge is cut. */
  readonly scale: number | null;
  /** The index of the list. */
  readonly row: number;
  /** 1 if the answer is the maximum, else 0. */
  readonly right: number;
}

/** The scale from which on a model's answers are right again. */
export interface ScaleBack {
  /** The names of the heads. */
  readonly series: string;
  /** The smallest scale; Infinity if accuracy is not back at the greatest. */
  readonly back: number;
}

const optionsSchema = z.strictObject({
  ...watch,
  scales: anything,
  sets: anything,
  of: z.enum(["maximum", "others"], 'to be "maximum" or "others"').optional(),
});

/**
 * Returns whether the model answers rightly with the attention score of ANS with the maximum
 * multiplied by each scale, before the softmax, in each set of heads.
 *
 * @param model a max-of-list model.
 * @param lists the lists that the model answers.
 * @param options the scales, the sets of heads, and whose scores are scaled.
 * @returns one row for each set of heads, scale and list.
 * @throws CircuitbookError if the model has another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("max-of-list");
 * const lists = maxOfList.lists({ n: 20 });
 * assertEquals(
 *   (await maxOfListStudy.scoreScales(model, lists, { scales: [0, 1] })).height,
 *   10 * 2 * 20,
 * );
 * ```
 */
export async function scoreScales(
  model: Model,
  lists: readonly DigitList[],
  options: ScoreScaleOptions,
): Promise<TableOf<ScaledAnswer>> {
  checkArguments("scoreScales", {
    model: [model, aModel],
    lists: [lists, is.listOf(aDigitList)],
  });

  checkOptions(options, optionsSchema, "scoreScales");
  const {
    of = "maximum",
    scales,
    sets = headSets(model).filter(({ length }) => length <= 2),
    ...rest
  } = options;
  const table = await scaleEdges(model, tokensOf(lists), sets, {
    ...rest,
    scales,
    metric: isRight(lists),
    queries: lists.map(() => LENGTH),
    keys: of === "maximum" ? maximumAt(lists) : othersAt(lists),
  });
  return tableOf(
    numberRows(table).map(({ set, scale = null, row, value: right }): ScaledAnswer => {
      return { series: headNames(sets[set]), size: sets[set].length, scale, row, right };
    }),
  );
}

/**
 * Returns, for each set of heads, the smallest scale from which on accuracy is full: at this and at
 * all greater scales.
 *
 * @param scaled the table of {@link scoreScales}; rows with cut edges have no scale and are left
 * out.
 * @param options `enough`: the share of right answers that counts as full. Default 0.99.
 * @returns one row a set of heads.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = [[0, 1], [0.1, 0], [0.2, 1], [1, 1]].map(([scale, right]) => ({
 *   series: "H0",
 *   scale,
 *   right,
 * }));
 * assertEquals(maxOfListStudy.comesBack(table).toRecords(), [{ series: "H0", back: 0.2 }]);
 * ```
 */
export function comesBack(
  scaled:
    | TableOf<ScaledAnswer>
    | readonly Pick<ScaledAnswer, "series" | "scale" | "right">[],
  options: { enough?: number } = {},
): TableOf<ScaleBack> {
  checkArguments("comesBack", {
    scaled: [scaled, is.either(is.table, is.objects)],
    options: [options, is.object],
  });
  const { enough = 0.99 } = options;

  const rows = scaled instanceof Array ? scaled : rowsOf(scaled);
  const shares = sharesBy(
    rows.filter(({ scale }) => scale !== null),
    ["series", "scale"],
    ({ right }) => right === 1,
  );
  const found = [...Map.groupBy(shares.toRecords(), ({ series }) => String(series))].map(
    ([series, own]) => {
      const descending = own.toSorted((a, b) => Number(b.scale) - Number(a.scale));
      const first = descending.findIndex(({ share }) => Number(share) < enough);
      const last = first < 0 ? descending.at(-1) : descending[first - 1];
      return { series, back: Number(last?.scale ?? Infinity) };
    },
  );
  return tableOf(found);
}
