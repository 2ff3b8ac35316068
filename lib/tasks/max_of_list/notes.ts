import pl from "nodejs-polars";
import { cosinesByStage } from "../../cosines_by_stage.ts";
import { attentionTo } from "../../heads/attention_to.ts";
import type { Model } from "../../model/model.ts";
import { meansBy, meanWhere } from "../../stats/means.ts";
import { numberRows, rowsWhere } from "../../stats/rows.ts";
import { answers, tokensOf } from "./answers.ts";
import { groupings, headNames } from "./head_sets.ts";
import type { DigitList } from "./lists.ts";
import { placements, stages } from "./placements.ts";
import { reading } from "./reading.ts";
import { scoreScales } from "./score_scales.ts";
import { attentionToMaximum, headRoles, logitShares, withoutHeads } from "./roles.ts";

/** A note on one model: what was measured, and whether it holds by the criterion. */
export interface Note {
  readonly note: string;
  readonly value: number;
  readonly holds: boolean;
}

/** At least this share of the answers is right: as good as all. */
const FULL = 0.99;

/**
 * The notes on the max-of-list model as numbers with criteria, for one model: `note`, `value`, `holds`. What is said of head 1, 2 or
 * 3 there is asked of the head that plays the part, as the numbers of heads mean nothing in another run.
 *
 * - `redundant head`: right answers without the head that adds least to the answer's logit; at least 0.99.
 * - `any head can go`, `any two can go`: right answers without the head, or the pair, that is missed most; at least 0.99.
 * - `two groups`: how much better the worst pair across the best two groups is than the best pair within; above 0, intervals apart.
 * - `one head dominates`, `one head is idle`: largest and smallest share of the answer's logit; above 0.5, below 0.05.
 * - `small residual`: the initial residual stream's share; below 0.1 in size.
 * - `one head alone`: right answers with the best head alone; above 0.5, interval included.
 * - `predecessor`: attention of the second position to a greater first one, most of all heads; above 0.5, and above that to a
 *   smaller one, intervals apart.
 * - `looks at the maximum`: attention of ANS to it in the head that is second in that; above 0.5.
 * - `score at 0, one head`, `…, both`: right answers with the score of the two heads that look most there at zero, the lower of the
 *   two, and both; below 0.9, and below what as many other positions at zero leave.
 * - `comes back`: the smallest scale at which 0.99 are right again in both of these heads, each by itself; above 0 and at most 0.2.
 * - `norms in no order`: heads whose mean value norms rise or fall from digit to digit throughout; none.
 * - `same at the end`, `other pattern`: cosine after the layer of lists with the maximum elsewhere, at least 0.99; and of the patterns
 *   of the head in which they differ most, below 0.9.
 * - `positions matter`: right answers with positional embeddings at zero; below 0.99.
 *
 * @throws CircuitbookError for a model of another vocabulary, or not of four heads in one layer.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const notes = await maxOfList.notes(await loadModel("max-of-list"), maxOfList.lists({ n: 50 }));
 * assertEquals(notes.columns, ["note", "value", "holds"]);
 * ```
 */
export async function notes(model: Model, lists: readonly DigitList[]): Promise<pl.DataFrame> {
  const parts = [headNotes, scoreNotes, lookBackNotes, valueNotes, placeNotes];
  const found: Note[] = [];
  for (const part of parts) found.push(...await part(model, lists));
  return pl.DataFrame(found.map((note) => ({ ...note })));
}

async function headNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const silenced = await withoutHeads(model, lists), shares = await logitShares(model, lists);
  const roles = numberRows(await headRoles(model, lists, { silenced, shares }));
  const [least, ...others] = [...roles].sort((a, b) => a.share - b.share), most = others.at(-1)!;
  const missed = Math.min(...roles.map(({ without }) => without)),
    residual = Number(shares.filter(shares.getColumn("head").isNull()).getColumn("share").get(0));
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
    { note: "two groups", value: best.gap, holds: best.across_low > best.within_high },
    { note: "one head dominates", value: most.share, holds: most.share > 0.5 },
    { note: "one head is idle", value: least.share, holds: least.share < 0.05 },
    { note: "small residual", value: residual, holds: Math.abs(residual) < 0.1 },
    { note: "one head alone", value: strongest.mean, holds: strongest.low > 0.5 },
  ];
}

async function scoreNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const looking = numberRows(await attentionToMaximum(model, lists)).sort((a, b) => b.attention - a.attention);
  const [first, second] = looking.map(({ layer, head }) => [layer, head] as const);
  const scales = [0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1];
  const sets = [[first], [second], [first, second]], series = sets.map(headNames);
  const means = meansBy(await scoreScales(model, lists, { scales, sets }), ["series", "scale"], "right");
  const right = (set: number, scale: number) => meanWhere(means, { series: series[set], scale }).value;
  const others = meansBy(await scoreScales(model, lists, { scales: [0], sets, of: "others" }), ["series"], "right");
  const control = series.map((series) => meanWhere(others, { series }).value);
  const back = [0, 1].map((set) => scales.find((scale) => right(set, scale) >= FULL) ?? Infinity);
  const zero = [0, 1].map((set) => right(set, 0)), worse = zero[0] <= zero[1] ? 0 : 1, latest = Math.max(...back);
  return [
    { note: "looks at the maximum", value: looking[1].attention, holds: looking[1].attention > 0.5 },
    { note: "score at 0, one head", value: zero[worse], holds: zero[worse] < Math.min(0.9, control[worse]) },
    { note: "score at 0, both", value: right(2, 0), holds: right(2, 0) < Math.min(0.9, control[2]) },
    { note: "comes back", value: latest, holds: latest > 0 && latest <= 0.2 },
  ];
}

async function lookBackNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const measured = await Promise.all([1, -1].map(async (sign) => {
    const own = lists.filter(({ digits: [first, second] }) => sign * (first - second) > 0);
    const places = { queries: own.map(() => [1]), keys: own.map(() => [0]) };
    return numberRows(await attentionTo(model, tokensOf(own), places));
  }));
  const [greater, smaller] = measured, best = greater.reduce((a, b) => b.attention > a.attention ? b : a);
  const other = smaller.find(({ head }) => head === best.head)!;
  return [{ note: "predecessor", value: best.attention, holds: best.low > 0.5 && best.low > other.high }];
}

async function valueNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const means = numberRows(meansBy(await reading(model, lists.slice(0, 200)), ["head", "digit"], "value"));
  const byHead = [...Map.groupBy(means, ({ head }) => head).values()];
  const count = byHead.filter((own) => {
    const norms = own.sort((a, b) => a.digit - b.digit).map(({ mean }) => mean), steps = norms.slice(1);
    return steps.every((norm, i) => norm >= norms[i]) || steps.every((norm, i) => norm <= norms[i]);
  }).length;
  return [{ note: "norms in no order", value: count, holds: count === 0 }];
}

async function placeNotes(model: Model, lists: readonly DigitList[]): Promise<Note[]> {
  const means = meansBy(await cosinesByStage(model, placements().moved, { stages }), ["stage", "head"], "cosine");
  const cosines = (stage: string) => numberRows(rowsWhere(means, { stage })).map(({ mean }) => mean);
  const [end] = cosines("residual after"), pattern = Math.min(...cosines("pattern"));
  const still = (await answers(model, lists, { edit: { at: "hook_pos_embed", scale: 0 } })).getColumn("right").mean();
  return [
    { note: "same at the end", value: end, holds: end >= FULL },
    { note: "other pattern", value: pattern, holds: pattern < 0.9 },
    { note: "positions matter", value: Number(still), holds: Number(still) < FULL },
  ];
}
