import pl from "nodejs-polars";
import { z } from "zod";
import { type HeadSet, scaleEdges } from "../../ablation/mod.ts";
import type { Watch } from "../../base/progress.ts";
import type { Model } from "../../model/model.ts";
import { anything, checkOptions, watch } from "../../base/options.ts";
import { numberRows } from "../../table/rows.ts";
import { sharesBy } from "../../stats/shares.ts";
import { isRight, maximumAt, tokensOf } from "../../tasks/max_of_list/answers.ts";
import { headNames, headSets } from "./head_sets.ts";
import { type DigitList, LENGTH } from "../../tasks/max_of_list/lists.ts";
import { othersAt } from "./other_positions.ts";

/** Which scores are scaled, in which heads. */
export interface ScoreScaleOptions extends Watch {
  readonly scales: readonly (number | "cut")[];
  /** Scores of ANS with the maximum (default), or as a control with as many other positions. */
  readonly of?: "maximum" | "others";
  /** Default: all heads one by one and in pairs. */
  readonly sets?: readonly HeadSet[];
}

const optionsSchema = z.strictObject({
  ...watch,
  scales: anything,
  sets: anything,
  of: z.enum(["maximum", "others"], 'to be "maximum" or "others"').optional(),
});

/**
 * What a model answers when the attention score of ANS with the maximum, before the softmax, is scaled in single heads and pairs, as
 * a table: `series` (the heads), `size` (how many), `scale` (null where the edge is cut), `row`, `right` (0 or 1).
 *
 * @throws CircuitbookError for a model of another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("max-of-list");
 * const lists = maxOfList.lists({ n: 20 });
 * assertEquals((await maxOfListStudy.scoreScales(model, lists, { scales: [0, 1] })).height, 10 * 2 * 20);
 * ```
 */
export async function scoreScales(
  model: Model,
  lists: readonly DigitList[],
  options: ScoreScaleOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, optionsSchema, "maxOfList.scoreScales");
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
  return pl.DataFrame(
    numberRows(table).map(({ set, scale = null, row, value: right }) => {
      return { series: headNames(sets[set]), size: sets[set].length, scale, row, right };
    }),
  );
}

/**
 * From which scale on the answers are right again, as a table: `series`, `back` (the smallest of the scales at which, and at all
 * greater ones, at least a share of 0.99, or `enough`, are right; Infinity where the greatest is too small).
 *
 * @param scaled a table of {@link scoreScales}; cut edges have no scale, and are left out.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = [[0, 1], [0.1, 0], [0.2, 1], [1, 1]].map(([scale, right]) => ({ series: "H0", scale, right }));
 * assertEquals(maxOfListStudy.comesBack(table).toRecords(), [{ series: "H0", back: 0.2 }]);
 * ```
 */
export function comesBack(
  scaled: pl.DataFrame | readonly { series: string; scale: number | null; right: number }[],
  { enough = 0.99 }: { enough?: number } = {},
): pl.DataFrame {
  const rows = scaled instanceof Array ? scaled : scaled.toRecords();
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
  return pl.DataFrame(found);
}
