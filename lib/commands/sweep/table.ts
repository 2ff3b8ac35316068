import pl from "nodejs-polars";
import type { Head } from "./arguments.ts";
import type { DoneGroup } from "./part_lines.ts";

/** The sweep's table: `id, layer, head, baseline, value, effect`, in the order of the prompts, then of the heads. */
export function tableOf(
  ids: readonly (string | number)[],
  heads: readonly Head[],
  groups: readonly DoneGroup[],
): pl.DataFrame {
  const baselines = groups.flatMap((group) => group.baselines);
  const values = groups.flatMap((group) => group.values);
  const perRow = <T>(of: (prompt: number, head: number) => T): T[] =>
    ids.flatMap((_, prompt) => heads.map((_, head) => of(prompt, head)));
  const numbers = ids.every((id) => typeof id === "number");
  return pl.DataFrame([
    numbers
      ? pl.Series("id", perRow((prompt) => ids[prompt]), pl.Int64)
      : pl.Series("id", perRow((prompt) => String(ids[prompt])), pl.Utf8),
    pl.Series("layer", perRow((_, head) => heads[head][0]), pl.Int64),
    pl.Series("head", perRow((_, head) => heads[head][1]), pl.Int64),
    pl.Series("baseline", perRow((prompt) => baselines[prompt]), pl.Float64),
    pl.Series("value", perRow((prompt, head) => values[prompt][head]), pl.Float64),
    pl.Series(
      "effect",
      perRow((prompt, head) => values[prompt][head] - baselines[prompt]),
      pl.Float64,
    ),
  ]);
}
