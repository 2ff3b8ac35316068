import { checkArguments, is } from "../../base/arguments.ts";
import type { Tensor } from "../../base/tensor.ts";
import { Drawing, stacked, table, tensorHeatmap } from "../../plot/mod.ts";

/** What {@link cacheView} draws; a `Cache` has it. */
export interface CacheViewData {
  /** The hook points whose activations the cache holds. */
  names: readonly string[];
  /**
   * Returns the activation of a hook point.
   *
   * @param name the name of the hook point.
   * @returns the activation, with named axes.
   */
  get(name: string): Tensor;
  /** The token ids of each row of the batch. */
  tokens: readonly (readonly number[])[];
}

/**
 * Returns a table of the activations in a cache: a row for each kind of hook point, with its layers
 * and axes. A cache of one tensor shows that tensor as well.
 *
 * @param cache the cache of a run.
 * @returns a drawing for a notebook cell.
 *
 * @example
 * ```ts
 * import { notebook, Tensor } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const embed = new Tensor(new Float32Array(2), { position: 2, d_model: 1 });
 * const cache = { names: ["hook_embed"], tokens: [[1, 2]], get: () => embed };
 * assert(notebook.cacheView(cache).text.includes("hook_embed"));
 * ```
 */
export function cacheView(cache: CacheViewData): Drawing {
  checkArguments("cacheView", {
    cache: [cache, is.like("the cache of a run", "names", "get", "tokens")],
  });

  const title = `Activations of ${cache.tokens.length} ${
    cache.tokens.length === 1 ? "text" : "texts"
  }`;
  if (cache.names.length === 0) return table([{ "hook point": "none was tapped" }], { title });
  const groups = new Map<string, { glob: string; axes: string; layers: string[] }>();
  for (const name of cache.names) {
    const [, layer] = /^blocks\.(\d+)\./.exec(name) ?? [];
    const glob = layer === undefined ? name : name.replace(layer, "*");
    const axes = cache.get(name).describe();
    const group = groups.get(glob + axes) ?? { glob, axes, layers: [] };
    if (layer !== undefined) group.layers.push(layer);
    groups.set(glob + axes, group);
  }
  const rows = [...groups.values()].map(({ glob, axes, layers }) => ({
    "hook point": glob,
    layers: ranges(layers.map(Number)),
    axes,
  }));
  const list = table(rows, { title });
  return cache.names.length === 1
    ? stacked([list, tensorHeatmap(cache.get(cache.names[0]))])
    : list;
}

/** Numbers as ranges: "0–7, 9". */
function ranges(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[1] === n - 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([from, to]) => from === to ? `${from}` : `${from}–${to}`).join(", ");
}
