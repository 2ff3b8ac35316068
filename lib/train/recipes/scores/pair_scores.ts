import pl from "nodejs-polars";
import { z } from "zod";
import type { Watch } from "../../../base/progress.ts";
import { valueCosines } from "../../../compare/value_cosines.ts";
import type { Model } from "../../../model/model.ts";
import { atLeastOne, checkOptions, watch, wholeNumber } from "../../../base/options.ts";
import { chains } from "../../../tasks/countdown/chains/chains.ts";
import { heldOutProblems } from "../../../tasks/countdown/problems/held_out.ts";
import { readingScores, synonymScores } from "./reading_scores.ts";
import type { ScoreRow } from "./score_rows.ts";
import { writingScores } from "./writing_scores.ts";

/** How checkpoints are scored. */
export interface ScoreOptions extends Watch {
  /** How many held-out problems of each order for each measure. Default 128. */
  readonly n?: number;
  /** Of the problems and the draws. Default 1. */
  readonly seed?: number;
}

const schema = z.strictObject({ ...watch, n: atLeastOne.optional(), seed: wholeNumber.optional() });

/** What a pair must reach, by model and score. */
const thresholds: Readonly<Record<"base" | "tuned", Readonly<Record<string, number>>>> = {
  base: { verification: 0.99, arithmetic: 0.99 },
  tuned: {
    verification: 0.99,
    arithmetic: 0.99,
    "canonical verdicts, greedy": 0.99,
    "right answers, sampled": 0.75,
    "cosine to base": 0.97,
    // No number was set for these: in most attempts, that is.
    "synonyms of right in the lens, right attempts": 0.5,
    "synonyms of wrong in the lens, wrong attempts": 0.5,
  },
};

/**
 * How good one countdown model is, on problems over held-out numbers, by score: `verification` and `arithmetic` inside chains in
 * canonical form, right answers and canonical verdicts of what it writes, greedy and sampled at temperature 1, and synonyms of the verdict
 * in the logit lens before the last layer. Each with `value`, `low` and `high` (95 %), and `n`.
 *
 * @throws CircuitbookError when an option is of the wrong kind, or a verdict is no single token; InterruptedError when stopped.
 *
 * @example
 * ```ts
 * import { loadModel, recipes } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const scores = await recipes.modelScores(await loadModel("countdown-r1"), { n: 2 });
 * assert(scores.some(({ score, n }) => score === "right answers, greedy" && n === 2));
 * ```
 */
export async function modelScores(model: Model, options: ScoreOptions = {}): Promise<ScoreRow[]> {
  checkOptions(options, schema, "modelScores");
  const { n = 128, seed = 1, ...watching } = options;
  const texts = (["fixed", "random"] as const)
    .flatMap((order) => chains(heldOutProblems({ n, seed, order }), { order, seed }));
  return [
    ...await readingScores(model, texts, watching),
    ...await writingScores(model, { n: Math.ceil(n / 2), seed, temperature: 0, ...watching }),
    ...await writingScores(model, { n, seed, temperature: 1, ...watching }),
    ...await synonymScores(model, texts, watching),
  ];
}

/**
 * The scores of a base model and of the one tuned from it, as a table: `model` ("base" or "tuned"), the columns of
 * {@link modelScores}, `threshold` (null where none is asked) and `passes`. Of the tuned model also the `cosine to base` of the
 * MLPs' value vectors: the mean over all, and the lowest of a layer's means.
 *
 * @throws CircuitbookError when the architectures are unlike, or as {@link modelScores}.
 *
 * @example
 * ```ts
 * import { loadModel, recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [base, tuned] = await Promise.all([loadModel("countdown-base"), loadModel("countdown-r1")]);
 * const table = await recipes.pairScores(base, tuned, { n: 2 });
 * assertEquals(table.columns, ["model", "score", "value", "low", "high", "n", "threshold", "passes"]);
 * ```
 */
export async function pairScores(
  base: Model,
  tuned: Model,
  options: ScoreOptions = {},
): Promise<pl.DataFrame> {
  const rows = {
    base: await modelScores(base, options),
    tuned: [...await modelScores(tuned, options), ...await cosines(base, tuned, options)],
  };
  return pl.DataFrame((["base", "tuned"] as const).flatMap((model) =>
    rows[model].map((row) => {
      const threshold = thresholds[model][row.score] ?? null;
      return {
        model,
        ...row,
        threshold,
        passes: threshold === null ? null : row.value >= threshold,
      };
    })
  ));
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
