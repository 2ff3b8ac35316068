/**
 * The part of a tokenizer that tasks need to write texts, to read texts, and to find the parts of
 * texts.
 */
export interface TextTokenizer {
  /**
   * Returns the token ids of a text.
   *
   * @param text the text.
   * @returns its token ids, in order.
   */
  encode(text: string): number[];

  /**
   * Returns the text of token ids.
   *
   * @param tokens the token ids.
   * @returns the text.
   */
  decode(tokens: readonly number[]): string;

  /**
   * Returns the text of each token by itself.
   *
   * @param tokens the token ids.
   * @returns one text a token; joined, they are the decoded text.
   */
  pieces(tokens: readonly number[]): readonly string[];
}

/** The part of a tokenizer that looks up single tokens. */
export interface TokenLookup {
  /**
   * Returns the id of the token whose text is given.
   *
   * @param text the text of one token.
   * @returns the token id.
   * @throws Error if the text is not exactly one token.
   */
  idOf(text: string): number;
}

/** Returns whether a text is exactly one token. */
export function isToken(tokenizer: TokenLookup, text: string): boolean {
  try {
    return tokenizer.idOf(text) >= 0;
  } catch (_severalTokens) {
    return false;
  }
}
