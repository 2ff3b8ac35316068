import { z } from "zod";
import { checkArguments, is } from "../../../base/arguments.ts";
import { aModel } from "../../../model/plan/kinds.ts";
import type { Watch } from "../../../base/progress.ts";
import { valueCosines } from "../../../compare/value_cosines.ts";
import type { Model } from "../../../model/model.ts";
import { atLeastOne, checkOptions, watch, wholeNumber } from "../../../base/options.ts";
import { chains } from "../../../tasks/countdown/chains/chains.ts";
import { templateFor } from "../../../tasks/countdown/prompts/template.ts";
import { heldOutProblems } from "../../../tasks/countdown/problems/held_out.ts";
import { type TableOf, tableOf } from "../../../table/table.ts";
import { readingScores, synonymScores } from "./reading_scores.ts";
import { MISS_SCORES, missScores, RIGHT_SCORES } from "./miss_scores.ts";
import { type AcceptanceRow, judged, type ScoreRow } from "../../scores.ts";
import { writingScores } from "./writing_scores.ts";

/** How models are scored. */
export interface ScoreOptions extends Watch {
  /** How many held-out problems of each order every measure uses; 128 by default. */
  readonly n?: number;
  /** The seed of the problems and of the sampled tokens; 1 by default. */
  readonly seed?: number;
}

const schema = z.strictObject({ ...watch, n: atLeastOne.optional(), seed: wholeNumber.optional() });

/** One score of a base model or of its tuned twin. */
export interface TwinScoreRow extends AcceptanceRow {
  /** Which of the twins. */
  readonly model: "base" | "tuned";
}

/** What is asked of each countdown model, base or tuned. */
const common: Readonly<Record<string, number>> = {
  verification: 0.99,
  arithmetic: 0.99,
  ...Object.fromEntries(MISS_SCORES.map((score) => [score, 0.95])),
  ...Object.fromEntries(RIGHT_SCORES.map((score) => [score, 0.97])),
};

/** The least values that a base model and its tuned twin must reach, by model and score. */
export type Thresholds = Readonly<Record<"base" | "tuned", Readonly<Record<string, number>>>>;

/**
 * What is asked of a tuned model of any size. The source gives no number for synonyms; half means
 * "in most attempts".
 */
const tuned: Readonly<Record<string, number>> = {
  ...common,
  "canonical verdicts, greedy": 0.99,
  "synonyms of right in the lens, right attempts": 0.5,
  "synonyms of wrong in the lens, wrong attempts": 0.5,
};

/** What is asked of the small countdown models. */
export const THRESHOLDS: Thresholds = {
  base: { ...common, "least occurrences of a token in the corpus": 100 },
  tuned: { ...tuned, "right answers, sampled": 0.8, "cosine to base": 0.995 },
};

/** What is asked of SmolLM2 with the countdown adapters. */
export const SMOLLM2_THRESHOLDS: Thresholds = {
  base: common,
  tuned: { ...tuned, "right answers, sampled": 0.5 },
};

/** How twins are scored. */
export interface TwinScoreOptions extends ScoreOptions {
  /** What is asked of the scores. By default what is asked of the embedded models. */
  readonly thresholds?: Thresholds;
}

/**
 * Returns how good a countdown model is, on problems with held-out numbers:
 * - `verification` and `arithmetic` inside chains in canonical form;
 * - results that miss the target narrowly, rejected, and right results, accepted;
 * - right answers and canonical verdicts of the chains that the model writes, greedy and sampled at
 * temperature 1;
 * - synonyms of the verdict in the logit lens before the last layer.
 *
 * @param model a countdown model.
 * @param options the number of problems, and the seed.
 * @returns one row for each score, with its 95 % interval.
 * @throws CircuitbookError if an option is of the wrong kind, or if a verdict is not a single
 * token.
 * @throws InterruptedError if stopped.
 *
 * @example
 * ```ts
 * import { loadModel, recipes } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const scores = await recipes.modelScores(await loadModel("countdown-r1"), { n: 1 });
 * assert(scores.some(({ score, n }) => score === "right answers, greedy" && n === 2));
 * ```
 */
export async function modelScores(model: Model, options: ScoreOptions = {}): Promise<ScoreRow[]> {
  checkArguments("modelScores", {
    model: [model, aModel],
  });

  checkOptions(options, schema, "modelScores");
  const { n = 128, seed = 1, ...watching } = options;
  const template = templateFor(model.tokenizer);
  const texts = (["fixed", "random"] as const)
    .flatMap((order) => chains(heldOutProblems({ n, seed, order }), { order, seed, template }));
  return [
    ...await readingScores(model, texts, watching),
    ...await missScores(model, { n, seed, ...watching }),
    ...await writingScores(model, { n: Math.ceil(n / 2), seed, temperature: 0, ...watching }),
    ...await writingScores(model, { n, seed, temperature: 1, ...watching }),
    ...await synonymScores(model, texts, watching),
  ];
}

/**
 * Returns the scores of a base model and of its tuned twin as a table. The tuned model also has the
 * `cosine to base` of the value vectors of its MLPs: the mean over all vectors, and the lowest of
 * the layers' means.
 *
 * @param base the model before tuning.
 * @param tuned the model after tuning.
 * @param options as for {@link modelScores}, and what is asked of the scores.
 * @returns one row for each model and score.
 * @throws CircuitbookError if the architectures differ, or as {@link modelScores} does.
 * @throws InterruptedError if stopped.
 *
 * @example
 * ```ts ignore
 * import { loadModel, recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * // Both models write for half a minute.
 * const base = await loadModel("countdown-base");
 * const tuned = await loadModel("countdown-r1");
 * const table = await recipes.twinScores(base, tuned, { n: 1 });
 * assertEquals(table.columns.slice(0, 3), ["model", "score", "value"]);
 * ```
 */
export async function twinScores(
  base: Model,
  tuned: Model,
  { thresholds = THRESHOLDS, ...options }: TwinScoreOptions = {},
): Promise<TableOf<TwinScoreRow>> {
  checkArguments("twinScores", {
    base: [base, aModel],
    tuned: [tuned, aModel],
    options: [options, is.object],
  });

  const rows = {
    base: judged(await modelScores(base, options), thresholds.base),
    tuned: await tunedScores(base, tuned, thresholds, options),
  };
  return tableOf(
    (["base", "tuned"] as const).flatMap((model) =>
      rows[model].map((row): TwinScoreRow => ({ model, ...row }))
    ),
  );
}

/**
 * Returns the scores of a tuned model beside what is asked of them, with its `cosine to base`.
 *
 * @param base the model before tuning.
 * @param tuned the model after tuning.
 * @param thresholds what is asked of the scores; only `tuned` is used.
 * @param options as for {@link modelScores}.
 * @throws CircuitbookError if the architectures differ.
 * @throws InterruptedError if stopped.
 */
export async function tunedScores(
  base: Model,
  tuned: Model,
  thresholds: Thresholds,
  options: ScoreOptions = {},
): Promise<AcceptanceRow[]> {
  const scores = [...await modelScores(tuned, options), ...await cosines(base, tuned, options)];
  return judged(scores, thresholds.tuned);
}

async function cosines(
  base: Model,
  tuned: Model,
  { signal, onProgress }: Watch,
): Promise<ScoreRow[]> {
  const { mean, lowest, n } = await valueCosines(base.checkpoint, tuned.checkpoint, {
    signal,
    onProgress,
  });
  const exact = (score: string, value: number) => ({ score, value, low: value, high: value, n });
  return [exact("cosine to base", mean), exact("cosine to base, lowest layer", lowest)];
}
