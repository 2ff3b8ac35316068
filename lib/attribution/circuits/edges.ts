import { withWholeIndices } from "../../table/index_columns.ts";
import pl from "nodejs-polars";
import { z } from "zod";
import { checkArguments } from "../../base/arguments.ts";
import { aModel, promptPairs } from "../../model/plan/kinds.ts";
import type { Watch } from "../../base/progress.ts";
import type { Tensor } from "../../base/tensor.ts";
import { edgesOf } from "../../model/edges/nodes.ts";
import type { MetricData } from "../../model/plan/metric.ts";
import type { Model } from "../../model/model.ts";
import { anything, atLeastOne, checkOptions, watch } from "../../base/options.ts";
import type { PromptPairs } from "../../model/prompt_pairs.ts";
import type { TableOf } from "../../table/table.ts";

/** How edges are scored. */
export interface EdgeOptions extends Watch {
  /** A `logitDifference` or `logProbability` of the last position. */
  readonly metric: MetricData;
  /**
   * How many runs, with embeddings between the corrupted and the clean embeddings, the gradient is
   * averaged over. Default 1: the gradient of the clean run.
   */
  readonly steps?: number;
}

/** The score of one edge between two nodes: a row of the table of {@link edges}. */
export interface EdgeScore {
  /** The node that writes: such as `embed`, `L3H1` or `L3.mlp`. */
  from: string;
  /** The layer of the node that writes, from 0; null for embeddings. */
  fromLayer: number | null;
  /** The head that writes, from 0; null for other nodes. */
  fromHead: number | null;
  /**
   * What reads: such as `L5H1.q`, `L5H0.k`, `L5.mlp` or `logits`; keys and values by key/value
   * head.
   */
  to: string;
  /** The layer of what reads, from 0; null for the logits. */
  toLayer: number | null;
  /** The head or key/value head that reads, from 0; null for other nodes. */
  toHead: number | null;
  /** As what the receiver reads. */
  kind: "q" | "k" | "v" | "mlp" | "logits";
  /**
   * The mean over pairs of what the metric loses if this edge alone is corrupted, to first order.
   */
  score: number;
  /** The standard error of `score` over pairs; NaN for one pair. */
  error: number;
}

/**
 * Returns how much a metric rests on each edge between two nodes, estimated by edge attribution
 * patching.
 *
 * The score is the clean minus the corrupted output of the sender, times the gradient of the metric
 * with respect to what the receiver reads. By default the gradient is that of the clean run (EAP:
 * Syed, Rager and Conmy, arXiv 2310.10348). With `steps` it is the mean over runs whose embeddings
 * go from the corrupted to the clean embeddings (EAP-IG: Hanna, Pezzelle and Belinkov, arXiv
 * 2403.17806), which also finds edges whose gradient vanishes in the clean run.
 *
 * @param model the model.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param options the metric, and how many runs the gradient is averaged over.
 * @returns a row for each edge, in the order of the model.
 * @throws CircuitbookError if the prompts are not pairs of equal length, or the metric is not one
 * of the logits of the last position.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("max-of-list");
 * const pairs = { clean: [[2, 7, 1, 4, 5, 10]], corrupted: [[2, 3, 1, 4, 5, 10]] };
 * const table = await attribution.edges(model, pairs, { metric: { logitDifference: [7, 5] } });
 * assertEquals(table.row(0).slice(0, 4), ["embed", null, null, "L0H0.q"]);
 * ```
 */
export async function edges(
  model: Model,
  pairs: PromptPairs,
  options: EdgeOptions,
): Promise<TableOf<EdgeScore>> {
  checkArguments("edges", {
    model: [model, aModel],
    pairs: [pairs, promptPairs],
  });

  checkOptions(
    options,
    z.strictObject({ ...watch, metric: anything, steps: atLeastOne.optional() }),
    "edges",
  );
  const { metric, steps = 1, ...rest } = options;
  const scores = await model.edgeScores(pairs, metric, { steps, ...rest });
  const list = edgesOf(model.architecture);
  const { means, errors } = moments(scores);
  const column = <T extends string | number>(read: (edge: typeof list[number]) => T | undefined) =>
    list.map((edge) => read(edge) ?? null);
  // There are tens of thousands of edges: columns are made at once.
  const table = pl.DataFrame({
    from: column(({ from }) => from.name),
    fromLayer: column(({ from }) => from.layer),
    fromHead: column(({ from }) => from.head),
    to: column(({ to }) => to.name),
    toLayer: column(({ to }) => to.layer),
    toHead: column(({ to }) => to.head),
    kind: column(({ to }) => to.kind),
    score: means,
    error: errors,
  });
  return withWholeIndices(table);
}

/** Returns the mean of each edge's scores over pairs, and its standard error (NaN for one pair). */
function moments({ data, shape: [pairs, edges] }: Tensor): { means: number[]; errors: number[] } {
  const means = new Array<number>(edges);
  const errors = new Array<number>(edges);
  for (let edge = 0; edge < edges; edge++) {
    let sum = 0;
    let squares = 0;
    for (let pair = 0; pair < pairs; pair++) sum += data[pair * edges + edge];
    const mean = sum / pairs;
    for (let pair = 0; pair < pairs; pair++) squares += (data[pair * edges + edge] - mean) ** 2;
    means[edge] = mean;
    errors[edge] = Math.sqrt(squares / (pairs - 1) / pairs);
  }
  return { means, errors };
}
