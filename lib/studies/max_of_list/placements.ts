import type { Stage } from "./cosines_by_stage.ts";
import { LENGTH, list } from "../../tasks/max_of_list/lists.ts";

/** Lists that are compared with each other, as rows of token ids. */
export type Group = readonly (readonly number[])[];

/**
 * Groups of lists that differ in the position of the maximum, and groups that differ in the maximum
 * itself.
 */
export interface Placements {
  /** (2,1,1,1,1) … (1,1,1,1,2): the five lists of a group have the same answer. */
  readonly moved: readonly Group[];
  /**
   * (2,1,1,1,1), (3,1,1,1,1), …: the five lists of a group have the maximum at the same position,
   * and different answers.
   */
  readonly changed: readonly Group[];
}

/**
 * Returns, for each maximum and smaller digit, the five lists that have the maximum at one position
 * and the smaller digit at the others. As a control it returns groups of five lists that have
 * different maxima at the same position.
 *
 * The notes discuss the group (2,1,1,1,1) … (1,1,1,1,2).
 *
 * @returns 45 groups with a moved maximum, and 25 with a changed maximum.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const { moved, changed } = maxOfListStudy.placements();
 * assertEquals([moved.length, moved[0][1], changed[0][1]], [45, [0, 1, 0, 0, 0, 10], [
 *   2,
 *   0,
 *   0,
 *   0,
 *   0,
 *   10,
 * ]]);
 * ```
 */
export function placements(): Placements {
  const digits = Array.from(
    { length: 10 },
    (_, maximum) => Array.from({ length: maximum }, (_, smaller) => ({ maximum, smaller })),
  ).flat();
  const positions = Array.from({ length: LENGTH }, (_, position) => position);
  const moved = digits.map(({ maximum, smaller }) =>
    positions.map((position) => placed(maximum, smaller, position))
  );
  // The digits from 0 to 4 have five greater digits each, so that these groups have five lists,
  // too.
  const smallDigits = [0, 1, 2, 3, 4];
  const changed = smallDigits.flatMap((smaller) =>
    positions.map((position) =>
      [1, 2, 3, 4, 5].map((more) => placed(smaller + more, smaller, position))
    )
  );
  return { moved, changed };
}

/**
 * Returns the tokens of the list that has the maximum at one position and the smaller digit
 * elsewhere.
 */
function placed(maximum: number, smaller: number, position: number): readonly number[] {
  return list(Array.from({ length: LENGTH }, (_, i) => i === position ? maximum : smaller)).tokens;
}

/**
 * The stages of the notes at ANS, from the residual stream before attention to the residual stream
 * after attention; `K` and `V` also for all positions ("all rows").
 */
export const stages: readonly Stage[] = [
  { stage: "residual before", at: "blocks.0.hook_resid_pre", position: -1 },
  { stage: "Q", at: "blocks.0.attn.hook_q", position: -1 },
  { stage: "K", at: "blocks.0.attn.hook_k", position: -1 },
  { stage: "K, all rows", at: "blocks.0.attn.hook_k" },
  { stage: "pattern", at: "blocks.0.attn.hook_pattern", position: -1 },
  { stage: "V", at: "blocks.0.attn.hook_v", position: -1 },
  { stage: "V, all rows", at: "blocks.0.attn.hook_v" },
  { stage: "head output", at: "blocks.0.attn.hook_z", position: -1 },
  { stage: "concatenation", at: "blocks.0.attn.hook_z", position: -1, byHead: false },
  { stage: "after W_O", at: "blocks.0.hook_attn_out", position: -1 },
  { stage: "residual after", at: "blocks.0.hook_resid_post", position: -1 },
];
