import { Meter, type Watch } from "../../base/progress.ts";
import type { Tensor } from "../../base/tensor.ts";
import type { Architecture } from "../plan/architecture.ts";
import { Cache } from "../plan/cache.ts";
import type { Edit } from "../plan/edit.ts";
import type { Engine } from "./engine.ts";
import { hookPoints, matchPoints } from "../plan/hook_points.ts";
import { metricTap, type RowMetric } from "../plan/row_metric.ts";
import { type Passed, runPasses } from "./passes.ts";
import { entryName } from "../plan/entry.ts";
import type { RoleTap } from "../plan/tap.ts";

/** A part of the model whose activations are in memory at one time. */
interface Segment {
  /** The residual stream before a layer, at which the segment starts; undefined for the tokens. */
  readonly entry?: string;
  /** The hook points after the entry, up to the next segment's entry or to the metric. */
  readonly points: ReadonlySet<string>;
}

/**
 * Returns the gradients that one graph of the whole model would give, computed layer by layer in
 * less memory.
 *
 * One pass keeps the residual stream before each layer. Then each layer, the last one first, is run
 * again and differentiated, so that all other activations are in memory for one layer at a time.
 *
 * Source: Chen et al., Training Deep Nets with Sublinear Memory Cost (arXiv 1604.06174).
 */
export async function recomputedGradients(
  engine: Engine,
  rows: readonly (readonly number[])[],
  by: readonly RoleTap[],
  { edits, metric, watch }: { edits: readonly Edit[]; metric: RowMetric; watch: Watch },
): Promise<Pick<Passed, "gradients" | "items">> {
  const { architecture } = engine;
  const { signal } = watch;
  const [wanted, changes] = [onePoint(by, architecture), onePoint(edits, architecture)];
  const segments = segmentsFrom(wanted, segmentsUpTo(metric.at, architecture));
  const meter = new Meter("gradients", segments.length, "layers", watch);
  const entries = segments.flatMap(({ entry }) => entry ? [{ at: entry }] : []);
  const found = new Map<string, Tensor>();
  const chosen = new Set<string>();
  try {
    const { cache: from } = await runPasses(engine, rows, {
      taps: entries,
      edit: edits,
      signal,
      onProgress,
      label: "run",
    });
    let scalar = metric;
    let items: Float32Array | undefined;
    for (const segment of segments.toReversed()) {
      const { entry, points } = segment;
      // Every segment but the first also returns the gradient by its entry, which the segment
      // before it needs.
      const goesOn = entry !== undefined && segment !== segments[0];
      const inside = wanted.filter(({ at }) => points.has(at));
      const taps = [
        ...inside,
        ...goesOn ? [{ at: entry, role: "gradient" as const }] : [],
        metricTap(scalar),
      ];
      const start = entry === undefined ? undefined : { from, at: entry };
      const edit = changes.filter(({ at }) => points.has(at));
      const run = await runPasses(engine, rows, {
        taps,
        edit,
        start,
        metric: scalar,
        signal,
        onProgress,
        label: "gradients",
      });
      for (const { at } of inside) {
        found.set(at, run.gradients.get(at));
        if (run.gradients.chosen.has(at)) chosen.add(at);
      }
      items ??= run.items;
      if (goesOn) scalar = scoredBy(run.gradients, entry);
      await meter.advance(1);
    }
    return { gradients: new Cache(found, from.tokens, from.pads, chosen), items: items! };
  } finally {
    meter.end();
  }
}

/** The passes over single segments report no progress; the whole computation does. */
const onProgress = () => {};

/** Returns the segments of a model from the tokens to the hook point that the metric reads. */
function segmentsUpTo(end: string, architecture: Architecture): Segment[] {
  const names = hookPoints(architecture).map(({ name }) => name);
  const last = names.indexOf(end);
  const entries = Array.from({ length: architecture.layers }, (_, layer) => entryName(layer, "pre"))
    .filter((name) => names.indexOf(name) < last);
  return [undefined, ...entries].map((entry, i) => {
    const first = entry === undefined ? -1 : names.indexOf(entry);
    const next = entries[i];
    return {
      entry,
      points: new Set(
        names.slice(first + 1, (next === undefined ? last : names.indexOf(next)) + 1),
      ),
    };
  });
}

/** Returns the segments from the first one that holds a wanted gradient. */
function segmentsFrom(
  wanted: readonly RoleTap[],
  segments: readonly Segment[],
): readonly Segment[] {
  return segments.slice(
    segments.findIndex(({ points }) => wanted.some(({ at }) => points.has(at))),
  );
}

/** Returns taps or edits at globs as one for each hook point that the glob matches. */
function onePoint<T extends { readonly at: string }>(
  items: readonly T[],
  architecture: Architecture,
): T[] {
  const points = hookPoints(architecture);
  return items.flatMap((item) =>
    matchPoints(item.at, points).map(({ name }) => ({ ...item, at: name }))
  );
}

/**
 * Returns a metric whose gradient at a point is the given gradient: the product of both, summed
 * over all positions. This is how a segment continues the backward pass of the segment after it.
 */
function scoredBy(gradients: Cache, at: string): RowMetric {
  const gradient = gradients.get(at);
  const width = gradient.size("d_model");
  const columns = gradient.size("position");
  const positions = gradients.tokens.map((row) => row.map((_, t) => t));
  const weights = positions.map((list, row) =>
    list.map((t) => {
      const first = (row * columns + gradients.pads[row] + t) * width;
      return gradient.data.subarray(first, first + width);
    })
  );
  return { kind: "score", at, positions, weights };
}
