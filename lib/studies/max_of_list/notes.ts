import { checkArguments, is } from "../../base/arguments.ts";
import { aDigitList } from "../../tasks/kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { attentionTo } from "../../heads/attention_to.ts";
import type { Model } from "../../model/model.ts";
import { meansBy, meanWhere } from "../../stats/means.ts";
import { sharesBy, shareWhere } from "../../stats/shares.ts";
import { equalLengths } from "../../steering/vector_edits.ts";
import { numberRows, rowsWhere } from "../../table/rows.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { answers, tokensOf } from "../../tasks/max_of_list/answers.ts";
import type { DigitList } from "../../tasks/max_of_list/lists.ts";
import { cosinesByStage } from "./cosines_by_stage.ts";
import { criteria } from "./criteria.ts";
import { groupings, headNames } from "./head_sets.ts";
import { placements, stages } from "./placements.ts";
import { alikePositions, embeddingCosines } from "./positions.ts";
import { reading } from "./reading.ts";
import { attentionToMaximum, headRoles, logitShares, withoutHeads } from "./roles.ts";
import { comesBack, scoreScales } from "./score_scales.ts";

/** The result of one note in one model. */
export interface Note {
  /** The name of the note: `redundant head`. */
  readonly note: string;
  /** What was measured, in the unit of the note's criterion. */
  readonly value: number;
  /** Whether the note holds, by its criterion. */
  readonly holds: boolean;
}

/**
 * Returns the result of each note on the max-of-list model in one model. The numbers of heads mean
 * nothing in another training run, so a note on "head 3" is tested on the head with the same role.
 *
 * The experiments are those of notebook 05, over fewer lists, and the criteria are the same
 * `criteria`.
 *
 * @param model a max-of-list model of one layer and four heads.
 * @param lists the lists that the model answers.
 * @returns one row a note; without positional embeddings, the two notes on these embeddings are
 * left out.
 * @throws CircuitbookError if the model has another vocabulary, or more than 8 heads.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const notes = await maxOfListStudy.notes(
 *   await loadModel("max-of-list"),
 *   maxOfList.lists({ n: 50 }),
 * );
 * assertEquals(notes.columns, ["note", "value", "holds"]);
 * ```
 */
export async function notes(model: Model, lists: readonly DigitList[]): Promise<TableOf<Note>> {
  checkArguments("notes", {
    model: [model, aModel],
    lists: [lists, is.listOf(aDigitList)],
  });

  const experiments = [
    headNotes,
    scoreNotes,
    directionNotes,
    lookBackNotes,
    valueNotes,
    positionNotes,
  ];
  const found: Note[] = [];
  for (const experiment of experiments) found.push(...await experiment(model, lists));
  return tableOf(found);
}

async function headNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const silenced = await withoutHeads(model, lists);
  const shares = await logitShares(model, lists);
  const roles = rowsOf(await headRoles(model, lists, { silenced, shares }));
  const [least, ...others] = [...roles].sort((a, b) => a.share - b.share);
  const most = others.at(-1)!;
  const missed = Math.min(...roles.map(({ without }) => without));
  const residual = rowsOf(shares).find(({ head }) => head === null)!.share;
  const [best] = rowsOf(groupings(silenced));
  const byTwo = meansBy(rowsWhere(silenced, { size: 2 }), ["silenced"], "right");
  const double = Math.min(...numberRows(byTwo).map(({ mean }) => mean));
  const alone = rowsWhere(silenced, { size: model.architecture.heads - 1 });
  const byHead = numberRows(meansBy(alone, ["silenced"], "right"));
  const strongest = byHead.reduce((one, other) => other.mean > one.mean ? other : one);
  return [
    { note: "redundant head", value: least.without, holds: criteria.isFull(least.without) },
    { note: "any head can go", value: missed, holds: criteria.isFull(missed) },
    { note: "any two can go", value: double, holds: criteria.isFull(double) },
    { note: "two groups", value: best.gap, holds: criteria.formsTwoGroups(best) },
    { note: "one head dominates", value: most.share, holds: criteria.dominates(most.share) },
    { note: "one head is idle", value: least.share, holds: criteria.isIdle(least.share) },
    { note: "small residual", value: residual, holds: criteria.addsLittle(residual) },
    {
      note: "one head alone",
      value: strongest.mean,
      holds: criteria.worksAlone({ low: strongest.low }),
    },
  ];
}

