/** A message of a conversation, for chat templates. */
export interface ChatMessage {
  /** The speaker: "system", "user" or "assistant". */
  role: string;
  /** The text of the message. */
  content: string;
}

/** Turns text into token ids and back. */
export interface Tokenizer {
  /** False if the model folder has no `tokenizer.json`: such a model runs on token ids only. */
  readonly present: boolean;
  /** The number of tokens; the model's embedding may be padded to more. */
  readonly vocabSize: number;
  /** The chat template, in Jinja. Undefined if there is none. */
  readonly chatTemplate?: string;
  /**
   * Returns the token ids of a text, with the tokens that the model puts around a text (such as a
   * begin token, once).
   *
   * @param text at most 1,000,000 characters.
   * @returns the ids in the order of the text.
   * @throws CircuitbookError if there is no tokenizer, or if the text is too long.
   */
  encode(text: string): number[];
  /**
   * Returns the text of token ids, special tokens included; without a tokenizer, the ids
   * themselves.
   *
   * @param ids token ids; an id beyond the vocabulary reads `<600>`.
   * @returns the text.
   */
  decode(ids: readonly number[]): string;
  /**
   * Returns the text of each token for display. A lone part of a character reads `<0xE6>`, an id
   * beyond the vocabulary `<600>`.
   *
   * @param ids token ids.
   * @returns one text for each id.
   */
  pieces(ids: readonly number[]): string[];
  /**
   * Returns the id of the one token that has this text.
   *
   * @param text the text of the token, with the space in front of it: `" ("`.
   * @returns the token id.
   * @throws CircuitbookError if the text is not exactly one token; names its tokens.
   */
  idOf(text: string): number;
  /**
   * Returns the prompt for a conversation by the model's chat template, with the start of the
   * answer.
   *
   * @param messages the messages of the conversation, in order.
   * @param variables further variables of the template, such as `add_generation_prompt: false`.
   * @returns the text of the prompt.
   * @throws CircuitbookError if there is no chat template, or if it fails or takes longer than 5 s.
   */
  chat(messages: readonly ChatMessage[], variables?: Readonly<Record<string, unknown>>): string;
}
