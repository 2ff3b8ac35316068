import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { seededRandom } from "../base/random.ts";
import type { MetricData } from "../model/plan/metric.ts";
import type { Model } from "../model/model.ts";
import { anything, atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import type { PromptPairs } from "../model/prompt_pairs.ts";
import { judged } from "../patching/activations.ts";
import { rankedEdges } from "./circuit.ts";
import { EdgeList } from "./connected.ts";

/** Which circuits are run, and how they are judged. */
export interface FaithfulnessOptions extends Watch {
  /** `logitDifference` or `logProbability`, of the last position. */
  readonly metric: MetricData;
  /** Sizes of circuits, in edges. */
  readonly sizes: readonly number[];
  /** Random circuits of each size, grown in the same way. Default 8. */
  readonly random?: number;
  readonly seed?: number;
}

const faithfulnessSchema = z.strictObject({
  ...watch,
  metric: anything,
  sizes: z.array(atLeastOne).nonempty("to name at least one"),
  seed: wholeNumber.optional(),
  random: z.number("to be a whole number").int("to be a whole number").min(0, "to be at least 0")
    .optional(),
});

/** A circuit, by the numbers of its edges. */
interface Trial {
  readonly names: { readonly by: string; readonly draw: number; readonly size: number };
  readonly edges: readonly number[];
}

/**
 * How much of a metric circuits keep: the clean prompts run with the edges of a circuit alone, while every other edge hands on what its
 * sender wrote in the corrupted run. A table with a line for each circuit and pair: `by` (the name of its scores, or `random`),
 * `draw`, `size` (asked), `edges` (of the circuit), `row`, `corrupted`, `clean`, `value` and `restored`, the share of the way from
 * corrupted to clean.
 *
 * The controls are circuits that grow in the same way by random scores, to at most as many edges as the first scores' circuit:
 * connected, as it is. Wang et al., Interpretability in the Wild (arXiv 2211.00593); Hanna, Pezzelle and Belinkov (arXiv 2403.17806).
 *
 * @param tables by name, made by {@link edges}. Score, and choose a size, on other pairs than those that judge.
 * @throws CircuitbookError when the prompts are not pairs of equal length, a line is not an edge of the model, or a table is named
 * `random`.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const pairs = { clean: "11 + 5 =", corrupted: "11 + 4 =" };
 * const metric = { logitDifference: [20, 21] } as const;
 * const table = await attribution.edges(model, pairs, { metric });
 * const kept = await attribution.faithfulness(model, pairs, { EAP: table }, { metric, sizes: [40, 400], random: 2 });
 * assertEquals(kept.height, 2 * (1 + 2));
 * ```
 */
export async function faithfulness(
  model: Model,
  pairs: PromptPairs,
  tables: Readonly<Record<string, pl.DataFrame>>,
  options: FaithfulnessOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, faithfulnessSchema, "faithfulness");
  if (!Object.keys(tables).length) {
    throw new CircuitbookError("Expected at least one table of edges but found none.");
  }
  if ("random" in tables) {
    throw new CircuitbookError(
      'Expected tables of other names but found "random"; that is the name of the controls.',
    );
  }
  const { metric, signal, onProgress } = options;
  const list = new EdgeList(model.architecture);
  const count = list.edges.length;
  const trials = trialsOf(list, tables, options);
  const all = Array.from({ length: count }, (_, edge) => edge);
  const masks = [[], all, ...trials.map(({ edges }) => edges)].map((edges) => maskOf(edges, count));
  const [corrupted, clean, ...values] = await model.runEdges(pairs, masks, metric, {
    signal,
    onProgress,
  });
  return pl.DataFrame(
    trials.flatMap(({ names, edges }, trial) =>
      values[trial].map((value, row) => ({
        ...names,
        edges: edges.length,
        row,
        ...judged(corrupted[row], clean[row], value),
      }))
    ),
  );
}

/** The circuits of some sizes by each kind of scores, and random ones of as many edges as the first kind's. */
function trialsOf(
  list: EdgeList,
  tables: Readonly<Record<string, pl.DataFrame>>,
  { sizes, random = 8, seed = 0 }: FaithfulnessOptions,
): Trial[] {
  const drawn = seededRandom(seed);
  const orders = Object.entries(tables).map(([by, table]) => ({
    by,
    order: rankedEdges(list, table).order,
  }));
  const randomOrders = Array.from(
    { length: random },
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

function maskOf(edges: readonly number[], count: number): Float32Array {
  const mask = new Float32Array(count);
  for (const edge of edges) mask[edge] = 1;
  return mask;
}
