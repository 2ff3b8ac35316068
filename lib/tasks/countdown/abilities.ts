import { checkArguments, is } from "../../base/arguments.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { Abilities, type Ability, whyNot } from "../../base/abilities.ts";
import type { Watch } from "../../base/progress.ts";
import { atLeastOne, checkOptions, watch } from "../../base/options.ts";
import { z } from "zod";
import type { Model } from "../../model/model.ts";
import { matchedPairs } from "./alterations/matched_pairs.ts";
import { attemptsOfRows, type RowAttempt } from "./parsing/attempts_of_rows.ts";
import type { Problem } from "./problems/problem.ts";
import { problems } from "./problems/problems.ts";
import { prompts } from "./prompts/prompts.ts";
import { templateFor } from "./prompts/template.ts";
import { score } from "./scoring/score.ts";
import { verdictStarts } from "./scoring/verdict_starts.ts";

/** Settings of {@link abilities}. */
export interface AbilityOptions extends Watch {
  /** How many chains the model writes. Default 4. */
  readonly chains?: number;
  /** How many tokens a chain may have. Default: 170 for the embedded models, 400 for all others. */
  readonly maxNewTokens?: number;
}

const optionsSchema = z.strictObject({
  chains: atLeastOne.optional(),
  maxNewTokens: atLeastOne.optional(),
  ...watch,
});

/** How many worked chains the model judges, a right and a wrong version of each. */
const JUDGED = 8;

/** The smallest share of right verdicts of a model that distinguishes right from wrong. */
const TELLS = 0.75;

/**
 * Returns the abilities of a model that the experiments on countdown chains need. The model writes
 * four chains of thought, and judges the results of eight worked chains, a right and a wrong
 * version of each.
 *
 * - `words`: `this` and `not` are single tokens after ` (`, and texts can be cut between them.
 * - `judges`: three in four of the results in worked chains get the right one of the two words.
 * - `attempts`: the model's own chains have lines with an expression and a result.
 * - `verdicts`: some of these lines end in `(this …)` or `(not …)`.
 * - `answers`: some chains close their thought and answer rightly.
 *
 * @param model the model.
 * @param options how many chains it writes, and how long they may be.
 * @returns the abilities, with what was found for each.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const abilities = await countdown.abilities(await loadModel("countdown-r1"));
 * assertEquals(abilities.missing("words", "judges", "attempts", "verdicts", "answers"), undefined);
 * ```
 */
export async function abilities(model: Model, options: AbilityOptions = {}): Promise<Abilities> {
  checkArguments("abilities", {
    model: [model, aModel],
  });

  checkOptions(options, optionsSchema, "countdown.abilities");
  const found = new Abilities();
  const cannot = await whyNot(async () => {
    await noteJudgement(found, model, options);
    await noteChains(found, model, options);
  });
  if (cannot !== undefined) {
    for (const [name, what] of Object.entries(NEEDS)) {
      if (!found.list.some((ability) => ability.name === name)) {
        found.note(name, { what, there: false, found: cannot });
      }
    }
  }
  return found;
}

const NEEDS = {
  words: "“this” and “not” as single tokens after “ (”",
  judges: "a model that tells right from wrong results in worked chains",
  attempts: "chains with attempts, lines with an expression and its result",
  verdicts: "attempts that the model closes with “(this …)” or “(not …)”",
  answers: "chains that close their thought and answer rightly",
} as const;

/** Notes whether the words of the verdict are tokens, and whether the model uses them rightly. */
async function noteJudgement(found: Abilities, model: Model, watch: Watch): Promise<void> {
  const { tokenizer } = model;
  const inChains = await whyNot(() => {
    verdictStarts(tokenizer);
    matchedPairs(tokenizer, { n: 1, template: templateFor(tokenizer) });
  });
  const words = inChains ?? "both are";
  found.note("words", { what: NEEDS.words, there: inChains === undefined, found: words });
  if (inChains !== undefined) {
    found.note("judges", { what: NEEDS.judges, there: false, found: "no words for a verdict" });
    return;
  }
  const { right, wrong } = verdictStarts(tokenizer);
  const { pairs } = matchedPairs(tokenizer, {
    n: JUDGED,
    seed: 21,
    order: "random",
    template: templateFor(tokenizer),
  });
  const { signal, onProgress } = watch;
  const { logits } = await model.run(pairs.flatMap(({ correct, wrong }) => [correct, wrong]), {
    logits: [-1],
    signal,
    onProgress,
  });
  const vocab = logits.size("vocab");
  const said = Array.from({ length: 2 * JUDGED }, (_, row) => {
    const own = logits.data.subarray(row * vocab, (row + 1) * vocab);
    return Number(own[right]) > Number(own[wrong]);
  });
  const rightly = said.filter((yes, row) => yes === (row % 2 === 0)).length;
  found.note("judges", {
    what: NEEDS.judges,
    there: rightly >= TELLS * said.length,
    found: `${rightly} of ${said.length} right verdicts`,
  });
}

/** Notes what is there in chains that the model writes. */
async function noteChains(
  found: Abilities,
  model: Model,
  { chains = 4, maxNewTokens, signal, onProgress }: AbilityOptions,
): Promise<void> {
  const { tokenizer } = model;
  const template = templateFor(tokenizer);
  const asked = problems({ n: chains, seed: 21, order: "random" });
  const written = await model.generate(asked.map(prompts[template]), {
    maxNewTokens: maxNewTokens ?? (template === "short" ? 170 : 400),
    signal,
    onProgress,
  });
  const attempts = attemptsOfRows(written.wholeRows, asked, tokenizer);
  const inChains = `${attempts.length} attempts in ${chains} chains`;
  const verdicts = attempts.filter(isJudged);
  found.note("attempts", { what: NEEDS.attempts, there: attempts.length > 0, found: inChains });
  found.note("verdicts", {
    what: NEEDS.verdicts,
    there: verdicts.length > 0,
    found: `${verdicts.length} of ${inChains}`,
  });
  const right = written.texts.filter((text, i) => answersRightly(text, asked[i])).length;
  found.note("answers", {
    what: NEEDS.answers,
    there: right > 0,
    found: `${right} of ${chains} chains`,
  });
}

function isJudged({ verdict, tokens }: RowAttempt): boolean {
  return tokens.open !== undefined && (verdict === "this" || verdict === "not");
}

function answersRightly(text: string, problem: Problem): boolean {
  return text.includes("</think>") && score(text, problem).correct;
}

/**
 * Returns whether attempts have each of the two verdicts often enough to train a probe, as an
 * ability for a notebook.
 *
 * @param attempts attempts that end in a verdict.
 * @returns what is needed, whether it is there, and what was found.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countdown.bothVerdicts([{ verdict: "this" }]).found, "1 with “this”, 0 with “not”");
 * ```
 */
export function bothVerdicts(
  attempts: readonly { readonly verdict?: string }[],
): Omit<Ability, "name"> {
  checkArguments("bothVerdicts", { attempts: [attempts, is.objects] });

  const [yes, no] = ["this", "not"].map((word) =>
    attempts.filter(({ verdict }) => verdict === word).length
  );
  return {
    what: "at least eight attempts with each of the two verdicts",
    there: Math.min(yes, no) >= 8,
    found: `${yes} with “this”, ${no} with “not”`,
  };
}
