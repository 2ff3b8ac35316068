import { z } from "zod";
import type { Feeds } from "../../onnx/feeds.ts";
import type { Random } from "../../base/random.ts";
import { atLeastOne } from "../../base/options.ts";
import { SAMPLING_NAMES } from "../plan/graph_names.ts";
import type { PlannedSampling } from "../plan/plan.ts";

/** How the next token is drawn. */
export interface SamplingOptions {
  /**
   * The temperature of the softmax: 0 takes the most probable token, 1 draws from the distribution
   * of the model. Default 0.
   */
  readonly temperature?: number;
  /**
   * Draw only among this many most probable tokens (Fan et al., arXiv 1805.04833). Default: all.
   */
  readonly topK?: number;
  /**
   * Draw only among the most probable tokens that together have this probability (nucleus sampling,
   * arXiv 1904.09751).
   */
  readonly topP?: number;
}

const SHARE = "to be a number above 0 and at most 1";
const HEAT = "to be a number of at least 0";

/** How sampling options are checked. */
export const sampling = {
  temperature: z.number(HEAT).min(0, HEAT).optional(),
  topK: atLeastOne.optional(),
  topP: z.number(SHARE).gt(0, SHARE).max(1, SHARE).optional(),
};

/**
 * The lowest temperature in f32 by which differences of logits are divided; below, one token has
 * all the weight.
 */
const LOWEST_TEMPERATURE = 1e-30;

/** The largest f32 number below 1. */
const BELOW_ONE = 1 - 2 ** -24;

/** Returns the part of sampling options that decides the graph. */
export function plannedSampling(
  { temperature = 0, topK, topP }: SamplingOptions,
): PlannedSampling {
  if (temperature === 0) return { temperature: false, topP: false };
  return { temperature: true, topK, topP: topP !== undefined };
}

/**
 * Returns the inputs of a graph that chooses tokens: the options, and one uniform number for each
 * row.
 */
export function samplingFeeds(
  { temperature = 0, topP }: SamplingOptions,
  randoms: readonly Random[],
): Feeds {
  if (temperature === 0) return {};
  const scalar = (value: number) => ({ data: Float32Array.of(value), dims: [] });
  const draws = Float32Array.from(randoms, (random) => Math.min(random(), BELOW_ONE));
  return {
    [SAMPLING_NAMES.temperature]: scalar(Math.max(temperature, LOWEST_TEMPERATURE)),
    [SAMPLING_NAMES.draws]: { data: draws, dims: [draws.length, 1] },
    ...topP === undefined ? {} : { [SAMPLING_NAMES.topP]: scalar(topP) },
  };
}
