import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { checkOptions, positions, shown, wholeNumber, wholeNumbers } from "../../base/options.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Positions } from "./positions.ts";

/** One token id for all rows, or a list with one for each row. */
export type TokenChoice = number | readonly number[];

/** The logit of a token minus the logit of another. */
export interface LogitDifference {
  /** The token whose logit counts, and the token whose logit is subtracted. */
  readonly logitDifference: readonly [answer: TokenChoice, against: TokenChoice];
  /** The position in each row whose logits are read. Default -1, the last. */
  readonly position?: number;
}

/** The log-probability of a token as the next one, in nats. */
export interface LogProbability {
  /** The token. */
  readonly logProbability: TokenChoice;
  /** The position in each row whose logits are read. Default -1, the last. */
  readonly position?: number;
}

/** The mean of -log p(next token) over all predictions of a row, in nats. */
export interface NextTokenLoss {
  /** The one kind of loss there is. */
  readonly loss: "next token";
}

/**
 * The product of an activation with a direction, such as the direction of a probe, summed over
 * positions.
 */
export interface ScoreMetric {
  /** One direction for all rows, or a tensor [row, …] with one for each row. */
  readonly score: Tensor | readonly number[];
  /** The hook point whose activation is read. */
  readonly at: string;
  /** The positions that are summed over. Default -1, the last of each row. */
  readonly positions?: Positions;
}

/** A metric as plain data. Only metrics of this kind can be differentiated. */
export type MetricData = LogitDifference | LogProbability | NextTokenLoss | ScoreMetric;

/**
 * A metric as a function of the last logits of a row.
 *
 * @param logits [vocab].
 * @param row the number of the row among the prompts.
 */
export type MetricFunction = (logits: Float32Array, row: number) => number;

/**
 * A number by which a run of each row is judged: plain data, or a function of the last logits.
 *
 * Every method that judges runs takes a metric. Methods that differentiate it take {@link
 * MetricData}. Methods that compute only the last logits of their runs (interventions, ablation,
 * patching) take a function, or a `logitDifference` or `logProbability` of the last position.
 */
export type Metric = MetricData | MetricFunction;

/** What an option `metric` accepts; its details are checked against the rows and the model. */
export const metricOption: z.ZodType = z.custom(
  (value) => typeof value === "function" || typeof value === "object" && value !== null,
  "to be data such as { logitDifference: [a, b] }, or a function of the last logits,",
);

const tokenChoice = z.union([wholeNumber, wholeNumbers], "to be a token id, or one for each row");
const schemas = {
  logitDifference: z.strictObject({
    logitDifference: z.tuple([tokenChoice, tokenChoice], "to be two token ids"),
    position: wholeNumber.optional(),
  }),
  logProbability: z.strictObject({ logProbability: tokenChoice, position: wholeNumber.optional() }),
  loss: z.strictObject({ loss: z.literal("next token", 'to be "next token"') }),
  score: z.strictObject({
    score: z.union([z.instanceof(Tensor), z.array(z.number())], "to be a direction"),
    at: z.string("to be a hook point"),
    positions: positions.optional(),
  }),
};

/**
 * Checks the shape of a metric that has to be data.
 *
 * @throws CircuitbookError for a function, for data of no known kind, and for a wrong or unknown
 * key.
 */
export function checkMetricData(metric: Metric): asserts metric is MetricData {
  if (typeof metric === "function") {
    throw new CircuitbookError(
      "Expected a metric as data, such as { logitDifference: [a, b] }, but found a function; the graph computes this metric, and cannot call a function.",
    );
  }
  const kinds = Object.keys(schemas) as (keyof typeof schemas)[];
  const kind = kinds.find((key) => key in Object(metric));
  if (!kind) {
    throw new CircuitbookError(
      `Expected a metric with ${kinds.join(", ")} but found ${shown(metric)}.`,
    );
  }
  checkOptions(metric, schemas[kind], "metric");
}
