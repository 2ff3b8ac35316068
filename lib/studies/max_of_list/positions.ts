import pl from "nodejs-polars";
import { cosine, randomDirections } from "../../base/vectors.ts";
import type { AffineEdit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { answers } from "../../tasks/max_of_list/answers.ts";
import { type DigitList, LENGTH } from "../../tasks/max_of_list/lists.ts";

/** An edit that takes away the embeddings of all positions. */
export const noPositions: AffineEdit = { at: "hook_pos_embed", scale: 0 };

/**
 * How alike embeddings are, as a table: `of` ("positions": those of the five digits' places; "digits": those of the ten digits, to
 * compare with), `pair`, `cosine`.
 *
 * @throws CircuitbookError for a model without learned positions.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.embeddingCosines(await loadModel("max-of-list"));
 * assertEquals(table.height, 10 + 45);
 * ```
 */
export async function embeddingCosines(model: Model): Promise<pl.DataFrame> {
  const [places, digits] = await Promise.all(
    ["positions.weight", "embed.weight"].map((name) => model.weight(name)),
  );
  const rows = ([["positions", places, LENGTH, 1], ["digits", digits, 10, 0]] as const).flatMap(
    ([of, { data }, count, from]) => {
      const vector = (i: number) =>
        data.subarray(i * model.architecture.dModel, (i + 1) * model.architecture.dModel);
      const numbers = Array.from({ length: count }, (_, i) => i);
      return numbers.flatMap((one) =>
        numbers.slice(one + 1).map((other) => {
          return {
            of,
            pair: `${one + from} and ${other + from}`,
            cosine: cosine(vector(one), vector(other)),
          };
        })
      );
    },
  );
  return pl.DataFrame(rows);
}

/**
 * What a model answers without the embedding of each position, and of all, as a table: `without` ("digit 1" … "ANS", "all"),
 * `change` ("at zero"; "mean": that of the five digits' places in its stead, which takes away what tells places apart and nothing
 * else, ANS left as it is; or as a control "random": a random vector of the same length is added to it), `row`, `right`.
 *
 * @throws CircuitbookError for a model without learned positions.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.withoutPositions(await loadModel("max-of-list"), maxOfList.lists({ n: 20 }));
 * assertEquals(table.height, 7 * 3 * 20);
 * ```
 */
export async function withoutPositions(
  model: Model,
  lists: readonly DigitList[],
  { seed = 0 }: { seed?: number } = {},
): Promise<pl.DataFrame> {
  const { data } = await model.weight("positions.weight");
  const { dModel: size } = model.architecture;
  const directions = randomDirections({ n: LENGTH + 1, size, seed });
  const mean = Float32Array.from({ length: size }, (_, i) => {
    return Array.from({ length: LENGTH }, (_, position) => data[position * size + i] / LENGTH)
      .reduce((a, b) => a + b);
  });
  const edits = Array.from({ length: LENGTH + 1 }, (_, position) => {
    const norm = Math.hypot(...data.subarray(position * size, (position + 1) * size));
    const shift = directions.slice({ example: position }).data.map((value) => value * norm);
    const target = { at: noPositions.at, positions: [position] };
    const same = position < LENGTH ? { ...target, scale: 0, shift: mean } : { ...target, scale: 1 };
    return { "at zero": { ...target, scale: 0 }, mean: same, random: { ...target, shift } };
  });
  const names = [...Array.from({ length: LENGTH }, (_, i) => `digit ${i + 1}`), "ANS"];
  const records: Record<string, unknown>[] = [];
  for (
    const [without, chosen] of [
      ...names.map((name, i) => [name, [edits[i]]] as const),
      ["all", edits] as const,
    ]
  ) {
    for (const change of ["at zero", "mean", "random"] as const) {
      const table = await answers(model, lists, { edit: chosen.map((edit) => edit[change]) });
      records.push(...table.toRecords().map(({ row, right }) => ({ without, change, row, right })));
    }
  }
  return pl.DataFrame(records);
}
