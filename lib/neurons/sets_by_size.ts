import type pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, wholeNumber } from "../base/options.ts";
import { numberRows } from "../table/rows.ts";
import { randomNeurons } from "./random_neurons.ts";
import { type Neurons, neuronsOf } from "./neuron_list.ts";

/** A set of neurons that are silenced together, and its name in tables. */
export interface NeuronSet {
  /** The name of the series of sets, such as the direction whose nearest neurons it holds. */
  readonly series: string;
  /** How many neurons of each layer the set holds. */
  readonly k: number;
  /** The number of the draw, if a series has several sets of one size. Default 0. */
  readonly draw?: number;
  /** The neurons, as [layer, neuron] or a table with these columns. */
  readonly neurons: Neurons;
}

/**
 * A table of neurons with their `rank` in each layer, as {@link nearestNeurons} returns; or several
 * tables that are merged.
 */
export type Ranked = pl.DataFrame | readonly pl.DataFrame[];

/** The options of {@link setsBySize}. */
export interface SetOptions {
  /** The sizes of the sets: how many neurons of each layer are taken from each table. */
  readonly ks: readonly number[];
  /**
   * How many random sets of each size are drawn, in the layers of the first series, from the
   * neurons that the first series does not contain. Default 5.
   */
  readonly draws?: number;
  /** The seed of the random sets. Default 0. */
  readonly seed?: number;
}

const setsSchema = z.strictObject({
  ks: z.array(atLeastOne, "to be a list of whole numbers of at least 1").nonempty(),
  draws: wholeNumber.optional(),
  seed: wholeNumber.optional(),
});

/**
 * Returns sets of neurons to silence: for each series the first k neurons of each layer, for
 * several k, and as a control of the same size the series `random`.
 *
 * If several tables are merged in a series, the `k` of its sets is the sum over the tables.
 *
 * @param model the model of the neurons.
 * @param ranked tables of ranked neurons, by the name of the series.
 * @param options the sizes, and how many random sets of each size.
 * @returns the sets, which {@link sweepZeroed} takes.
 * @throws CircuitbookError if a table has no column `rank`, or fewer than k neurons of a layer.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const direction = new Float32Array(192).fill(1);
 * const near = await neurons.nearestNeurons(model, direction, { k: 4, layers: { from: 6 } });
 * const sets = neurons.setsBySize(model, { near }, { ks: [1, 4], draws: 1 });
 * assertEquals(
 *   sets.map(({ series, k }) => `${series} ${k}`),
 *   ["near 1", "near 4", "random 1", "random 4"],
 * );
 * ```
 */
export function setsBySize(
  model: Model,
  ranked: Readonly<Record<string, Ranked>>,
  options: SetOptions,
): NeuronSet[] {
  checkArguments("setsBySize", {
    model: [model, aModel],
    ranked: [ranked, is.recordOf(is.either(is.table, is.listOf(is.table)))],
  });
  checkOptions(options, setsSchema, "setsBySize");
  const { ks, draws = 5, seed = 0 } = options;
  const entries = Object.entries(ranked);
  const chosen = entries.flatMap(([series, tables]) => ks.map((k) => firstOf(series, tables, k)));
  const first = chosen.filter(({ series }) => series === entries[0]?.[0]);
  const named = neuronsOf(first.flatMap(({ neurons }) => neuronsOf(neurons)));
  const random = first.flatMap(({ k, neurons }) =>
    Array.from({ length: draws }, (_, draw): NeuronSet => {
      const drawn = randomNeurons(model, neurons, { except: named, seed: seed + 1000 * k + draw });
      return { series: "random", k, draw, neurons: drawn };
    })
  );
  return [...chosen, ...random];
}

/** Returns the set of the first k neurons of each layer of one series. */
function firstOf(series: string, tables: Ranked, k: number): NeuronSet {
  const list = Array.isArray(tables) ? tables as readonly pl.DataFrame[] : [tables as pl.DataFrame];
  const parts = list.map((table) => {
    if (!table.columns.includes("rank")) {
      throw new CircuitbookError(
        `Expected ranked neurons in "${series}" but found the columns ${
          table.columns.join(", ")
        }; give what nearestNeurons returned.`,
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
      }; set a larger k in nearestNeurons.`,
    );
  });
  return { series, k: k * list.length, neurons: neuronsOf(parts.flat()) };
}
