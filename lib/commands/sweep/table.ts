import pl from "nodejs-polars";
import type { Head } from "./arguments.ts";
import { idColumn } from "../prompts/rows.ts";
import type { DoneGroup } from "./part_lines.ts";

/**
 * Returns the table of a sweep with the columns `id, layer, head, baseline, value, effect, dtype`.
 * Its rows are in the order of the prompts, then of the heads.
 *
 * @param options `numericIds`: whether the ids of all prompts of the file are numbers, including
 * the prompts of other shards. `dtype`: the element type that the model computed in.
 */
export function sweepTable(
  prompts: readonly { readonly id: string | number }[],
  heads: readonly Head[],
  groups: readonly DoneGroup[],
  { numericIds, dtype }: { readonly numericIds: boolean; readonly dtype: string },
): pl.DataFrame {
  const baselines = groups.flatMap((group) => group.baselines);
  const values = groups.flatMap((group) => group.values);
  const perRow = <T>(of: (prompt: number, head: number) => T): T[] =>
    prompts.flatMap((_, prompt) => heads.map((_, head) => of(prompt, head)));
  return pl.DataFrame([
    idColumn(perRow((prompt) => prompts[prompt].id), numericIds),
    pl.Series("layer", perRow((_, head) => heads[head][0]), pl.Int64),
    pl.Series("head", perRow((_, head) => heads[head][1]), pl.Int64),
    pl.Series("baseline", perRow((prompt) => baselines[prompt]), pl.Float64),
    pl.Series("value", perRow((prompt, head) => values[prompt][head]), pl.Float64),
    pl.Series(
      "effect",
      perRow((prompt, head) => values[prompt][head] - baselines[prompt]),
      pl.Float64,
    ),
    pl.Series("dtype", perRow(() => dtype), pl.Utf8),
  ]);
}
