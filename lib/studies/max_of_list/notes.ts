import pl from "nodejs-polars";
import { cosinesByStage } from "./cosines_by_stage.ts";
import { attentionTo } from "../../heads/attention_to.ts";
import type { Model } from "../../model/model.ts";
import { meansBy, meanWhere } from "../../stats/means.ts";
import { numberRows, rowsWhere } from "../../table/rows.ts";
import { sharesBy, shareWhere } from "../../stats/shares.ts";
import { equalLengths } from "../../steering/vector_edits.ts";
import { answers, tokensOf } from "../../tasks/max_of_list/answers.ts";
import { groupings, headNames } from "./head_sets.ts";
import type { DigitList } from "../../tasks/max_of_list/lists.ts";
import { placements, stages } from "./placements.ts";
import { embeddingCosines, noPositions } from "./positions.ts";
import { reading } from "./reading.ts";
import { comesBack, scoreScales } from "./score_scales.ts";
import { attentionToMaximum, headRoles, logitShares, withoutHeads } from "./roles.ts";

/** A note on one model: what was measured, and whether it holds by the criterion. */
interface Note {
  readonly note: string;
  readonly value: number;
  readonly holds: boolean;
}

/** At least this share of the answers is right: as good as all. */
const FULL = 0.99;

/** What answers drop below, when they drop. */
const DROP = 0.9;

/** The share of right answers of a model that always says the same digit, when each is the maximum equally often. */
const CHANCE = 0.1;

/**
 * The notes on the max-of-list model as numbers with criteria, for one model: `note`, `value`, `holds`. What is said of head 1, 2 or
 * 3 there is asked of the head that plays the part, as the numbers of heads mean nothing in another run.
 *
 * - `redundant head`: right answers without the head that adds least to the answer's logit; at least 0.99.
 * - `any head can go`, `any two can go`: right answers without the head, or the pair, that is missed most; at least 0.99.
 * - `two groups`: how much better the worst pair across the best two groups is than the best pair within; above 0, intervals apart,
 *   and the worst pair across at least 0.99.
 * - `one head dominates`, `one head is idle`: largest and smallest share of the answer's logit; above 0.5, below 0.05.
 * - `small residual`: the initial residual stream's share; below 0.1 in size.
 * - `one head alone`: right answers with the best head alone; above 0.5, interval included.
 * - `predecessor`: attention of the second position to a greater first one, most of all heads; above 0.5, and above that to a
 *   smaller one, intervals apart.
 * - `looks at the maximum`: attention of ANS to it in the head that is second in that; above 0.5.
 * - `drop at 0, one head`, `…, both`: right answers with the score of the two heads that look most there at zero, the lower of the
 *   two, and both; below 0.9, both below each by itself and above chance, intervals included.
 * - `drop at 0, beyond control`: how much lower it is with both than with as many other positions at zero; above 0, intervals apart.
 * - `comes back`: the smallest scale from which on 0.99 are right in both of these heads, each by itself; above 0 and at most 0.2.
 * - `not by direction`: right answers with keys of equal length; below 0.9, interval included.
 * - `norms in no order`: heads whose mean value norms rise or fall from digit to digit throughout; none.
 * - `same values`, `same at the end`: cosine of the values of all rows, and of the residual stream after the layer, of lists with the
 *   maximum elsewhere; at least 0.99, and above that of lists with another maximum, intervals apart.
 * - `one other pattern`: heads whose patterns have a cosine below 0.9 there; one.
 * - `similar positions`: mean cosine between the positional embeddings of the five digits; at least 0.9.
 * - `positions matter`: right answers with positional embeddings at zero; below 0.99.
 *
 * @throws CircuitbookError for a model of another vocabulary, or not of four heads in one layer.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const notes = await maxOfListStudy.notes(await loadModel("max-of-list"), maxOfList.lists({ n: 50 }));
 * assertEquals(notes.columns, ["note", "value", "holds"]);
 * ```
 */
export async function notes(model: Model, lists: readonly DigitList[]): Promise<pl.DataFrame> {
  const parts = [headNotes, scoreNotes, directionNotes, lookBackNotes, valueNotes, placeNotes];
  const found: Note[] = [];
  for (const part of parts) found.push(...await part(model, lists));
  return pl.DataFrame(found.map((note) => ({ ...note })));
}

