import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { AffineEdit } from "../model/plan/edit.ts";
import { hookPoints, isAttentionGrid, matchPoints } from "../model/plan/hook_points.ts";
import type { MetricData } from "../model/plan/metric.ts";
import { metricOfRows, rowMetric } from "../model/plan/row_metric.ts";
import type { Model } from "../model/model.ts";
import { anything, atLeastOne, checkOptions, watch } from "../base/options.ts";
import { pairedRows } from "../model/prompt_pairs.ts";
import { type TableOf, tableOf } from "../table/table.ts";

/** The options of {@link integratedGradients}: which metric is attributed to which activations. */
export interface IntegratedOptions extends Watch {
  /** The metric that is attributed. */
  readonly metric: MetricData;
  /** The hook point whose activations the metric is attributed to. Default `hook_embed`. */
  readonly at?: string;
  /**
   * Prompts whose activations are the start of the path, each as long as its prompt in tokens.
   * Default: the path starts at zero.
   */
  readonly baseline?: Input;
  /**
   * At how many points of the path, the middles of equal steps, the gradient is taken. Default 32.
   */
  readonly steps?: number;
}

/** The contribution of one position to a metric. */
export interface PositionContribution {
  /** The number of the prompt, from 0. */
  row: number;
  /** The position in the prompt, from 0. */
  position: number;
  /** The id of the token at the position. */
  token: number;
  /** The sum of the contributions of all numbers of the activation at the position. */
  contribution: number;
}

/** How complete the contributions of one prompt are. */
export interface Completeness {
  /** The number of the prompt, from 0. */
  row: number;
  /** The metric at the start of the path. */
  baseline: number;
  /** The metric of the prompt. */
  value: number;
  /** The sum of all contributions. */
  sum: number;
  /** `sum` − (`value` − `baseline`): the error of taking few steps. */
  error: number;
}

/** What each activation contributes to a metric. */
export interface IntegratedGradients {
  /**
   * For each prompt, the contribution of every number of the activation: the hook point's axes
   * without batch.
   */
  readonly rows: readonly Tensor[];
  /** The contribution of each position. */
  readonly positions: TableOf<PositionContribution>;
  /** Whether the contributions of each prompt sum to the difference of the metric. */
  readonly completeness: TableOf<Completeness>;
}

const integratedSchema = z.strictObject({
  ...watch,
  metric: anything,
  baseline: anything,
  steps: atLeastOne.optional(),
  at: z.string("to be a hook point").optional(),
});

/**
 * Returns what each activation of a hook point contributes to the difference of a metric between a
 * baseline and the prompt, by integrated gradients.
 *
 * A contribution is (activation − baseline) × the mean gradient on the straight path between the
 * two. With many steps, the contributions sum to the difference of the metric; the remaining error
 * is returned with them. The points of a path are the rows of one batch. Sundararajan, Taly and
 * Yan, Axiomatic Attribution for Deep Networks (arXiv 1703.01365).
 *
 * @param model the model.
 * @param input the prompts: texts or token ids.
 * @param options the metric, the hook point, the baseline and the number of steps.
 * @returns contributions by number and by position, and how complete they are.
 * @throws CircuitbookError if the hook point does not exist or has no positions, a baseline has
 * another length than its prompt, or the metric does not fit the prompts.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = { logitDifference: [20, 21] } as const;
 * const options = { metric, at: "blocks.4.hook_resid_pre", baseline: "11 + 4 =" };
 * const { completeness } = await attribution.integratedGradients(model, "11 + 5 =", options);
 * assert(Math.abs(Number(completeness.toRecords()[0].error)) < 0.05);
 * ```
 */
