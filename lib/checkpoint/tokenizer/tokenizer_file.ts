import { ByteFallbackDecoder, Tokenizer as HubTokenizer } from "@huggingface/tokenizers";
import { z } from "zod";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import type { AddedToken, TokenizerConfig } from "./special_tokens.ts";
import { splitAtWords } from "./single_word.ts";
import { isObject } from "../../base/arguments.ts";

/**
 * Vocabularies may have gaps between their ids, but an array as long as the greatest id must fit.
 */
const LARGEST_GAP = 1_000_000;

const vocabularySchema = z.looseObject({
  model: z.looseObject({
    // Not a record of zod's: it would copy each of a hundred thousand entries.
    vocab: z.custom<Record<string, unknown> | unknown[]>(isObject, "Invalid input").optional(),
  }),
  added_tokens: z.array(z.looseObject({ id: z.unknown(), content: z.string() })).default([]),
});

/** A tokenizer as the files of a model folder describe it. */
export interface TokenizerContent {
  /** The content of `tokenizer.json`. */
  readonly json: unknown;
  /** The content of `tokenizer_config.json`. */
  readonly config: { readonly bos_token?: string | null; readonly [key: string]: unknown };
  /** The text of the chat template; undefined if there is none. */
  readonly template: string | undefined;
}

type TokenizerFile = z.output<typeof vocabularySchema>;

/**
 * Returns the tokenizer of the content of a `tokenizer.json`.
 *
 * @param config the content of `tokenizer_config.json`.
 * @param added tokens that the configuration adds to those of the `tokenizer.json`.
 * @param path where the content comes from, for messages.
 * @throws CircuitbookError if the tokenizer is of a kind that is not supported, or if its token ids
 * exceed its vocabulary.
 */
export function buildTokenizer(
  json: unknown,
  config: TokenizerConfig,
  added: readonly AddedToken[],
  path: string,
): HubTokenizer {
  const parsed = vocabularySchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue.path.length ? `"${issue.path.join(".")}": ${issue.message}` : issue.message;
    throw new CircuitbookError(`Expected a supported tokenizer in ${path} but found ${where}.`);
  }
  const file = withAddedTokens(parsed.data, added, path);
  refuseIdsBeyondVocabulary(file, path);
  try {
    const tokenizer = new HubTokenizer(file, config);
    keepByteOrderMarks(tokenizer.decoder);
    splitAtWords(tokenizer, path);
    return tokenizer;
  } catch (error) {
    if (error instanceof CircuitbookError) throw error;
    const reason = messageOf(error);
    throw new CircuitbookError(`Expected a supported tokenizer in ${path} but found: ${reason}`, {
      cause: error,
    });
  }
}

/** Adds tokens that the file lacks. A token that the model's vocabulary has keeps that id. */
function withAddedTokens(
  file: TokenizerFile,
  added: readonly AddedToken[],
  path: string,
): TokenizerFile {
  const { vocab = {} } = file.model;
  const ids = Array.isArray(vocab) ? {} : vocab;
  const known = new Map(file.added_tokens.map(({ content, id }) => [content, id]));
  const taken = new Map(file.added_tokens.map(({ content, id }) => [id, content]));
  const missing = added.filter(({ content }) => !known.has(content)).map((token) => {
    const id = ids[token.content] ?? token.id;
    const other = taken.get(id);
    if (other !== undefined) {
      throw new CircuitbookError(
        `Expected one token for the id ${id} but found ${shown(other)} in ${path} and ` +
          `${shown(token.content)} in the files beside it.`,
      );
    }
    return { ...token, id };
  });
  return { ...file, added_tokens: [...file.added_tokens, ...missing] };
}

/**
 * Refuses ids such as 2147483648 in a vocabulary of one token: an array up to that id never ends.
 */
function refuseIdsBeyondVocabulary({ model, added_tokens }: TokenizerFile, path: string): void {
  const { vocab = {} } = model;
  const count = (Array.isArray(vocab) ? vocab : Object.keys(vocab)).length + added_tokens.length;
  const check = (token: string, id: unknown) => {
    if (typeof id === "number" && Number.isInteger(id) && id >= 0 && id < count + LARGEST_GAP) {
      return;
    }
    throw new CircuitbookError(
      `Expected token ids from 0 to about the number of tokens (${count}) in ${path} but ` +
        `found ${shown(id)} for ${shown(token)}.`,
    );
  };
  // A vocabulary that is a list has the ids of its places. Lists of entries take three times as
  // long.
  const ids = Array.isArray(vocab) ? {} : vocab;
  for (const token in ids) check(token, ids[token]);
  for (const { content, id } of added_tokens) check(content, id);
}

/**
 * Lets byte fallback keep U+FEFF: the library's decoder drops it where it begins a run of bytes.
 */
function keepByteOrderMarks(decoder: unknown): void {
  if (decoder instanceof ByteFallbackDecoder) {
    Object.assign(decoder, { text_decoder: new TextDecoder("utf-8", { ignoreBOM: true }) });
  }
  const { decoders = [] } = (decoder ?? {}) as { decoders?: unknown[] };
  decoders.forEach(keepByteOrderMarks);
}
