import { verdictWords } from "./verdict_words.ts";

/**
 * A metric for sweeps: the logit of "this" minus that of "not".
 *
 * @throws CircuitbookError when one of them is no single token.
 *
 * @example
 * ```ts
 * import { ablation, countdown, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = countdown.verdictMargin(model.tokenizer);
 * const table = await ablation.sweepHeads(model, "11 + 5 = 16 (", { metric, heads: [[1, 3]] });
 * assertEquals(table.height, 1);
 * ```
 */
export function verdictMargin(
  tokenizer: { idOf(text: string): number },
): (logits: Float32Array, row: number) => number {
  const [right, wrong] = [verdictWords.right, verdictWords.wrong].map((word) =>
    tokenizer.idOf(word)
  );
  return (logits) => logits[right] - logits[wrong];
}
