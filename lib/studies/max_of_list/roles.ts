import { checkArguments, is } from "../../base/arguments.ts";
import { aDigitList } from "../../tasks/kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { silenceSets } from "../../ablation/mod.ts";
import { direct } from "../../attribution/mod.ts";
import { attentionTo, type HeadAttention } from "../../heads/attention_to.ts";
import type { Model } from "../../model/model.ts";
import { nextToken } from "../../model/next_token.ts";
import { meansBy, meanWhere } from "../../stats/means.ts";
import { numberRows } from "../../table/rows.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { isRight, maximumAt, tokensOf } from "../../tasks/max_of_list/answers.ts";
import { headNames, headSets } from "./head_sets.ts";
import { type DigitList, LENGTH } from "../../tasks/max_of_list/lists.ts";
import { meanOf } from "../../base/mean.ts";

/**
 * Returns how much each head attends from ANS to the maximum, at whatever position the maximum
 * stands.
 *
 * @param model a max-of-list model.
 * @param lists the lists that the model reads.
 * @returns the table of `heads.attentionTo`: one row a head.
 * @throws CircuitbookError if the model has another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.attentionToMaximum(
 *   await loadModel("max-of-list"),
 *   maxOfList.lists({ n: 20 }),
 * );
 * assertEquals(table.height, 4);
 * ```
 */
export function attentionToMaximum(
  model: Model,
  lists: readonly DigitList[],
): Promise<TableOf<HeadAttention>> {
  checkArguments("attentionToMaximum", {
    model: [model, aModel],
    lists: [lists, is.listOf(aDigitList)],
  });

  return attentionTo(model, tokensOf(lists), {
    queries: lists.map(() => [LENGTH]),
    keys: maximumAt(lists),
  });
}

/** An answer with a set of heads silenced. */
export interface HeadsSilenced {
  /** The names of the silenced heads: `H0 H2`. */
  readonly silenced: string;
  /** The names of the other heads; `none` if all are silenced. */
  readonly kept: string;
  /** How many heads are silenced. */
  readonly size: number;
  /** The index of the list. */
  readonly row: number;
  /** The greatest digit of the list. */
  readonly maximum: number;
  /** By how much the maximum is greater than the next digit; null if all digits are the same. */
  readonly ahead: number | null;
  /** 1 if the answer is the maximum, else 0. */
  readonly right: number;
}

/**
 * Returns whether the model answers rightly with each set of its heads silenced (their output set
 * to zero).
 *
 * @param model a max-of-list model of at most 8 heads.
 * @param lists the lists that the model answers.
 * @returns one row for each set of heads and list.
 * @throws CircuitbookError if the model has another vocabulary, or more than 8 heads.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.withoutHeads(
 *   await loadModel("max-of-list"),
 *   maxOfList.lists({ n: 20 }),
 * );
 * assertEquals(table.height, 15 * 20);
 * ```
 */
export async function withoutHeads(
  model: Model,
  lists: readonly DigitList[],
): Promise<TableOf<HeadsSilenced>> {
  checkArguments("withoutHeads", {
    model: [model, aModel],
    lists: [lists, is.listOf(aDigitList)],
  });

  const sets = headSets(model);
  const metric = isRight(lists);
  const all = sets.at(-1)!;
  const table = await silenceSets(model, tokensOf(lists), sets, { metric });
  const names = sets.map((set) => {
    const taken = new Set(set.map(String));
    const left = all.filter((head) => !taken.has(String(head)));
    return { silenced: headNames(set), kept: headNames(left), size: set.length };
  });
  return tableOf(
    numberRows(table).map(({ set, row, value: right }) => {
      return { ...names[set], row, maximum: lists[row].maximum, ahead: aheadIn(lists[row]), right };
    }),
  );
}

/**
 * Returns by how much the maximum is greater than the next digit, or null if all digits are the
 * same.
 */
function aheadIn({ digits, maximum }: DigitList): number | null {
  const others = digits.filter((digit) => digit < maximum);
  return others.length ? maximum - Math.max(...others) : null;
}

/** What one part of the model adds to a logit. */
export interface LogitShare {
  /** `H0`, …, or `initial residual`. */
  readonly part: string;
  /** The head; null for the initial residual stream. */
  readonly head: number | null;
  /** The part's mean contribution, over the mean of the whole. */
  readonly share: number;
  /**
   * Lower end of the 95 % bootstrap interval over lists; the mean of the whole is taken as known.
   */
  readonly low: number;
  /** Upper end of the interval. */
  readonly high: number;
  /** How many lists. */
  readonly n: number;
}

