import { checkArguments, is } from "../../base/arguments.ts";
import { aDigitList } from "../../tasks/kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { cosine, randomDirections } from "../../base/vectors.ts";
import type { AffineEdit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { answers } from "../../tasks/max_of_list/answers.ts";
import { type DigitList, LENGTH } from "../../tasks/max_of_list/lists.ts";

/** An edit that sets the positional embeddings to zero. */
export const noPositions: AffineEdit = { at: "hook_pos_embed", scale: 0 };

/** How alike two embeddings are. */
export interface EmbeddingCosine {
  /**
   * `positions`: embeddings of two of the five digits' positions; `digits`: embeddings of two
   * digits.
   */
  readonly of: "positions" | "digits";
  /** `1 and 2`: positions counted from 1, or the two digits. */
  readonly embeddings: string;
  /** The cosine of the two embeddings. */
  readonly cosine: number;
}

/**
 * Returns the cosines between the embeddings of each two positions of digits, and, to compare with,
 * of each two digits.
 *
 * @param model a max-of-list model.
 * @returns 10 rows for positions, then 45 for digits.
 * @throws CircuitbookError if the model has no learned positions.
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
export async function embeddingCosines(model: Model): Promise<TableOf<EmbeddingCosine>> {
  checkArguments("embeddingCosines", {
    model: [model, aModel],
  });

  const [positions, digits] = await Promise.all(
    ["positions.weight", "embed.weight"].map((name) => model.weight(name)),
  );
  const rows = ([["positions", positions, LENGTH, 1], ["digits", digits, 10, 0]] as const).flatMap(
    ([of, { data }, count, from]) => {
      const vector = (i: number) =>
        data.subarray(i * model.architecture.dModel, (i + 1) * model.architecture.dModel);
      const numbers = Array.from({ length: count }, (_, i) => i);
      return numbers.flatMap((one) =>
        numbers.slice(one + 1).map((other) => {
          return {
            of,
            embeddings: `${one + from} and ${other + from}`,
            cosine: cosine(vector(one), vector(other)),
          };
        })
      );
    },
  );
  return tableOf(rows);
}

/**
 * Returns an edit that replaces each of the five digits' positional embeddings by their mean: this
 * removes only the differences between positions. (At zero, a model also lacks what all positions
 * share.)
 *
 * @param model a max-of-list model.
 * @returns the edit.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const { positions } = await maxOfListStudy.alikePositions(await loadModel("max-of-list"));
 * assertEquals(positions, [0, 1, 2, 3, 4]);
 * ```
 */
export async function alikePositions(model: Model): Promise<AffineEdit> {
  checkArguments("alikePositions", {
    model: [model, aModel],
  });

  const { data } = await model.weight("positions.weight");
  const positions = Array.from({ length: LENGTH }, (_, i) => i);
  return {
    at: noPositions.at,
    positions,
    scale: 0,
    shift: meanPosition(data, model.architecture.dModel),
  };
}

/** Returns the mean of the positional embeddings of the five digits. */
function meanPosition(data: Float32Array, size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => {
    return Array.from({ length: LENGTH }, (_, position) => data[position * size + i] / LENGTH)
      .reduce((a, b) => a + b);
  });
}

/** How a positional embedding is changed. */
export type PositionChange = "at zero" | "mean" | "random";

const CHANGES: readonly PositionChange[] = ["at zero", "mean", "random"];

/** An answer with positional embeddings changed. */
export interface PositionAnswer {
  /** Whose embedding is changed: `digit 1` … `digit 5`, `ANS`, or `all`. */
  readonly without: string;
  /**
   * `at zero`: the embedding is zero. `mean`: the mean over the five digits' positions replaces the
   * embedding, which removes only the differences between positions (ANS keeps its embedding).
   * `random`, a control: a random vector of the embedding's length is added.
   */
  readonly change: PositionChange;
  /** The index of the list. */
  readonly row: number;
  /** Whether the answer is the maximum. */
  readonly right: boolean;
}

/**
 * Returns whether the model answers rightly with the embedding of each position changed, and with
 * all of them changed.
 *
 * @param model a max-of-list model.
 * @param lists the lists that the model answers.
 * @param options `seed` (default 0) draws the random vectors.
 * @returns one row for each changed embedding, change and list.
 * @throws CircuitbookError if the model has no learned positions.
 *
 * @example
 * ```ts
 * import { loadModel, maxOfList } from "circuitbook";
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const table = await maxOfListStudy.withoutPositions(
 *   await loadModel("max-of-list"),
 *   maxOfList.lists({ n: 20 }),
 * );
 * assertEquals(table.height, 7 * 3 * 20);
 * ```
 */
export async function withoutPositions(
  model: Model,
  lists: readonly DigitList[],
  options: { seed?: number } = {},
): Promise<TableOf<PositionAnswer>> {
  checkArguments("withoutPositions", {
    model: [model, aModel],
    lists: [lists, is.listOf(aDigitList)],
    options: [options, is.object],
  });
  const { seed = 0 } = options;

  const { data } = await model.weight("positions.weight");
  const { dModel: size } = model.architecture;
  const directions = randomDirections({ n: LENGTH + 1, size, seed });
  const mean = meanPosition(data, size);
  const edits = Array.from({ length: LENGTH + 1 }, (_, position) => {
    const norm = Math.hypot(...data.subarray(position * size, (position + 1) * size));
    const shift = directions.slice({ example: position }).data.map((value) => value * norm);
    const target = { at: noPositions.at, positions: [position] };
    const same = position < LENGTH ? { ...target, scale: 0, shift: mean } : { ...target, scale: 1 };
    return { "at zero": { ...target, scale: 0 }, mean: same, random: { ...target, shift } };
  });
  const names = [...Array.from({ length: LENGTH }, (_, i) => `digit ${i + 1}`), "ANS"];
  const found: PositionAnswer[] = [];
  const changed = [...names.map((name, i) => [name, [edits[i]]] as const), ["all", edits] as const];
  for (const [without, chosen] of changed) {
    for (const change of CHANGES) {
      const table = await answers(model, lists, { edit: chosen.map((edit) => edit[change]) });
      found.push(...rowsOf(table).map(({ row, right }) => ({ without, change, row, right })));
    }
  }
  return tableOf(found);
}
