import { type Abilities, whyNot } from "../../base/abilities.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import { atLeastOne, checkOptions, watch } from "../../base/options.ts";
import type { Watch } from "../../base/progress.ts";
import { z } from "zod";
import { aModel } from "../../model/plan/kinds.ts";
import type { Model } from "../../model/model.ts";
import { knowsWords } from "../countdown/prompts/template.ts";
import { make } from "./make.ts";
import { prompt } from "./prompt.ts";
import { score } from "./score.ts";

/** How many problems the model is given, and how many it has to answer rightly. */
const [ASKED, ENOUGH] = [4, 2];

/** How long a chain of thought may be. */
export interface AnswerOptions extends Watch {
  /** How many tokens a chain may have. Default 400. */
  readonly maxNewTokens?: number;
}

const schema = z.strictObject({ ...watch, maxNewTokens: atLeastOne.optional() });

/**
 * Notes, as the ability `word answers`, whether a model answers word problems: two of four have to
 * be right. A model whose vocabulary has no ordinary words is not asked.
 *
 * @param abilities where the ability is noted.
 * @param model the model.
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
 * await wordProblems.noteAnswers(abilities, await loadModel("countdown-r1"));
 * assertMatch(abilities.missing("word answers")!, /no ordinary words/);
 * ```
 */
export async function noteAnswers(
  abilities: Abilities,
  model: Model,
  options: AnswerOptions = {},
): Promise<void> {
  checkArguments("noteAnswers", {
    abilities: [abilities, is.like("abilities", "list", "note", "missing")],
    model: [model, aModel],
  });
  checkOptions(options, schema, "wordProblems.noteAnswers");
  const { maxNewTokens = 400, signal, onProgress } = options;

  const what = "right answers to word problems";
  const { tokenizer } = model;
  if (!knowsWords(tokenizer)) {
    abilities.note("word answers", {
      what,
      there: false,
      found: "a vocabulary that has no ordinary words",
    });
    return;
  }
  const problems = make({ n: ASKED, seed: 1 });
  let right = 0;
  const cannot = await whyNot(async () => {
    const asked = problems.map((problem) => prompt(problem, tokenizer));
    const { texts } = await model.generate(asked, { maxNewTokens, signal, onProgress });
    right = problems.filter((problem, i) => score(texts[i], problem).correct).length;
  });
  abilities.note("word answers", {
    what,
    there: right >= ENOUGH,
    found: cannot ?? `${right} of ${ASKED}`,
  });
}
