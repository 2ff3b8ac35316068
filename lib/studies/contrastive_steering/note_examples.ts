import { checkArguments, is } from "../../base/arguments.ts";
import { aReasoningProblem } from "../../tasks/kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { type Abilities, whyNot } from "../../base/abilities.ts";
import type { GenerateOptions } from "../../model/generation/generation.ts";
import type { Model } from "../../model/model.ts";
import { written } from "../../tasks/reasoning/chains.ts";
import type { ReasoningProblem } from "../../tasks/reasoning/problem.ts";
import { examplesAmong } from "./examples.ts";

/** How many chains the model writes. */
const CHAINS = 4;

/**
 * Notes, as the ability `examples`, whether a model writes chains that the contrast can be made of:
 * it writes chains for the first four problems, of which one has to answer rightly and to state the
 * answer in two sentences.
 *
 * @param abilities where the ability is noted.
 * @param model the model.
 * @param problems the problems.
 * @param options of the generation, such as `maxNewTokens`.
 *
 * @example
 * ```ts
 * import { Abilities, countdown, loadModel, reasoning } from "circuitbook";
 * import { noteExamples } from "circuitbook/studies/contrastive_steering";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const problems = reasoning.ofCountdown(
 *   countdown.problems({ n: 4, seed: 1, order: "random" }),
 *   model.tokenizer,
 * );
 * const abilities = new Abilities();
 * await noteExamples(abilities, model, problems, { maxNewTokens: 220 });
 * assertEquals(abilities.missing("examples"), undefined);
 * ```
 */
export async function noteExamples(
  abilities: Abilities,
  model: Model,
  problems: readonly ReasoningProblem[],
  options: GenerateOptions = {},
): Promise<void> {
  checkArguments("noteExamples", {
    abilities: [abilities, is.like("abilities", "list", "note", "missing")],
    model: [model, aModel],
    problems: [problems, is.listOf(aReasoningProblem)],
    options: [options, is.object],
  });

  const first = problems.slice(0, CHAINS);
  let found = 0;
  const cannot = await whyNot(async () => {
    const { rows } = await model.generate(first.map(({ prompt }) => prompt), options);
    found = examplesAmong(written(rows), first, model.tokenizer).length;
  });
  abilities.note("examples", {
    what: "right chains that close their thought and state their answer in two sentences or more",
    there: found > 0,
    found: cannot ?? `${found} of ${first.length} chains`,
  });
}