export async function integratedGradients(
  model: Model,
  input: Input,
  options: IntegratedOptions,
): Promise<IntegratedGradients> {
  checkArguments("integratedGradients", {
    model: [model, aModel],
    input: [input, is.either(is.text, is.numbers, is.list)],
  });

  checkOptions(options, integratedSchema, "integratedGradients");
  const { metric, at = "hook_embed", baseline, steps = 32, signal } = options;
  const rows = model.tokens(input);
  const [point] = matchPoints(at, hookPoints(model.architecture));
  if (point.name !== at || isAttentionGrid(point)) {
    throw new CircuitbookError(`Expected one hook point with positions but found "${at}".`);
  }
  rowMetric(metric, rows, model.architecture);
  const from = baseline === undefined
    ? undefined
    : pairedRows(model, { clean: rows, corrupted: baseline }).corrupted;
  const meter = new Meter("integrate gradients", rows.length, "rows", options);
  const found: Integral[] = [];
  try {
    for (const [row, tokens] of rows.entries()) {
      const end = await activation(model, tokens, at, signal);
      const start = from ? await activation(model, from[row], at, signal) : zerosLike(end);
      const path = Array.from({ length: steps + 2 }, () => row);
      const own = metricOfRows(metric, path, rows.length, model.architecture);
      found.push(await integral(model, tokens, own, { at, start, end, steps, signal }));
      await meter.advance(1);
    }
  } finally {
    meter.end();
  }
  return contributionsOf(rows, found);
}

/** What the path of one prompt gives. */
interface Integral {
  readonly contributions: Tensor;
  readonly baseline: number;
  readonly value: number;
}

/**
 * Runs the path of one prompt: its two ends and the middles of its steps, each a row of the batch.
 */
async function integral(
  model: Model,
  tokens: readonly number[],
  metric: MetricData,
  { at, start, end, steps, signal }: {
    at: string;
    start: Tensor;
    end: Tensor;
    steps: number;
    signal?: AbortSignal;
  },
): Promise<Integral> {
  // The middle of each step rather than its ends: the error then falls with the square of the
  // number of steps.
  const shares = [0, 1, ...Array.from({ length: steps }, (_, step) => (step + 0.5) / steps)];
  const change = end.data.map((value, i) => value - start.data[i]);
  const edit = shares.map((share, row): AffineEdit => {
    const shift = start.data.map((value, i) => value + share * change[i]);
    return { at, rows: [row], scale: 0, shift: new Tensor(shift, end.sizes) };
  });
  const { values, gradients } = await model.gradients(shares.map(() => tokens), metric, {
    at,
    edit,
    signal,
  });
  const slopes = gradients.get(at).data;
  const total = new Float64Array(change.length);
  // The first two rows are the ends of the path: only their metric counts.
  for (let i = 2 * total.length; i < slopes.length; i++) {
    total[i % total.length] += slopes[i] / steps;
  }
  const contributions = new Tensor(change.map((value, i) => value * total[i]), end.sizes);
  return { contributions, baseline: values[0], value: values[1] };
}

/** Sums the contributions over positions and over prompts. */
function contributionsOf(
  rows: readonly (readonly number[])[],
  found: readonly Integral[],
): IntegratedGradients {
  const sums = found.map(({ contributions: { data } }, row) => {
    const length = rows[row].length;
    const size = data.length / length;
    return Array.from(
      { length },
      (_, t) => data.subarray(t * size, (t + 1) * size).reduce((a, b) => a + b, 0),
    );
  });
  return {
    rows: found.map(({ contributions }) => contributions),
    positions: tableOf(
      sums.flatMap((own, row) =>
        own.map((contribution, position): PositionContribution => ({
          row,
          position,
          token: rows[row][position],
          contribution,
        }))
      ),
    ),
    completeness: tableOf(found.map(({ baseline, value }, row): Completeness => {
      const sum = sums[row].reduce((a, b) => a + b, 0);
      return { row, baseline, value, sum, error: sum - (value - baseline) };
    })),
  };
}

/** Returns the activations of a prompt at a hook point, [position, …]. */
async function activation(
  model: Model,
  tokens: readonly number[],
  at: string,
  signal?: AbortSignal,
): Promise<Tensor> {
  return (await model.run([tokens], { tap: at, signal })).get(at).slice({ batch: 0 });
}

function zerosLike({ data, sizes }: Tensor): Tensor {
  return new Tensor(new Float32Array(data.length), sizes);
}
