import type { Watch } from "../../../base/progress.ts";
import type { Model } from "../../../model/model.ts";
import { prompt } from "../../../tasks/word_problems/prompt.ts";
import { read } from "../../../tasks/word_problems/read.ts";
import { score } from "../../../tasks/word_problems/score.ts";
import { type ScoreRow, shareScore } from "../../scores.ts";
import { written } from "./written_verdicts.ts";
import { writingScores } from "./writing_scores.ts";

/** How many countdown problems of each order are answered. */
const COUNTDOWN = 16;

/**
 * Returns how often a model answers rightly: word problems, those that come with the repository,
 * greedily and sampled at temperature 1; and countdown problems, greedily.
 *
 * @throws InterruptedError if stopped.
 */
export async function wordScores(model: Model, watch: Watch = {}): Promise<ScoreRow[]> {
  const problems = await read();
  const asked = problems.map((problem) => prompt(problem, model.tokenizer));
  const rows: ScoreRow[] = [];
  for (const temperature of [0, 1] as const) {
    const texts = await written(model, asked, { seed: 1, temperature, ...watch });
    rows.push(shareScore(
      `word problems: right answers, ${temperature ? "sampled" : "greedy"}`,
      problems.map((problem, i) => ({
        problem: problem.id,
        holds: score(texts[i], problem).correct,
      })),
    ));
  }
  const countdown = await writingScores(model, { n: COUNTDOWN, seed: 1, temperature: 0, ...watch });
  return [
    ...rows,
    ...countdown.map((row) => ({ ...row, score: `countdown: ${row.score}` })),
  ];
}
