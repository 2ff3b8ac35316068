import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import { seededRandom } from "../../base/random.ts";
import type { MetricData } from "../../model/plan/metric.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import { aModel, promptPairs } from "../../model/plan/kinds.ts";
import type { Model } from "../../model/model.ts";
import { anything, atLeastOne, checkOptions, watch, wholeNumber } from "../../base/options.ts";
import type { PromptPairs } from "../../model/prompt_pairs.ts";
import { type PatchEffect, restoration } from "../../patching/patch.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import { rankedEdges } from "./circuit.ts";
import { EdgeList } from "./edge_list.ts";
import type { EdgeScore } from "./edges.ts";

/** Which circuits are run, and how they are judged. */
export interface FaithfulnessOptions extends Watch {
  /** A `logitDifference` or `logProbability` of the last position. */
  readonly metric: MetricData;
  /** The sizes of circuits, in edges. */
  readonly sizes: readonly number[];
  /** How many random circuits of each size are run as controls. Default 8. */
  readonly random?: number;
  /** The seed of the random circuits. Default 0. */
  readonly seed?: number;
}

/**
 * How much of a metric one circuit keeps on one pair: a row of the table of {@link faithfulness}.
 */
export interface CircuitFaithfulness extends PatchEffect {
  /** The name of the table whose scores the circuit has, or `random`. */
  by: string;
  /** The number of the random circuit, from 0; 0 for other circuits. */
  draw: number;
  /** The requested number of edges. */
  size: number;
  /** The number of edges of the circuit. */
  edges: number;
}

const faithfulnessSchema = z.strictObject({
  ...watch,
  metric: anything,
  sizes: z.array(atLeastOne).nonempty("to name at least one"),
  seed: wholeNumber.optional(),
  random: z.number("to be a whole number").int("to be a whole number").min(0, "to be at least 0")
    .optional(),
});

/** A circuit that is run. */
interface Trial {
  readonly names: { readonly by: string; readonly draw: number; readonly size: number };
  /** The numbers of the edges of the circuit. */
  readonly edges: readonly number[];
}

/**
 * Returns how much of a metric circuits keep. The clean prompts run with the edges of one circuit;
 * every other edge passes on what its sender wrote in the corrupted run.
 *
 * The controls are random circuits. They grow by random scores in the same greedy search, so that
 * they are connected too, and have at most as many edges as the circuit of the first table. Wang et
 * al., Interpretability in the Wild (arXiv 2211.00593); Hanna, Pezzelle and Belinkov (arXiv
 * 2403.17806).
 *
 * @param model the model.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param tables tables of {@link edges} by name. Score edges and choose a size on other pairs than
 * `pairs`.
 * @param options the metric, the sizes of circuits, and how many controls.
 * @returns a row for each circuit and pair.
 * @throws CircuitbookError if the prompts are not pairs of equal length, a row of a table is not an
 * edge of the model, or a table is named `random`.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("max-of-list");
 * const pairs = { clean: [[2, 7, 1, 4, 5, 10]], corrupted: [[2, 3, 1, 4, 5, 10]] };
 * const metric = { logitDifference: [7, 5] } as const;
 * const table = await attribution.edges(model, pairs, { metric });
 * const kept = await attribution.faithfulness(model, pairs, { EAP: table }, {
 *   metric,
 *   sizes: [4, 10],
 *   random: 2,
 * });
 * assertEquals(kept.height, 2 * (1 + 2));
 * ```
 */
export async function faithfulness(
  model: Model,
  pairs: PromptPairs,
  tables: Readonly<Record<string, TableOf<EdgeScore>>>,
  options: FaithfulnessOptions,
): Promise<TableOf<CircuitFaithfulness>> {
  checkArguments("faithfulness", {
    model: [model, aModel],
    pairs: [pairs, promptPairs],
    tables: [tables, is.recordOf(is.table)],
  });
  checkOptions(options, faithfulnessSchema, "faithfulness");
  if (!Object.keys(tables).length) {
    throw new CircuitbookError(
      "Expected at least one table of edges but found none; give tables of edges by name, as { EAP: table }.",
    );
  }
  if ("random" in tables) {
    throw new CircuitbookError(
      'Expected tables of other names but found "random"; the controls have this name.',
    );
  }
  const { metric, signal, onProgress } = options;
  const list = new EdgeList(model.architecture);
  const count = list.edges.length;
  const trials = trialsOf(list, tables, options);
  const all = Array.from({ length: count }, (_, edge) => edge);
  // The first mask keeps no edge (the corrupted run), the second all edges (the clean run).
  const masks = [[], all, ...trials.map(({ edges }) => edges)].map((edges) => maskOf(edges, count));
  const [corrupted, clean, ...values] = await model.runEdges(pairs, masks, metric, {
    signal,
    onProgress,
  });
  return tableOf(
    trials.flatMap(({ names, edges }, trial) =>
      values[trial].map((value, row): CircuitFaithfulness => ({
        ...names,
        edges: edges.length,
        row,
        ...restoration(corrupted[row], clean[row], value),
      }))
    ),
  );
}

/**
 * Returns the circuits of each table in each size, and random circuits as large as those of the
 * first table.
 */
function trialsOf(
  list: EdgeList,
  tables: Readonly<Record<string, TableOf<EdgeScore>>>,
  { sizes, random = 8, seed = 0 }: FaithfulnessOptions,
): Trial[] {
  const drawn = seededRandom(seed);
  const orders = Object.entries(tables).map(([by, table]) => ({
    by,
    order: rankedEdges(list, table).order,
  }));
  const randomOrders = Array.from(
    { length: random },
    // Scores in (0, 1]: a score of 0 would be drawn last everywhere.
    () => list.greedy(list.edges.map(() => 1 - drawn())),
  );
  return sizes.flatMap((size): Trial[] => {
    const chosen = orders.map(({ by, order }) => ({
      names: { by, draw: 0, size },
      edges: list.circuit(order, size),
    }));
    const most = chosen[0].edges.length;
    const controls = randomOrders.map((order, draw) => {
      return { names: { by: "random", draw, size }, edges: list.circuit(order, most) };
    });
    return [...chosen, ...controls];
  });
}

/** Returns 1 for each edge of a circuit, and 0 for the others. */
function maskOf(edges: readonly number[], count: number): Float32Array {
  const mask = new Float32Array(count);
  for (const edge of edges) mask[edge] = 1;
  return mask;
}
