import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { lastLogits } from "../model/interventions.ts";
import { type Metric, metricOption } from "../model/plan/metric.ts";
import { metricFunction } from "../model/plan/metric_function.ts";
import type { Input } from "../model/plan/batch.ts";
import { type AffineEdit, scaleScores } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, watch, wholeNumber } from "../base/options.ts";
import { resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import type { HeadSet } from "./greedy.ts";

/** Which edges are scaled, by how much, and how the model is judged. */
export interface ScaleEdgesOptions extends Watch {
  readonly metric: Metric;
  /** The query of each prompt. */
  readonly queries: readonly number[];
  /** The keys of each prompt whose scores are scaled. */
  readonly keys: readonly (readonly number[])[];
  /** What the scores before the softmax are multiplied by, each in turn; "cut": the query cannot look there at all. */
  readonly scales: readonly (number | "cut")[];
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

/** Far below any score, and still finite. */
const CUT = -1e9;

/**
 * Scales the attention scores from one query to some keys in each of several sets of heads and returns the metric of each prompt,
 * as a table: `set` (its number), `scale` (null where cut), `row`, `value`.
 *
 * The score is scaled before the softmax. A scale of 0 does not remove the edge: it leaves the attention that a score of zero gets
 * beside the other scores; "cut" removes it (attention knockout, Geva et al., arXiv 2304.14767).
 *
 * @throws CircuitbookError when a head or position does not exist, or the lists are not one for each prompt.
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const options = { metric, queries: [-1], keys: [[0, 1]], scales: [0, 0.5, 1] };
 * const table = await ablation.scaleEdges(model, "11 + 5 =", [[[1, 3]], [[1, 3], [1, 5]]], options);
 * assertEquals(table.height, 6);
 * ```
 */
export async function scaleEdges(
  model: Model,
  input: Input,
  sets: readonly HeadSet[],
  options: ScaleEdgesOptions,
): Promise<pl.DataFrame> {
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
  const edges = [...Map.groupBy(rows.keys(), (row) => `${queries[row]},${keys[row]}`).values()];
  const meter = new Meter("scale attention", sets.length * scales.length, "runs", options);
  const records: Record<string, number | null>[] = [];
  try {
    for (const [set, heads] of sets.entries()) {
      const members = [...Map.groupBy(resolvedHeads(heads, model), ([layer]) => layer)];
      for (const scale of scales) {
        const edit = edges.flatMap((own) =>
          members.map(([layer, pairs]) =>
            edgeEdit(layer, scale, {
              heads: pairs.map(([, head]) => head),
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
  return pl.DataFrame(records, {
    schema: { set: pl.Int64, scale: pl.Float64, row: pl.Int64, value: pl.Float64 },
  });
}

function edgeEdit(
  layer: number,
  scale: number | "cut",
  target: Parameters<typeof scaleScores>[2],
): AffineEdit {
  return scale === "cut"
    ? { ...scaleScores(layer, 0, target), shift: CUT }
    : scaleScores(layer, scale, target);
}
