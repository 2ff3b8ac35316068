import pl from "nodejs-polars";
import type { Tensor } from "../../base/tensor.ts";
import type { Model } from "../../model/model.ts";
import { tokensOf } from "../../tasks/max_of_list/answers.ts";
import type { DigitList } from "../../tasks/max_of_list/lists.ts";

/**
 * What ANS meets at every digit of some lists, in every head, as a table: `row`, `position`, `digit`, `series` (the head's name), `head`, `score` (of ANS's query
 * with the digit's key, before the softmax), `cosine` (of the two), `key` and `value` (their lengths).
 *
 * The score is the cosine times both lengths over √d_head: so it says whether a digit is chosen by the direction of its key or by
 * its length.
 *
 * @throws CircuitbookError for a model of another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.reading(await loadModel("max-of-list"), [maxOfList.list([2, 7, 1, 1, 5])]);
 * assertEquals(table.height, 20);
 * ```
 */
export async function reading(model: Model, lists: readonly DigitList[]): Promise<pl.DataFrame> {
  const [q, k, v] = ["q", "k", "v"].map((name) => `blocks.0.attn.hook_${name}`);
  const { heads, headSize } = model.architecture;
  const cache = await model.run(tokensOf(lists), { tap: [q, k, v] });
  const vectorOf = (name: string) => vectors(cache.get(name), heads, headSize);
  const [query, key, value] = [q, k, v].map(vectorOf);
  return pl.DataFrame(
    lists.flatMap(({ digits }, row) =>
      digits.flatMap((digit, position) =>
        Array.from({ length: heads }, (_, head) => {
          const own = query(row, digits.length, head);
          const other = key(row, position, head);
          const dot = own.reduce((sum, one, i) => sum + one * other[i], 0);
          const length = Math.hypot(...other);
          return {
            row,
            position,
            digit,
            series: `H${head}`,
            head,
            score: dot / Math.sqrt(headSize),
            cosine: dot / (Math.hypot(...own) * length),
            key: length,
            value: Math.hypot(...value(row, position, head)),
          };
        })
      )
    ),
  );
}

/** Vectors of an activation [batch, position, head, d_head]. */
function vectors({ data, shape }: Tensor, heads: number, size: number) {
  return (row: number, position: number, head: number) => {
    const start = ((row * shape[1] + position) * heads + head) * size;
    return Array.from(data.subarray(start, start + size));
  };
}
