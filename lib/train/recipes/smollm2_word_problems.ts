import { corpus as countdownCorpus } from "../../tasks/countdown/corpus/corpus.ts";
import { SHORT_CHAT_TEMPLATE, shortChat } from "../../tasks/countdown/prompts/prompts.ts";
import { corpus } from "../../tasks/word_problems/corpus.ts";
import { type Recipe, recipe, type TrainingDocument } from "../recipe.ts";
import { judged } from "../scores.ts";
import { wordScores } from "./scores/word_scores.ts";
import { SMOLLM2_END, smollm2Adapter } from "./smollm2_countdown_base.ts";

/** How many texts of each task a block has. */
const TEXTS = { words: 160, countdown: 96 };

/** The seed of the texts of validation: other draws than a training's. */
const VALIDATION_SEED = 1_000_003;

/** The prompts as the adapter's chat template writes them. */
const chat = {
  chatTemplate: SHORT_CHAT_TEMPLATE,
  chat: (messages: readonly { content: string }[]) =>
    messages.map(({ content }) => shortChat(content)).join(""),
};

/** Returns word problems, of which all but the prompts is learned. */
function wordDocuments(n: number, place: { seed?: number; block?: number }): TrainingDocument[] {
  return corpus(chat, { n, ...place }).map(({ prompt, completion }) => {
    const text = `${prompt}${completion}${SMOLLM2_END}`;
    return { text, learned: [{ start: prompt.length, end: text.length }] };
  });
}

/**
 * How `smollm2-word-problems` is made: `smollm2-countdown-base` learns word problems with worked
 * solutions that check their answers, and goes on learning countdown chains. The model does both
 * tasks, so that a steering vector of one can be tried on the other.
 *
 * @example
 * ```ts
 * import { recipes } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(recipes.smollm2WordProblems.start, "smollm2-countdown-base");
 * ```
 */
export const smollm2WordProblems: Recipe = recipe({
  name: "smollm2-word-problems",
  about:
    "`smollm2-countdown-base`, which has also learned word problems with worked solutions that check their answers " +
    '("Wait, is that right?"). It is the model on which `06-contrastive-steering` asks whether a vector of one task works on ' +
    "another.",
  start: "smollm2-countdown-base",
  adapter: smollm2Adapter,
  chatTemplate: SHORT_CHAT_TEMPLATE,
  seed: 1,
  phases: [{
    name: "word problems",
    data:
      "word problems of six kinds with worked solutions (five texts in eight; the prompts are not learned), and " +
      "countdown texts in fixed and random order",
    documents: (place) => [
      ...wordDocuments(TEXTS.words, place),
      ...countdownCorpus({
        mix: { fixed: 0.5, random: 0.5 },
        n: TEXTS.countdown,
        end: SMOLLM2_END,
        ...place,
      }).map(({ text }) => ({ text })),
    ],
    batchTokens: 4096,
    length: { steps: 100 },
    optimizer: { adam: { rate: 1e-3 }, clip: 1 },
    schedule: { kind: "linear", warmUp: 0.05, last: 0.05 },
  }],
  validation: { documents: () => wordDocuments(64, { seed: VALIDATION_SEED }), every: 50 },
  scores: async (model, watch) =>
    judged(await wordScores(model, watch), { "word problems: right answers, greedy": 0.8 }),
});
