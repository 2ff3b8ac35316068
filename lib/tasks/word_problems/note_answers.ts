import { type Abilities, whyNot } from "../../base/abilities.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import { atLeastOne, checkOptions, watch } from "../../base/options.ts";
import type { Watch } from "../../base/progress.ts";
import { z } from "zod";
import { aModel } from "../../model/plan/kinds.ts";
import type { Model } from "../../model/model.ts";
import { aWordProblem } from "../kinds.ts";
import { knowsWords } from "../text/ordinary_words.ts";
import type { WordProblem } from "./problem.ts";
import { prompt } from "./prompt.ts";
import { score } from "./score.ts";

/** How many problems the model is given: as many as there are kinds of made problems. */
const ASKED = 6;

/** How long a chain of thought may be. */
export interface AnswerOptions extends Watch {
  /** How many tokens a chain may have. Default 400. */
  readonly maxNewTokens?: number;
}

const schema = z.strictObject({ ...watch, maxNewTokens: atLeastOne.optional() });

/**
 * Notes, as the ability `word answers`, whether a model answers word problems: half of the first
 * six have to be answered rightly. A model whose vocabulary has no ordinary words is not asked.
 *
 * @param abilities where the ability is noted.
 * @param model the model.
 * @param problems word problems.
 * @param options how long the chains may be, and how the work is watched.
 * @throws CircuitbookError if an option is of the wrong kind.
 * @throws InterruptedError if stopped.
 *
 * @example
 * ```ts
 * import { Abilities, loadModel, wordProblems } from "circuitbook";
 * import { assertMatch } from "@std/assert";
 *
 * const abilities = new Abilities();
 * const problems = wordProblems.make({ n: 6, seed: 1 });
 * await wordProblems.noteAnswers(abilities, await loadModel("countdown-r1"), problems);
 * assertMatch(abilities.missing("word answers")!, /no ordinary words/);
 * ```
 */
export async function noteAnswers(
  abilities: Abilities,
  model: Model,
  problems: readonly WordProblem[],
  options: AnswerOptions = {},
): Promise<void> {
  checkArguments("noteAnswers", {
    abilities: [abilities, is.like("abilities", "list", "note", "missing")],
    model: [model, aModel],
    problems: [problems, is.listOf(aWordProblem)],
  });
  checkOptions(options, schema, "wordProblems.noteAnswers");
  const { maxNewTokens = 400, signal, onProgress } = options;

  const what = "right answers to word problems";
  const { tokenizer } = model;
  if (!knowsWords(tokenizer)) {
    const found = "a vocabulary that has no ordinary words";
    abilities.note("word answers", { what, there: false, found });
    return;
  }
  const first = problems.slice(0, ASKED);
  let right = 0;
  const cannot = await whyNot(async () => {
    const asked = first.map((problem) => prompt(problem, tokenizer));
    const { texts } = await model.generate(asked, { maxNewTokens, signal, onProgress });
    right = first.filter((problem, i) => score(texts[i], problem).correct).length;
  });
  abilities.note("word answers", {
    what,
    there: right > 0 && 2 * right >= first.length,
    found: cannot ?? `${right} of ${first.length}`,
  });
}