/**
 * Returns what each head and the initial residual stream add to the logit of the maximum, as shares
 * of the mean logit.
 *
 * Adding a constant to all logits changes no answer, so shares of a single logit depend on a
 * convention. With `of: "lead"` the whole is what decides the answer: the logit of the maximum
 * minus the highest logit of another digit.
 *
 * @param model a max-of-list model.
 * @param lists the lists that the model answers.
 * @param options `of`: "answer" (default) or "lead".
 * @returns one row a part; the shares add up to 1.
 * @throws CircuitbookError if the model has another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.logitShares(
 *   await loadModel("max-of-list"),
 *   maxOfList.lists({ n: 20 }),
 * );
 * assertAlmostEquals(table.getColumn("share").sum(), 1, 1e-4);
 * ```
 */
export async function logitShares(
  model: Model,
  lists: readonly DigitList[],
  options: { of?: "answer" | "lead" } = {},
): Promise<TableOf<LogitShare>> {
  checkArguments("logitShares", {
    model: [model, aModel],
    lists: [lists, is.listOf(aDigitList)],
    options: [options, is.object],
  });
  const { of = "answer" } = options;

  const against = of === "lead" ? await strongestWrong(model, lists) : undefined;
  const found = await direct(model, tokensOf(lists), {
    answer: lists.map(({ maximum }) => maximum),
    against,
  });
  const total = meanOf(Array.from(found.logitDifferences.data, Number));
  const rows = found.table().toRecords().map(({ row, component, head, contribution }) => {
    const part = component === "head" ? `H${head}` : "initial residual";
    return {
      part,
      head: component === "head" ? Number(head) : null,
      row,
      share: Number(contribution) / total,
    };
  });
  // The initial residual stream is the sum of two components: token and position embeddings.
  const summed = [...Map.groupBy(rows, ({ part, row }) => `${part} ${row}`).values()]
    .map((own) => ({ ...own[0], share: own.reduce((sum, { share }) => sum + share, 0) }));
  return meansBy(summed, ["part", "head"], "share").rename({ mean: "share" });
}

/** Returns, for each list, the wrong digit with the highest logit. */
async function strongestWrong(model: Model, lists: readonly DigitList[]): Promise<number[]> {
  const { logits: { data, sizes } } = await model.run(tokensOf(lists), { logits: [-1] });
  return lists.map(({ maximum }, row) => {
    const digits = Float32Array.from({ length: 10 }, (_, digit) => data[row * sizes.vocab + digit]);
    digits[maximum] = -Infinity;
    return nextToken(digits).top;
  });
}

/** The role of one head; all numbers are shares of 1. */
export interface HeadRole {
  /** The layer of the head. */
  readonly layer: number;
  /** The number of the head in its layer. */
  readonly head: number;
  /** The attention from ANS to the maximum. */
  readonly attention: number;
  /** The head's share of the logit of the maximum. */
  readonly share: number;
  /** The accuracy with the head silenced. */
  readonly without: number;
  /** The accuracy with all other heads silenced. */
  readonly alone: number;
}

/** Tables that {@link headRoles} need not measure again. */
export interface KnownRoles {
  /** The table of {@link withoutHeads}. */
  readonly silenced?: TableOf<HeadsSilenced>;
  /** The table of {@link logitShares}. */
  readonly shares?: TableOf<LogitShare>;
}

/**
 * Returns the role of each head: where it looks, what it adds to the answer, and the accuracy
 * without it and with it alone.
 *
 * @param model a max-of-list model.
 * @param lists the lists over which roles are measured.
 * @param known tables that were measured before, over the same lists.
 * @returns one row a head.
 * @throws CircuitbookError if the model has another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const roles = await maxOfListStudy.headRoles(
 *   await loadModel("max-of-list"),
 *   maxOfList.lists({ n: 20 }),
 * );
 * assertEquals(roles.columns, ["layer", "head", "attention", "share", "without", "alone"]);
 * ```
 */
export async function headRoles(
  model: Model,
  lists: readonly DigitList[],
  known: KnownRoles = {},
): Promise<TableOf<HeadRole>> {
  checkArguments("headRoles", {
    model: [model, aModel],
    lists: [lists, is.listOf(aDigitList)],
    known: [known, is.object],
  });

  const attention = rowsOf(await attentionToMaximum(model, lists));
  const shares = rowsOf(known.shares ?? await logitShares(model, lists));
  const sets = meansBy(known.silenced ?? await withoutHeads(model, lists), ["silenced"], "right");
  const right = (silenced: string) => meanWhere(sets, { silenced }).value;
  const all = attention.map(({ head }) => [0, head] as const);
  return tableOf(attention.map(({ layer, head, attention }) => {
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
