import type { Architecture } from "./architecture.ts";
import type { AffineEdit } from "./edit.ts";
import { type Entry, entryName } from "./entry.ts";
import { hookPoints, matchPoints } from "./hook_points.ts";

/**
 * The activations that sets of heads and of neurons are silenced at, without the layer. Edits there
 * split no fused operator.
 */
const SETS_AT = ["attn.hook_z", "mlp.hook_post"];

/**
 * Returns edits that act on no token of a run, at each layer where interventions on sets of heads
 * or neurons could act.
 *
 * The graph of a run depends on the hook points that are edited. With these edits, all runs from
 * one entry that edit several layers share one graph. Without them, a search over sets of heads
 * compiles a graph for nearly every set of layers, which takes longer than the runs.
 *
 * @param interventions the edits of each intervention of one batch.
 * @param entry where the run starts.
 * @param architecture the architecture of the model.
 * @returns the edits; none if every intervention edits a single layer.
 */
export function idleEdits(
  interventions: readonly (readonly Omit<AffineEdit, "rows">[])[],
  entry: Entry,
  architecture: Architecture,
): AffineEdit[] {
  const points = hookPoints(architecture);
  const start = points.findIndex(({ name }) => name === entryName(entry.layer, entry.kind));
  const later = points.slice(start).map(({ name }) => name);
  const edited = interventions.map((edits) =>
    edits.flatMap(({ at }) => matchPoints(at, points).map(({ name }) => name))
  );
  const shift = interventions.flat().some((edit) => edit.shift !== undefined) ? { shift: 1 } : {};
  return SETS_AT.flatMap((end) => {
    const isSet = edited.some((names) =>
      new Set(names.filter((name) => name.endsWith(`.${end}`))).size > 1
    );
    if (!isSet) return [];
    // A plain run generates no tokens, on which alone these edits would act.
    return later.filter((name) => name.endsWith(`.${end}`))
      .map((at): AffineEdit => ({ at, scale: 0, ...shift, when: "generated" }));
  });
}
