import type { Tokenizer } from "../../checkpoint/tokenizer/tokenizer.ts";

/** What stands for a character whose bytes are incomplete. */
const INCOMPLETE = /\uFFFD+$/;

/**
 * Returns the text that new tokens add to a prompt. Tokenizers like Llama 2's drop the first space of whatever they
 * decode, so that the new tokens alone would lose a space that belongs to the text.
 */
export function addedText(
  tokenizer: Pick<Tokenizer, "decode">,
  prompt: readonly number[],
  added: readonly number[],
): string {
  if (!added.length) return "";
  const before = tokenizer.decode(prompt).replace(INCOMPLETE, "");
  const whole = tokenizer.decode([...prompt, ...added]);
  return whole.startsWith(before) ? whole.slice(before.length) : tokenizer.decode(added);
}
