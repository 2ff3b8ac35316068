import type { Stage } from "./cosines_by_stage.ts";
import { LENGTH, list } from "../../tasks/max_of_list/lists.ts";

/** Lists that belong together, as token rows. */
export type Group = readonly (readonly number[])[];

/** Groups of lists that differ in the place of the maximum, and of lists that differ in the maximum. */
export interface Placements {
  /** (2,1,1,1,1) … (1,1,1,1,2): five lists in each group, with one answer. */
  readonly moved: readonly Group[];
  /** Lists with the maximum at one place, and other digits around it as in `moved`: five answers in each group. */
  readonly changed: readonly Group[];
}

/**
 * For each pair of a maximum and a smaller digit the five lists in which the maximum stands at each place among the smaller digit;
 * as a control, groups with as many lists that have their maximum at one place, and are different maxima.
 *
 * The case (2,1,1,1,1) … (1,1,1,1,2) is that of the notes.
 *
 * @example
 * ```ts
 * import * as maxOfListStudy from "circuitbook/studies/max_of_list";
 * import { assertEquals } from "@std/assert";
 *
 * const { moved, changed } = maxOfListStudy.placements();
 * assertEquals([moved.length, moved[0][1], changed[0][1]], [45, [0, 1, 0, 0, 0, 10], [2, 0, 0, 0, 0, 10]]);
 * ```
 */
export function placements(): Placements {
  const pairs = Array.from(
    { length: 10 },
    (_, maximum) => Array.from({ length: maximum }, (_, smaller) => ({ maximum, smaller })),
  ).flat();
  const places = Array.from({ length: LENGTH }, (_, place) => place);
  const moved = pairs.map(({ maximum, smaller }) =>
    places.map((place) => placed(maximum, smaller, place))
  );
  // Five maxima above each digit from 0 to 4, at each place.
  const changed = places.flatMap((smaller) =>
    places.map((place) => places.map((i) => placed(smaller + 1 + i, smaller, place)))
  );
  return { moved, changed };
}

function placed(maximum: number, smaller: number, place: number): readonly number[] {
  return list(Array.from({ length: LENGTH }, (_, i) => i === place ? maximum : smaller)).tokens;
}

/** The stages of the notes at ANS, from the residual stream before attention to the one after it; `V` also of all rows. */
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
