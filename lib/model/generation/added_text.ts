import type { Tokenizer } from "../../checkpoint/tokenizer/tokenizer.ts";

/** The character that a tokenizer returns for incomplete bytes of a character. */
const INCOMPLETE = /\uFFFD+$/;

/**
 * Returns the text that new tokens add to a prompt. Tokenizers like Llama 2's drop the first space
 * of every decoded text, so the new tokens alone would lose a space that belongs to the text.
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
