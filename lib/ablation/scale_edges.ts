import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { lastLogits } from "../model/interventions.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import { metricFunction } from "../model/plan/metric_function.ts";
import type { Input } from "../model/plan/batch.ts";
import { type AffineEdit, scaleScores } from "../model/plan/edit.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch, wholeNumber } from "../base/options.ts";
import { resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { CUT_SCORE } from "./ablate.ts";
import type { HeadSet } from "./silence_sets.ts";

/** The options of {@link scaleEdges}: which attention scores are scaled, and by which factors. */
export interface ScaleEdgesOptions extends Watch {
  /** The number by which each run is judged, such as `{ logitDifference: [a, b] }`. */
  readonly metric: Metric;
  /** The position that looks, for each prompt. */
  readonly queries: readonly number[];
  /** The positions that it looks at, for each prompt. */
  readonly keys: readonly (readonly number[])[];
  /**
   * The factors of the scores before the softmax, tried one after the other. With "cut" the query
   * cannot attend to the keys at all.
   */
  readonly scales: readonly (number | "cut")[];
}

/**
 * The metric of one prompt with scaled attention scores: a row of the table of {@link scaleEdges}.
 */
export interface ScaledEdgeMetric {
  /** The number of the set of heads, from 0. */
  set: number;
  /** The factor of the scores; null where the edges are cut. */
  scale: number | null;
  /** The number of the prompt, from 0. */
  row: number;
  /** The metric. */
  value: number;
}

const optionsSchema = z.strictObject({
  ...watch,
  metric: metricOption,
  queries: z.array(wholeNumber, "to be a position for each prompt"),
  keys: z.array(
    z.array(wholeNumber).nonempty(),
    "to be a list of at least one position for each prompt",
  ),
  scales: z.array(z.union([z.number(), z.literal("cut")]), 'to be a list of numbers or "cut"')
    .nonempty(),
});

/**
 * Scales the attention scores from one query to some keys in several sets of heads, one set after
 * the other, and returns the metric of each prompt.
 *
 * Scores are scaled before the softmax. A factor of 0 does not remove the edge: a score of zero
 * still gets attention beside the other scores. "cut" removes the edge (attention knockout, Geva et
 * al., arXiv 2304.14767).
 *
 * @param model the model whose attention is edited.
 * @param input the prompts: texts or token ids.
 * @param sets the sets of heads, each a list of [layer, head].
 * @param options the metric; the queries, keys and factors.
 * @returns a row for each set, factor and prompt.
 * @throws CircuitbookError if a head or position does not exist, or there is not one query and one
 * list of keys for each prompt.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const options = { metric, queries: [-1], keys: [[0, 1]], scales: [0, 0.5, 1] };
 * const table = await ablation.scaleEdges(
 *   model,
 *   "11 + 5 =",
 *   [[[1, 3]], [[1, 3], [1, 5]]],
 *   options,
 * );
 * assertEquals(table.height, 6);
 * ```
 */
export async function scaleEdges(
  model: Model,
  input: Input,
  sets: readonly HeadSet[],
  options: ScaleEdgesOptions,
): Promise<TableOf<ScaledEdgeMetric>> {
  checkArguments("scaleEdges", { model: [model, aModel], sets: [sets, is.lists] });
  checkOptions(options, optionsSchema, "scaleEdges");
  const { queries, keys, scales, signal } = options;
  const rows = model.tokens(input);
  const metric = metricFunction(options.metric, rows, model.architecture);
  for (const [name, { length }] of Object.entries({ queries, keys })) {
    if (length !== rows.length) {
      throw new CircuitbookError(
        `Expected ${name} for each of ${rows.length} prompts but found ${length}.`,
      );
    }
  }
  // Prompts with the same query and keys share an edit.
  const edges = [...Map.groupBy(rows.keys(), (row) => `${queries[row]},${keys[row]}`).values()];
  const meter = new Meter("scale attention", sets.length * scales.length, "runs", options);
  const records: ScaledEdgeMetric[] = [];
  try {
    for (const [set, heads] of sets.entries()) {
      const byLayer = [...Map.groupBy(resolvedHeads(heads, model), ([layer]) => layer)];
      for (const scale of scales) {
        const edit = edges.flatMap((own) =>
          byLayer.map(([layer, members]) =>
            edgeEdit(layer, scale, {
              heads: members.map(([, head]) => head),
              positions: [queries[own[0]]],
              keys: keys[own[0]],
              rows: own,
            })
          )
        );
        const cache = await model.run(rows, { edit, logits: [-1], signal, onProgress: () => {} });
        rows.forEach((_, row) => {
          records.push({
            set,
            scale: scale === "cut" ? null : scale,
            row,
            value: metric(lastLogits(cache, row), row),
          });
        });
        await meter.advance(1);
      }
    }
  } finally {
    meter.end();
  }
  // If all edges are cut, every scale is null, so the rows alone do not show that the column holds
  // numbers.
  return tableOf(records, {
    set: pl.Int64,
    scale: pl.Float64,
    row: pl.Int64,
    value: pl.Float64,
  });
}

/** Returns the edit that scales or cuts the edges of a layer. */
function edgeEdit(
  layer: number,
  scale: number | "cut",
  target: Parameters<typeof scaleScores>[2],
): AffineEdit {
  return scale === "cut"
    ? { ...scaleScores(layer, 0, target), shift: CUT_SCORE }
    : scaleScores(layer, scale, target);
}
