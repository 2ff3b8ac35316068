import type { Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";

/** Splits a text into added tokens and the texts between them. */
interface Splitter {
  split(text: string): string[];
}

/** An added token as the library keeps it. */
interface AddedToken {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** Parts of the library's tokenizer that its types keep private. */
interface Inner {
  readonly added_tokens: readonly AddedToken[];
  readonly added_tokens_map: ReadonlyMap<string, AddedToken>;
  splitter_unnormalized: Splitter;
  splitter_normalized: Splitter;
}

const WORD_AT_END = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]$/u;
const WORD_AT_START = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u;

/**
 * Makes a tokenizer respect `single_word`, which the library ignores: such an added token counts
 * only where no letter or digit stands beside it ("cat" in "a cat", not in "concat").
 *
 * The rule is that of Hugging Face's tokenizers (`AddedVocabulary::find_matches`).
 *
 * @param path where the tokenizer comes from, for messages.
 */
export function splitAtWords(tokenizer: HubTokenizer, path: string): void {
  const inner = tokenizer as unknown as Inner;
  const { added_tokens_map: tokens } = inner;
  if (
    !inner.added_tokens.some(({ single_word, lstrip, rstrip }) => single_word || lstrip || rstrip)
  ) {
    return;
  }
  const around = (splitter: Splitter): Splitter => ({
    split: (text) => {
      const sections = withoutParts(splitter.split(text), tokens, path);
      refuseStrippedTokens(sections, tokens, path);
      return sections;
    },
  });
  inner.splitter_unnormalized = around(inner.splitter_unnormalized);
  inner.splitter_normalized = around(inner.splitter_normalized);
}

/** Joins `single_word` tokens that are parts of a word with the text around them. */
function withoutParts(
  sections: readonly string[],
  tokens: ReadonlyMap<string, AddedToken>,
  path: string,
): string[] {
  const joined: string[] = [];
  /** Whether the last of `joined` is text rather than a token. */
  let open = false;
  sections.forEach((section, i) => {
    const token = tokens.get(section);
    const isPart = token?.single_word &&
      (WORD_AT_END.test(sections[i - 1] ?? "") || WORD_AT_START.test(sections[i + 1] ?? ""));
    const isText = !token || isPart;
    if (isText && open) joined[joined.length - 1] += section;
    else joined.push(section);
    open = Boolean(isText);
  });
  // Text between two tokens that is itself the text of a token would be taken for the token.
  joined.forEach((section, i) => {
    const before = joined[i - 1] ?? "";
    const after = joined[i + 1] ?? "";
    const isPart = WORD_AT_END.test(before) || WORD_AT_START.test(after);
    if (isPart && tokens.get(section)?.single_word) {
      throw new CircuitbookError(
        `Expected ${shown(section)} as a word of its own but found it between ${
          shown(before)
        } and ` +
          `${shown(after)}, which the tokenizer in ${path} cannot tell apart; put a space there.`,
      );
    }
  });
  return joined;
}

/**
 * Refuses a token that takes the spaces beside it (`lstrip`, `rstrip`) next to a token of spaces:
 * the library drops the spaces, Hugging Face's tokenizers keep the token.
 */
function refuseStrippedTokens(
  sections: readonly string[],
  tokens: ReadonlyMap<string, AddedToken>,
  path: string,
): void {
  sections.forEach((section, i) => {
    const token = tokens.get(section);
    if (!token) return;
    const beside = [token.lstrip && sections[i - 1], token.rstrip && sections[i + 1]];
    for (const other of beside) {
      if (other && tokens.has(other) && other.trim() !== other) {
        throw new CircuitbookError(
          `Expected ${shown(section)} without the token ${shown(other)} beside it, because the ` +
            `tokenizer in ${path} takes spaces away there; write the token ids instead of text.`,
        );
      }
    }
  });
}
