import type { Watch } from "../../../base/progress.ts";
import type { Model } from "../../../model/model.ts";
import type { Attempt } from "../../../tasks/countdown/parsing/attempt.ts";
import { attempts } from "../../../tasks/countdown/parsing/attempts.ts";
import { heldOutProblems } from "../../../tasks/countdown/problems/held_out.ts";
import type { Problem } from "../../../tasks/countdown/problems/problem.ts";
import type { SearchOrder } from "../../../tasks/countdown/problems/problems.ts";
import { prompts } from "../../../tasks/countdown/prompts/prompts.ts";
import { hasCanonicalVerdict, reward } from "../../../tasks/countdown/scoring/reward.ts";
import { type ScoreRow, shareScore } from "../../scores.ts";
import { templateFor } from "../../../tasks/countdown/prompts/template.ts";

const MOST_TOKENS = 300;

/** How many problems of each order a model solves in writing, and how its tokens are drawn. */
export interface WritingSettings extends Watch {
  readonly n: number;
  readonly seed: number;
  /** 0 for greedy decoding. */
  readonly temperature: 0 | 1;
}

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

/** Returns the attempts of a text, without one whose line was cut off. */
function whole(text: string, problem: Problem): Attempt[] {
  return attempts(text, problem).filter(({ spans }) => text.includes("\n", spans.attempt.end));
}

/** Returns completions without their end token. A completion that was cut off has no answer. */
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
