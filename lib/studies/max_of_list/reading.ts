import { checkArguments, is } from "../../base/arguments.ts";
import { aDigitList } from "../../tasks/kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Model } from "../../model/model.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import { tokensOf } from "../../tasks/max_of_list/answers.ts";
import type { DigitList } from "../../tasks/max_of_list/lists.ts";
import { pointAt } from "../../model/plan/hook_points.ts";
import { cosine } from "../../base/vectors.ts";

/** What one head reads at one digit, from ANS. */
export interface DigitReading {
  /** The index of the list. */
  readonly row: number;
  /** The position of the digit. */
  readonly position: number;
  /** The digit. */
  readonly digit: number;
  /** The head's name: `H0`. */
  readonly series: string;
  /** The number of the head. */
  readonly head: number;
  /** The attention score of ANS's query with the digit's key, before the softmax. */
  readonly score: number;
  /** The cosine of ANS's query and the digit's key. */
  readonly cosine: number;
  /** The length (L2 norm) of the digit's key. */
  readonly key: number;
  /** The length (L2 norm) of the digit's value. */
  readonly value: number;
}

/**
 * Returns what ANS finds at each digit of some lists, in each head: the attention score, and the
 * parts that it is made of.
 *
 * The score is the cosine times the lengths of query and key, over √d_head. The parts show whether
 * a head chooses a digit by the direction of the key or by its length.
 *
 * @param model a max-of-list model.
 * @param lists the lists that the model reads.
 * @returns one row for each list, position and head.
 * @throws CircuitbookError if the model has another vocabulary.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.reading(await loadModel("max-of-list"), [
 *   maxOfList.list([2, 7, 1, 1, 5]),
 * ]);
 * assertEquals(table.height, 20);
 * ```
 */
export async function reading(
  model: Model,
  lists: readonly DigitList[],
): Promise<TableOf<DigitReading>> {
  checkArguments("reading", {
    model: [model, aModel],
    lists: [lists, is.listOf(aDigitList)],
  });

  const [q, k, v] = (["q", "k", "v"] as const).map((name) => pointAt[name](0));
  const { heads, headSize } = model.architecture;
  const cache = await model.run(tokensOf(lists), { tap: [q, k, v] });
  const vectorOf = (name: string) => vectors(cache.get(name), heads, headSize);
  const [query, key, value] = [q, k, v].map(vectorOf);
  return tableOf(
    lists.flatMap(({ digits }, row) =>
      digits.flatMap((digit, position) =>
        Array.from({ length: heads }, (_, head) => {
          const own = query(row, digits.length, head);
          const other = key(row, position, head);
          const dot = own.reduce((sum, one, i) => sum + one * other[i], 0);
          return {
            row,
            position,
            digit,
            series: `H${head}`,
            head,
            score: dot / Math.sqrt(headSize),
            cosine: cosine(own, other),
            key: Math.hypot(...other),
            value: Math.hypot(...value(row, position, head)),
          };
        })
      )
    ),
  );
}

/** Returns a function that reads vectors of an activation [batch, position, head, d_head]. */
function vectors({ data, shape }: Tensor, heads: number, size: number) {
  return (row: number, position: number, head: number) => {
    const start = ((row * shape[1] + position) * heads + head) * size;
    return Array.from(data.subarray(start, start + size));
  };
}
