import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import type { Tensor } from "../../base/tensor.ts";
import { cosine } from "../../base/vectors.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import { anything, checkOptions, watch, wholeNumber, yesOrNo } from "../../base/options.ts";
import { meanOf } from "../../base/mean.ts";

/** A step of the computation at which texts are compared. */
export interface Stage {
  /** The name of the stage in the table. */
  readonly stage: string;
  /** The hook point. */
  readonly at: string;
  /**
   * The position (the query, at attention patterns) that is compared. By default all positions, as
   * one vector.
   */
  readonly position?: number;
  /**
   * Whether heads are compared one by one, where the hook point has heads. Default true; false
   * compares them as one vector.
   */
  readonly byHead?: boolean;
}

/** Settings of {@link cosinesByStage}. */
export interface StageOptions extends Watch {
  /** Where texts are compared; at least one stage. */
  readonly stages: readonly Stage[];
  /** Edits of the run. */
  readonly edit?: Edit | readonly Edit[];
}

/** How alike the texts of one group are at one stage. */
export interface StageCosine {
  /** The index of the group. */
  readonly group: number;
  /** The name of the stage. */
  readonly stage: string;
  /** The head; null where the stage is compared as a whole. */
  readonly head: number | null;
  /** The mean cosine over each two texts of the group. */
  readonly cosine: number;
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
 * Returns how alike the texts of each group are inside the model, stage by stage: the mean cosine
 * between their activations.
 *
 * A model distinguishes texts from the stage on at which the cosine falls below 1. A cosine that
 * stays near 1 needs a control: groups of texts that differ as little, but have different answers.
 *
 * @param model the model that reads the texts.
 * @param groups at least two texts in each group, as rows of token ids; all rows have the same
 * length.
 * @param options the stages, and edits of the run.
 * @returns a table with one row a stage, group and head.
 * @throws CircuitbookError if rows differ in length, a group has one text, or a hook point does not
 * exist.
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
 * assertEquals((await maxOfListStudy.cosinesByStage(model, [group], { stages })).columns, [
 *   "group",
 *   "stage",
 *   "head",
 *   "cosine",
 * ]);
 * ```
 */
export async function cosinesByStage(
  model: Model,
  groups: readonly (readonly (readonly number[])[])[],
  options: StageOptions,
): Promise<TableOf<StageCosine>> {
  checkOptions(options, optionsSchema, "cosinesByStage");
  const { stages, ...run } = options;
  const rows = groups.flat().map((row) => [...row]);
  const lengths = [...new Set(rows.map(({ length }) => length))];
  const single = groups.findIndex(({ length }) => length < 2);
  if (single >= 0 || lengths.length !== 1) {
    throw new CircuitbookError(
      `Expected groups of at least two texts, all of one length, but found ${
        single >= 0
          ? `${groups[single].length} texts in group ${single}`
          : `lengths of ${lengths.join(", ") || "no texts"}`
      }.`,
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
  // Stages that are compared as a whole give a column of nulls, which has no type of its own.
  return tableOf(records, {
    group: pl.Int64,
    stage: pl.Utf8,
    head: pl.Int64,
    cosine: pl.Float64,
  });
}

/** Returns the vector of each text at a stage, for each head or as a whole. */
function vectorsOf(
  tensor: Tensor,
  { position, byHead = true }: Stage,
): { head: number | null; vectors: Tensor[] }[] {
  const positionAxis = tensor.axes.includes("query") ? "query" : "position";
  const chosen = position === undefined ? tensor : tensor.slice({ [positionAxis]: position });
  const axis = ["head", "kv_head"].find((name) => chosen.axes.includes(name));
  const texts = (part: Tensor) =>
    Array.from({ length: part.size("batch") }, (_, batch) => part.slice({ batch }));
  if (!axis || !byHead) return [{ head: null, vectors: texts(chosen) }];
  return Array.from({ length: chosen.size(axis) }, (_, head) => {
    return { head, vectors: texts(chosen.slice({ [axis]: head })) };
  });
}

/** Returns the mean cosine over each two vectors. */
function meanCosine(vectors: readonly Tensor[]): number {
  const cosines = vectors.flatMap((one, i) =>
    vectors.slice(i + 1).map((other) => cosineOf(one.data, other.data))
  );
  return meanOf(cosines);
}

/**
 * Returns the cosine of two vectors; two zero vectors count as alike (1), one zero vector as unlike
 * any other (0).
 */
function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const zeros = [a, b].filter((vector) => Array.prototype.every.call(vector, (x) => x === 0));
  if (zeros.length) return zeros.length === 2 ? 1 : 0;
  return cosine(a, b);
}
