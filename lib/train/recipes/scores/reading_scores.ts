import type { Watch } from "../../../base/progress.ts";
import type { Model } from "../../../model/model.ts";
import { nextToken } from "../../../model/next_token.ts";
import { type Chain } from "../../../tasks/countdown/chains/chains.ts";
import {
  attemptsOfRows,
  positionsByRow,
  type RowAttempt,
} from "../../../tasks/countdown/parsing/attempts_of_rows.ts";
import { type Counted, type ScoreRow, shareScore } from "../../scores.ts";
import { type Judgement, synonymTokens } from "../../../tasks/countdown/chains/verdict_words.ts";
import { verdictStarts } from "../../../tasks/countdown/scoring/verdict_starts.ts";
import { pointAt } from "../../../model/plan/hook_points.ts";

/** The lens shows a synonym if it is among this many most probable tokens. */
const TOP = 10;

/**
 * Returns two scores of what a model predicts inside chains that are already written.
 * `verification` is the share of attempts after whose ` (` the right one of "this" and "not" is the
 * more probable; `arithmetic` is the share of attempts in which every token of the result, sign
 * included, is the most probable token.
 */
export async function readingScores(
  model: Model,
  chains: readonly Chain[],
  watch: Watch = {},
): Promise<ScoreRow[]> {
  const { rows, attempts } = located(model, chains);
  const { right, wrong } = verdictStarts(model.tokenizer);
  const asked = attempts.map((
    { tokens },
  ) => [...resultTokens(tokens).map((at) => at - 1), tokens.open!]);
  const { logits } = await model.run(rows, { ...watch, logits: byRow(rows, attempts, asked) });
  const vocab = logits.size("vocab");
  let next = 0;
  const cases = attempts.map((attempt, i) => {
    const own = asked[i].map((at) => {
      const scores = logits.data.subarray(next++ * vocab, next * vocab) as Float32Array;
      return { at, scores };
    });
    const { scores: verdict } = own.pop()!;
    return {
      verification: {
        problem: attempt.problem,
        holds: verdict[right] > verdict[wrong] === attempt.statesTarget,
      },
      arithmetic: {
        problem: attempt.problem,
        holds: own.every(({ at, scores }) => nextToken(scores).top === rows[attempt.row][at + 1]),
      },
    };
  });
  return [
    shareScore("verification", cases.map(({ verification }) => verification)),
    shareScore("arithmetic", cases.map(({ arithmetic }) => arithmetic)),
  ];
}

/**
 * Returns how often the logit lens at ` (` shows a synonym of the verdict among the ten most
 * probable tokens of a layer before the last, for right and for wrong attempts; as a control, also
 * how often the lens shows a synonym of the opposite verdict.
 */
export async function synonymScores(
  model: Model,
  chains: readonly Chain[],
  watch: Watch = {},
): Promise<ScoreRow[]> {
  const { rows, attempts } = located(model, chains);
  const synonyms = synonymTokens(model.tokenizer);
  const layers = Array.from(
    { length: model.architecture.layers - 1 },
    (_, layer) => pointAt.residPost(layer),
  );
  const cache = await model.run(rows, {
    ...watch,
    tap: layers,
    positions: positionsByRow(attempts, rows.length, ({ tokens }) => tokens.open),
  });
  const shown: Record<Judgement, Set<number>> = { right: new Set(), wrong: new Set() };
  for (const layer of layers) {
    const { tokens } = await model.unembed(cache.get(layer), { k: TOP });
    for (const [judgement, ids] of Object.entries(synonyms) as [Judgement, number[]][]) {
      tokens.data.forEach((id, i) => ids.includes(id) && shown[judgement].add(Math.floor(i / TOP)));
    }
  }
  const score = (name: string, of: Judgement, words: Judgement) => {
    const members = attempts.flatMap((attempt, i): Counted[] =>
      attempt.statesTarget === (of === "right")
        ? [{ problem: attempt.problem, holds: shown[words].has(i) }]
        : []
    );
    return shareScore(name, members);
  };
  return [
    score("synonyms of right in the lens, right attempts", "right", "right"),
    score("synonyms of wrong in the lens, wrong attempts", "wrong", "wrong"),
    score("synonyms of wrong in the lens, right attempts", "right", "wrong"),
    score("synonyms of right in the lens, wrong attempts", "wrong", "right"),
  ];
}

function located(
  model: Model,
  chains: readonly Chain[],
): { rows: number[][]; attempts: RowAttempt[] } {
  const rows = model.tokens(chains.map(({ text }) => text));
  return {
    rows,
    attempts: attemptsOfRows(rows, chains.map(({ problem }) => problem), model.tokenizer),
  };
}

/**
 * Returns the positions of the result: a sign or a space after the last equals sign, then digits.
 */
function resultTokens({ equals, result }: RowAttempt["tokens"]): number[] {
  const from = equals[equals.length - 1] + 1;
  return Array.from({ length: result[result.length - 1] + 1 - from }, (_, i) => from + i);
}

function byRow(
  rows: readonly unknown[],
  attempts: readonly RowAttempt[],
  asked: readonly number[][],
): number[][] {
  const lists: number[][] = rows.map(() => []);
  attempts.forEach(({ row }, i) => lists[row].push(...asked[i]));
  return lists;
}