async function scoreNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const looking = rowsOf(await attentionToMaximum(model, lists)).sort((a, b) =>
    b.attention - a.attention
  );
  const [first, second] = looking.map(({ layer, head }) => [layer, head] as const);
  const scales = [0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.4, 0.6, 0.8, 1];
  const sets = [[first], [second], [first, second]];
  const series = sets.map(headNames);
  const own = await scoreScales(model, lists, { scales, sets });
  const others = await scoreScales(model, lists, { scales: [0], sets, of: "others" });
  const [zero, control] = [own, others].map((table) => {
    const shares = sharesBy(
      table,
      ["series", "scale"],
      ({ right }: { right: number }) => right === 1,
    );
    return series.map((series) => shareWhere(shares, { series, scale: 0 }));
  });
  const back = rowsOf(comesBack(own)).slice(0, 2).map(({ back }) => back);
  const latest = Math.max(...back);
  const worse = zero[0].value <= zero[1].value ? zero[0] : zero[1];
  const [one, two, both] = zero;
  return [
    {
      note: "looks at the maximum",
      value: looking[1].attention,
      holds: criteria.attendToMaximum(looking.slice(0, 2)),
    },
    { note: "drop at 0, one head", value: worse.value, holds: criteria.drops(worse) },
    { note: "drop at 0, both", value: both.value, holds: criteria.dropsFurther(both, [one, two]) },
    {
      note: "drop at 0, beyond control",
      value: control[2].value - both.value,
      holds: criteria.isBelow(both, control[2]),
    },
    { note: "comes back", value: latest, holds: criteria.comesBackEarly(latest) },
  ];
}

async function directionNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const at = "blocks.0.attn.hook_k";
  const reference = (await model.run(tokensOf(lists), { tap: at })).get(at);
  const table = await answers(model, lists, { edit: equalLengths(at, reference) });
  const right = shareWhere(sharesBy(table, [], ({ right }: { right: boolean }) => right), {});
  return [{ note: "not by direction", value: right.value, holds: criteria.drops(right) }];
}

async function lookBackNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const measured = await Promise.all([1, -1].map(async (sign) => {
    const own = lists.filter(({ digits: [first, second] }) => sign * (first - second) > 0);
    const positions = { queries: own.map(() => [1]), keys: own.map(() => [0]) };
    return rowsOf(await attentionTo(model, tokensOf(own), positions));
  }));
  const [greater, smaller] = measured;
  const best = greater.reduce((a, b) => b.attention > a.attention ? b : a);
  const other = smaller.find(({ head }) => head === best.head)!;
  return [{
    note: "predecessor",
    value: best.attention,
    holds: criteria.attendsToGreater(best, other),
  }];
}

async function valueNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const means = numberRows(
    meansBy(await reading(model, lists.slice(0, 200)), ["head", "digit"], "value"),
  );
  const byHead = [...Map.groupBy(means, ({ head }) => head).values()];
  const count =
    byHead.filter((own) =>
      criteria.isOrdered(own.toSorted((a, b) => a.digit - b.digit).map(({ mean }) => mean))
    ).length;
  return [{ note: "norms in no order", value: count, holds: count === 0 }];
}

async function positionNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const { moved, changed } = placements();
  const [before, end, pattern] = ["V, all rows", "residual after", "pattern"];
  const asked = stages.filter(({ stage }) => [before, end, pattern].includes(stage));
  const [own, control] = await Promise.all(
    [moved, changed].map((rows) => cosinesByStage(model, rows, { stages: asked })),
  );
  const [here, there] = [own, control].map((table) =>
    meansBy(table, ["stage"], "cosine", { groups: "group" })
  );
  const same = [["same values", before], ["same at the end", end]].map(([note, stage]): Note => {
    const cosine = meanWhere(here, { stage });
    const holds = criteria.isSame(cosine, meanWhere(there, { stage }));
    return { note, value: cosine.value, holds };
  });
  const patterns = numberRows(meansBy(rowsWhere(own, { stage: pattern }), ["head"], "cosine"));
  const other = patterns.filter(({ mean }) => criteria.differs(mean)).length;
  const known = [...same, { note: "one other pattern", value: other, holds: other === 1 }];
  // Without positional embeddings, the two notes on the embeddings cannot be tested.
  if (model.architecture.weights.positions === undefined) return known;
  const [similar] = numberRows(
    meansBy(rowsWhere(await embeddingCosines(model), { of: "positions" }), [], "cosine"),
  );
  const still = Number(
    (await answers(model, lists, { edit: await alikePositions(model) })).getColumn("right").mean(),
  );
  return [
    ...known,
    { note: "similar positions", value: similar.mean, holds: criteria.isSimilar(similar.mean) },
    { note: "positions matter", value: still, holds: !criteria.isFull(still) },
  ];
}
