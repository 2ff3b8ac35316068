import pl from "nodejs-polars";
import { z } from "zod";
import type { Watch } from "../base/progress.ts";
import type { Tensor } from "../base/tensor.ts";
import { edgesOf } from "../model/edges/nodes.ts";
import type { MetricData } from "../model/plan/metric.ts";
import type { Model } from "../model/model.ts";
import { anything, atLeastOne, checkOptions, watch } from "../base/options.ts";
import type { PromptPairs } from "../model/prompt_pairs.ts";

/** How edges are scored. */
export interface EdgeOptions extends Watch {
  /** `logitDifference` or `logProbability`, of the last position. */
  readonly metric: MetricData;
  /** Runs, from the corrupted to the clean embeddings, over which the gradient is averaged. Default 1: the clean run. */
  readonly steps?: number;
}

/**
 * Edge attribution patching: an estimate, for every edge between two nodes, of how much a metric rests on it, as a table: `from` (such as
 * `embed`, `L3H1`, `L3.mlp`), `fromLayer`, `fromHead`, `to` (`L5H1.q`, `L5H0.k`, `L5.mlp`, `logits`; keys and values by key/value head),
 * `toLayer`, `toHead`, `kind` (q, k, v, mlp, logits), `score`, the mean over pairs, and `error`, its standard error.
 *
 * The score is what the sender writes in the clean but not in the corrupted run, times the gradient of the metric by what the receiver
 * reads: to first order, what the metric loses where this edge alone is corrupted. The gradient is that of the clean run (EAP: Syed, Rager
 * and Conmy, arXiv 2310.10348), or with `steps` the mean over runs whose embeddings go from the corrupted to the clean ones (EAP-IG: Hanna,
 * Pezzelle and Belinkov, arXiv 2403.17806), which sees where the clean run is saturated.
 *
 * @throws CircuitbookError when the prompts are not pairs of equal length, or the metric is not of the last position's logits.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const table = await attribution.edges(model, { clean: "11 + 5 =", corrupted: "11 + 4 =" }, { metric });
 * assertEquals(table.row(0).slice(0, 4), ["embed", null, null, "L0H0.q"]);
 * ```
 */
export async function edges(
  model: Model,
  pairs: PromptPairs,
  options: EdgeOptions,
): Promise<pl.DataFrame> {
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
  return pl.DataFrame({
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
}

/** The mean of each edge's scores over pairs, and its standard error (NaN for one pair). */
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
