import type { Watch } from "../../../base/progress.ts";
import type { Model } from "../../../model/model.ts";
import type { Attempt } from "../../../tasks/countdown/parsing/attempt.ts";
import { attempts } from "../../../tasks/countdown/parsing/attempts.ts";
import { heldOutProblems } from "../../../tasks/countdown/problems/held_out.ts";
import type { Problem } from "../../../tasks/countdown/problems/problem.ts";
import type { SearchOrder } from "../../../tasks/countdown/problems/problems.ts";
import { prompts } from "../../../tasks/countdown/prompts/prompts.ts";
import { hasCanonicalVerdict, reward } from "../../../tasks/countdown/scoring/reward.ts";
import { type ScoreRow, shareScore } from "./score_rows.ts";
import { templateFor } from "../../../tasks/countdown/prompts/template.ts";

const MOST_TOKENS = 300;

/** How many problems of each order are written out, and how they are drawn. */
export interface WritingSettings extends Watch {
  readonly n: number;
  readonly seed: number;
  /** 0: greedy. */
  readonly temperature: 0 | 1;
}

/**
 * What a model makes of held-out problems, as scores: `right answers` of all, then of problems in fixed and in random
 * order; and of the attempts, `canonical verdicts` (the form alone), and `true verdicts`, the share of canonical ones that agree with
 * the stated result. The names say how the tokens were drawn.
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
  const texts = await written(
    model,
    problems.map(({ problem }) => problem),
    seed,
    temperature,
    watch,
  );
  const answers = problems.map(({ order, problem }, i) => ({
    order,
    problem: problem.id,
    holds: reward(texts[i], problem, { end: "" }).answer === 1,
  }));
  const tried = texts.flatMap((text, i) =>
    whole(text, problems[i].problem).map((attempt) => ({
      problem: attempt.problem,
      holds: hasCanonicalVerdict(attempt, problems[i].problem),
      agrees: attempt.verdict === (attempt.statesTarget ? "this" : "not"),
    }))
  );
  const canonical = tried.filter(({ holds }) => holds).map(({ problem, agrees }) => ({
    problem,
    holds: agrees,
  }));
  return [
    shareScore(`right answers, ${how}`, answers),
    ...orders.map((own) =>
      shareScore(
        `right answers, ${how}, ${own} order`,
        answers.filter(({ order }) => order === own),
      )
    ),
    ...tried.length ? [shareScore(`canonical verdicts, ${how}`, tried)] : [],
    ...canonical.length ? [shareScore(`true among canonical verdicts, ${how}`, canonical)] : [],
  ];
}

/** The attempts of a text but one that was cut off. */
function whole(text: string, problem: Problem): Attempt[] {
  return attempts(text, problem).filter(({ spans }) => spans.attempt.end < text.length);
}

/** Completions without their end token. Those that were cut off have no answer. */
async function written(
  model: Model,
  problems: readonly Problem[],
  seed: number,
  temperature: number,
  watch: Watch,
): Promise<string[]> {
  const asked = problems.map(prompts[templateFor(model.tokenizer)]);
  const { texts } = await model.generate(asked, {
    ...watch,
    maxNewTokens: MOST_TOKENS,
    batchSize: 64,
    seed,
    temperature,
  });
  return texts;
}
