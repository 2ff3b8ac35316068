import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { anything, checkOptions, watch, wholeNumber, yesOrNo } from "../../base/options.ts";

/** A step of the computation at which texts are compared. */
export interface Stage {
  /** Its name in the table. */
  readonly stage: string;
  /** The hook point. */
  readonly at: string;
  /** The position (at attention patterns: the query) that is compared. By default all of them, as one vector. */
  readonly position?: number;
  /** Whether each head is compared by itself, where the point has heads. Default true; false takes them as one vector. */
  readonly byHead?: boolean;
}

/** Where texts are compared, and under which edits. */
export interface StageOptions extends Watch {
  readonly stages: readonly Stage[];
  readonly edit?: Edit | readonly Edit[];
}

const optionsSchema = z.strictObject({
  ...watch,
  edit: anything,
  stages: z.array(z.strictObject({
    stage: z.string("to be a name"),
    at: z.string("to be a hook point"),
    position: wholeNumber.optional(),
    byHead: yesOrNo.optional(),
  })).nonempty("to name at least one stage"),
});

/**
 * How alike the texts of each group are inside the model, stage by stage, as a table: `group`, `stage`, `head` (null for stages
 * that are compared as a whole), `cosine` (its mean over all pairs of the group's texts).
 *
 * Texts that should be one to a model, such as a list in other orders, are told apart where the cosine leaves 1. What it means
 * that it does not needs a control: groups of texts that are alike in the same way, with different answers.
 *
 * @param groups token rows, all of one length; at least two in each group.
 * @throws CircuitbookError when rows differ in length, a group has one text, or a hook point does not exist.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const group = ["11 + 5 = 16", "5 + 11 = 16"].map((text) => model.tokenizer.encode(text));
 * const stages = [{ stage: "after layer 0", at: "blocks.0.hook_resid_post", position: -1 }];
 * assertEquals((await maxOfListStudy.cosinesByStage(model, [group], { stages })).columns, ["group", "stage", "head", "cosine"]);
 * ```
 */
export async function cosinesByStage(
  model: Model,
  groups: readonly (readonly (readonly number[])[])[],
  options: StageOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, optionsSchema, "cosinesByStage");
  const { stages, ...run } = options;
  const rows = groups.flat().map((row) => [...row]);
  if (
    groups.some(({ length }) => length < 2) || new Set(rows.map(({ length }) => length)).size !== 1
  ) {
    throw new CircuitbookError(
      "Expected groups of at least two texts, all of one length, but found others.",
    );
  }
  const cache = await model.run(rows, { ...run, tap: [...new Set(stages.map(({ at }) => at))] });
  const starts = groups.map((_, group) =>
    groups.slice(0, group).reduce((sum, { length }) => sum + length, 0)
  );
  const records = stages.flatMap((stage) => {
    const parts = vectorsOf(cache.get(stage.at), stage);
    return groups.flatMap((texts, group) =>
      parts.map(({ head, vectors }) => {
        const own = vectors.slice(starts[group], starts[group] + texts.length);
        return { group, stage: stage.stage, head, cosine: meanCosine(own) };
      })
    );
  });
  return pl.DataFrame(records, {
    schema: { group: pl.Int64, stage: pl.Utf8, head: pl.Int64, cosine: pl.Float64 },
  });
}

/** The vector of each text, for each head or as a whole. */
function vectorsOf(
  tensor: Tensor,
  { position, byHead = true }: Stage,
): { head: number | null; vectors: Tensor[] }[] {
  const place = tensor.axes.includes("query") ? "query" : "position";
  const chosen = position === undefined ? tensor : tensor.slice({ [place]: position });
  const axis = ["head", "kv_head"].find((name) => chosen.axes.includes(name));
  const texts = (part: Tensor) =>
    Array.from({ length: part.size("batch") }, (_, batch) => part.slice({ batch }));
  if (!axis || !byHead) return [{ head: null, vectors: texts(chosen) }];
  return Array.from({ length: chosen.size(axis) }, (_, head) => {
    return { head, vectors: texts(chosen.slice({ [axis]: head })) };
  });
}

/** Over all pairs. Two zero vectors are alike; one of them alone is like nothing. */
function meanCosine(vectors: readonly Tensor[]): number {
  const pairs = vectors.flatMap((one, i) =>
    vectors.slice(i + 1).map((other) => cosineOf(one, other))
  );
  return pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
}

function cosineOf({ data: a }: Tensor, { data: b }: Tensor): number {
  let dot = 0;
  let first = 0;
  let second = 0;
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    first += a[i] ** 2;
    second += b[i] ** 2;
  }
  if (!first || !second) return first === second ? 1 : 0;
  return dot / Math.sqrt(first * second);
}