async function headNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const silenced = await withoutHeads(model, lists);
  const shares = await logitShares(model, lists);
  const roles = numberRows(await headRoles(model, lists, { silenced, shares }));
  const [least, ...others] = [...roles].sort((a, b) => a.share - b.share);
  const most = others.at(-1)!;
  const missed = Math.min(...roles.map(({ without }) => without));
  const residual = Number(
    shares.filter(shares.getColumn("head").isNull()).getColumn("share").get(0),
  );
  const [best] = numberRows(groupings(silenced));
  const pairs = meansBy(rowsWhere(silenced, { size: 2 }), ["silenced"], "right");
  const double = Math.min(...numberRows(pairs).map(({ mean }) => mean));
  const alone = rowsWhere(silenced, { size: model.architecture.heads - 1 });
  const byHead = numberRows(meansBy(alone, ["silenced"], "right"));
  const strongest = byHead.reduce((one, other) => other.mean > one.mean ? other : one);
  return [
    { note: "redundant head", value: least.without, holds: least.without >= FULL },
    { note: "any head can go", value: missed, holds: missed >= FULL },
    { note: "any two can go", value: double, holds: double >= FULL },
    { note: "two groups", value: best.gap, holds: best.across >= FULL && best.gap_low > 0 },
    { note: "one head dominates", value: most.share, holds: most.share > 0.5 },
    { note: "one head is idle", value: least.share, holds: least.share < 0.05 },
    { note: "small residual", value: residual, holds: Math.abs(residual) < 0.1 },
    { note: "one head alone", value: strongest.mean, holds: strongest.low > 0.5 },
  ];
}

async function scoreNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const looking = numberRows(await attentionToMaximum(model, lists)).sort((a, b) =>
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
  const back = numberRows(comesBack(own)).slice(0, 2).map(({ back }) => back);
  const latest = Math.max(...back);
  const worse = zero[0].value <= zero[1].value ? zero[0] : zero[1];
  const [one, two, both] = zero;
  const further = both.high < Math.min(DROP, one.low, two.low) && both.low > CHANCE;
  return [
    {
      note: "looks at the maximum",
      value: looking[1].attention,
      holds: looking[1].attention > 0.5,
    },
    { note: "drop at 0, one head", value: worse.value, holds: worse.high < DROP },
    { note: "drop at 0, both", value: both.value, holds: further },
    {
      note: "drop at 0, beyond control",
      value: control[2].value - both.value,
      holds: both.high < control[2].low,
    },
    { note: "comes back", value: latest, holds: latest > 0 && latest <= 0.2 },
  ];
}

async function directionNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const at = "blocks.0.attn.hook_k";
  const reference = (await model.run(tokensOf(lists), { tap: at })).get(at);
  const table = await answers(model, lists, { edit: equalLengths(at, reference) });
  const right = shareWhere(sharesBy(table, [], ({ right }: { right: boolean }) => right), {});
  return [{ note: "not by direction", value: right.value, holds: right.high < DROP }];
}

async function lookBackNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const measured = await Promise.all([1, -1].map(async (sign) => {
    const own = lists.filter(({ digits: [first, second] }) => sign * (first - second) > 0);
    const places = { queries: own.map(() => [1]), keys: own.map(() => [0]) };
    return numberRows(await attentionTo(model, tokensOf(own), places));
  }));
  const [greater, smaller] = measured;
  const best = greater.reduce((a, b) => b.attention > a.attention ? b : a);
  const other = smaller.find(({ head }) => head === best.head)!;
  return [{
    note: "predecessor",
    value: best.attention,
    holds: best.low > 0.5 && best.low > other.high,
  }];
}

async function valueNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const means = numberRows(
    meansBy(await reading(model, lists.slice(0, 200)), ["head", "digit"], "value"),
  );
  const byHead = [...Map.groupBy(means, ({ head }) => head).values()];
  const count = byHead.filter((own) => {
    const norms = own.sort((a, b) => a.digit - b.digit).map(({ mean }) => mean);
    const steps = norms.slice(1);
    return steps.every((norm, i) => norm >= norms[i]) || steps.every((norm, i) => norm <= norms[i]);
  }).length;
  return [{ note: "norms in no order", value: count, holds: count === 0 }];
}

async function placeNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
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
    const { value, low } = meanWhere(here, { stage });
    return { note, value, holds: value >= FULL && low > meanWhere(there, { stage }).high };
  });
  const patterns = numberRows(meansBy(rowsWhere(own, { stage: pattern }), ["head"], "cosine"));
  const other = patterns.filter(({ mean }) => mean < 0.9).length;
  const [similar] = numberRows(
    meansBy(rowsWhere(await embeddingCosines(model), { of: "positions" }), [], "cosine"),
  );
  const still = Number(
    (await answers(model, lists, { edit: noPositions })).getColumn("right").mean(),
  );
  return [
    ...same,
    { note: "one other pattern", value: other, holds: other === 1 },
    { note: "similar positions", value: similar.mean, holds: similar.mean >= 0.9 },
    { note: "positions matter", value: still, holds: still < FULL },
  ];
}
