import type pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, wholeNumber } from "../base/options.ts";
import { numberRows } from "../table/rows.ts";
import { randomNeurons } from "./controls.ts";
import { type Neurons, pairsOf } from "./pairs.ts";

/** Neurons that are silenced together, and what they are called in the table. */
export interface NeuronSet {
  readonly series: string;
  /** How many of a layer, as a rule. */
  readonly k: number;
  /** Which draw, where a series has several of one size. Default 0. */
  readonly draw?: number;
  readonly neurons: Neurons;
}

/** Neurons in the order of their rank in each layer, such as {@link nearestNeurons} returns; several tables are taken together. */
export type Ranked = pl.DataFrame | readonly pl.DataFrame[];

/** How large the sets are, and how many random ones there are of each size. */
export interface SetOptions {
  /** Neurons of each layer and table. */
  readonly ks: readonly number[];
  /** Random sets of each size, drawn in the layers of the first series among the neurons that it does not name. Default 5. */
  readonly draws?: number;
  readonly seed?: number;
}

/**
 * Sets of neurons to silence: the first k of each layer for each series, and the series `random` as a control of equal size.
 * The `k` of a set is how many neurons of a layer it has: twice as many where two tables are taken together.
 *
 * @throws CircuitbookError when a table has no column `rank`, or too few neurons of a layer.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const near = await neurons.nearestNeurons(model, new Float32Array(192).fill(1), { k: 4, layers: { from: 6 } });
 * const sets = neurons.setsBySize(model, { near }, { ks: [1, 4], draws: 2 });
 * assertEquals(sets.map(({ series, k }) => `${series} ${k}`).join(), "near 1,near 4,random 1,random 1,random 4,random 4");
 * ```
 */
export function setsBySize(
  model: Model,
  ranked: Readonly<Record<string, Ranked>>,
  options: SetOptions,
): NeuronSet[] {
  checkOptions(
    options,
    z.strictObject({
      ks: z.array(atLeastOne, "to be a list of whole numbers of at least 1").nonempty(),
      draws: wholeNumber.optional(),
      seed: wholeNumber.optional(),
    }),
    "setsBySize",
  );
  const { ks, draws = 5, seed = 0 } = options;
  const entries = Object.entries(ranked);
  const chosen = entries.flatMap(([series, tables]) => ks.map((k) => firstOf(series, tables, k)));
  const first = chosen.filter(({ series }) => series === entries[0]?.[0]);
  const named = pairsOf(first.flatMap(({ neurons }) => pairsOf(neurons)));
  const random = first.flatMap(({ k, neurons }) =>
    Array.from({ length: draws }, (_, draw): NeuronSet => {
      const drawn = randomNeurons(model, neurons, { except: named, seed: seed + 1000 * k + draw });
      return { series: "random", k, draw, neurons: drawn };
    })
  );
  return [...chosen, ...random];
}

function firstOf(series: string, tables: Ranked, k: number): NeuronSet {
  const list = Array.isArray(tables) ? tables as readonly pl.DataFrame[] : [tables as pl.DataFrame];
  const parts = list.map((table) => {
    if (!table.columns.includes("rank")) {
      throw new CircuitbookError(
        `Expected ranked neurons in "${series}" but found the columns ${
          table.columns.join(", ")
        }; see nearestNeurons.`,
      );
    }
    const rows = numberRows(table).filter(({ rank }) => rank <= k);
    const [short] = [...Map.groupBy(rows, ({ layer }) => layer)].filter(([, { length }]) =>
      length < k
    );
    if (!short) return rows.map(({ layer, neuron }) => [layer, neuron] as const);
    throw new CircuitbookError(
      `Expected ${k} ranked neurons of layer ${short[0]} in "${series}" but found ${
        short[1].length
      }; rank more.`,
    );
  });
  return { series, k: k * list.length, neurons: pairsOf(parts.flat()) };
}
