import pl from "nodejs-polars";
import { silenceSets } from "../../ablation/mod.ts";
import { direct } from "../../attribution/mod.ts";
import { attentionTo } from "../../heads/attention_to.ts";
import type { Model } from "../../model/model.ts";
import { nextToken } from "../../model/next_token.ts";
import { meansBy, meanWhere } from "../../stats/means.ts";
import { numberRows } from "../../table/rows.ts";
import { isRight, maximumAt, tokensOf } from "../../tasks/max_of_list/answers.ts";
import { headNames, headSets } from "./head_sets.ts";
import { type DigitList, LENGTH } from "../../tasks/max_of_list/lists.ts";

/**
 * How much each head attends from ANS to the maximum, wherever it stands: the columns of `heads.attentionTo`.
 *
 * @throws CircuitbookError for a model of another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.attentionToMaximum(await loadModel("max-of-list"), maxOfList.lists({ n: 20 }));
 * assertEquals(table.height, 4);
 * ```
 */
export function attentionToMaximum(
  model: Model,
  lists: readonly DigitList[],
): Promise<pl.DataFrame> {
  return attentionTo(model, tokensOf(lists), {
    queries: lists.map(() => [LENGTH]),
    keys: maximumAt(lists),
  });
}

/**
 * What a model answers without each set of its heads, as a table: `silenced` (the names of the heads), `kept` (those of the
 * others), `size` (how many are silenced), `row`, `maximum`, `ahead` (by how much it is greater than the next digit; null where
 * all are alike), `right` (0 or 1).
 *
 * @throws CircuitbookError for a model of another vocabulary, or of more than 8 heads.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.withoutHeads(await loadModel("max-of-list"), maxOfList.lists({ n: 20 }));
 * assertEquals(table.height, 15 * 20);
 * ```
 */
export async function withoutHeads(
  model: Model,
  lists: readonly DigitList[],
): Promise<pl.DataFrame> {
  const sets = headSets(model);
  const metric = isRight(lists);
  const all = sets.at(-1)!;
  const table = await silenceSets(model, tokensOf(lists), sets, { metric });
  const names = sets.map((set) => {
    const taken = new Set(set.map(String));
    const left = all.filter((head) => !taken.has(String(head)));
    return { silenced: headNames(set), kept: headNames(left), size: set.length };
  });
  return pl.DataFrame(
    numberRows(table).map(({ set, row, value: right }) => {
      return { ...names[set], row, maximum: lists[row].maximum, ahead: aheadIn(lists[row]), right };
    }),
  );
}

/** By how much the maximum is greater than the next digit; null where all digits are alike. */
function aheadIn({ digits, maximum }: DigitList): number | null {
  const others = digits.filter((digit) => digit < maximum);
  return others.length ? maximum - Math.max(...others) : null;
}

/**
 * What each head and the initial residual stream add to the logit of the maximum, as shares of its mean, as a table: `part` ("H0" …
 * "initial residual"), `head` (null for the initial residual), `share`, `low`, `high` (95 % bootstrap over lists, the mean logit
 * taken as known), `n`.
 *
 * Logits are free to shift by a constant, so that a share of one logit is a convention. With `of: "lead"` it is a share of what
 * decides the answer: that logit minus the highest one of another digit.
 *
 * @throws CircuitbookError for a model of another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.logitShares(await loadModel("max-of-list"), maxOfList.lists({ n: 20 }));
 * assertAlmostEquals(table.getColumn("share").sum(), 1, 1e-4);
 * ```
 */
export async function logitShares(
  model: Model,
  lists: readonly DigitList[],
  { of = "answer" }: { of?: "answer" | "lead" } = {},
): Promise<pl.DataFrame> {
  const against = of === "lead" ? await strongestWrong(model, lists) : undefined;
  const found = await direct(model, tokensOf(lists), {
    answer: lists.map(({ maximum }) => maximum),
    against,
  });
  const total = found.logitDifferences.data.reduce((sum, value) => sum + value, 0) / lists.length;
  const rows = found.table().toRecords().map(({ row, component, head, contribution }) => {
    const part = component === "head" ? `H${head}` : "initial residual";
    return {
      part,
      head: component === "head" ? Number(head) : null,
      row,
      share: Number(contribution) / total,
    };
  });
  // Token and position embeddings are one.
  const summed = [...Map.groupBy(rows, ({ part, row }) => `${part} ${row}`).values()]
    .map((own) => ({ ...own[0], share: own.reduce((sum, { share }) => sum + share, 0) }));
  return meansBy(summed, ["part", "head"], "share").rename({ mean: "share" });
}

/** For each list the wrong digit with the highest logit. */
async function strongestWrong(model: Model, lists: readonly DigitList[]): Promise<number[]> {
  const { logits: { data, sizes } } = await model.run(tokensOf(lists), { logits: [-1] });
  return lists.map(({ maximum }, row) => {
    const digits = Float32Array.from({ length: 10 }, (_, digit) => data[row * sizes.vocab + digit]);
    digits[maximum] = -Infinity;
    return nextToken(digits).top;
  });
}

/**
 * The role of each head in shares of one, as a table: `layer`, `head`, `attention` (from ANS to the maximum), `share` (of the logit
 * of the maximum), `without` (right answers with the head silenced), `alone` (with all others silenced).
 *
 * @param known tables of {@link withoutHeads} and {@link logitShares} that are there already.
 * @throws CircuitbookError for a model of another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const roles = await maxOfListStudy.headRoles(await loadModel("max-of-list"), maxOfList.lists({ n: 20 }));
 * assertEquals(roles.columns, ["layer", "head", "attention", "share", "without", "alone"]);
 * ```
 */
export async function headRoles(
  model: Model,
  lists: readonly DigitList[],
  known: { silenced?: pl.DataFrame; shares?: pl.DataFrame } = {},
): Promise<pl.DataFrame> {
  const attention = numberRows(await attentionToMaximum(model, lists));
  const shares = numberRows(known.shares ?? await logitShares(model, lists));
  const sets = meansBy(known.silenced ?? await withoutHeads(model, lists), ["silenced"], "right");
  const right = (silenced: string) => meanWhere(sets, { silenced }).value;
  const all = attention.map(({ head }) => [0, head] as const);
  return pl.DataFrame(attention.map(({ layer, head, attention }) => {
    const share = shares.find((row) => row.head === head)!.share;
    const others = all.filter(([, other]) => other !== head);
    return {
      layer,
      head,
      attention,
      share,
      without: right(`H${head}`),
      alone: right(headNames(others)),
    };
  }));
}
