import type { Model } from "../../../model/model.ts";
import { attempts } from "../../../tasks/countdown/parsing/attempts.ts";
import { heldOutProblems } from "../../../tasks/countdown/problems/held_out.ts";
import type { SearchOrder } from "../../../tasks/countdown/problems/problems.ts";
import { prompts } from "../../../tasks/countdown/prompts/prompts.ts";
import { hasCanonicalVerdict, reward } from "../../../tasks/countdown/scoring/reward.ts";
import { type ScoreRow, shareScore } from "../../scores.ts";
import { templateFor } from "../../../tasks/countdown/prompts/template.ts";
import { verdictScores, type WritingSettings, written } from "./written_verdicts.ts";

/**
 * Returns scores of the chains that a model writes for held-out problems: `right answers` of all
 * problems, then of problems in fixed and in random order; `canonical verdicts`, the share of
 * attempts whose verdict has the canonical form; and `true among canonical verdicts`, the share of
 * those that agree with the stated result. The names say how tokens were drawn.
 */
export async function writingScores(
  model: Model,
  { n, seed, temperature, ...watch }: WritingSettings,
): Promise<ScoreRow[]> {
  const orders: SearchOrder[] = ["fixed", "random"];
  const how = temperature ? "sampled" : "greedy";
  const problems = orders.flatMap((order) =>
    heldOutProblems({ n, seed, order }).map((problem) => ({ order, problem }))
  );
  const template = templateFor(model.tokenizer);
  const asked = problems.map(({ problem }) => prompts[template](problem));
  const texts = await written(model, asked, { seed, temperature, ...watch });
  const answers = problems.map(({ order, problem }, i) => ({
    order,
    problem: problem.id,
    holds: reward(texts[i], problem, { end: "" }).answer === 1,
  }));
  return [
    shareScore(`right answers, ${how}`, answers),
    ...orders.map((own) =>
      shareScore(
        `right answers, ${how}, ${own} order`,
        answers.filter(({ order }) => order === own),
      )
    ),
    ...verdictScores(
      texts.map((text, i) => ({
        text,
        attempts: attempts(text, problems[i].problem),
        isCanonical: (attempt) => hasCanonicalVerdict(attempt, problems[i].problem),
      })),
      (score) => `${score}, ${how}`,
    ),
  ];
}
