import { join } from "deno-std/path/mod.js";
import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { readJson, readText } from "../files.ts";
import { isGguf, readGgufHeader } from "../gguf/header.ts";
import { Notes } from "../gguf/notes.ts";
import { tokenizerOfNotes } from "../gguf/tokenizer.ts";
import { verifyExpressions, verifyExpressionsHere } from "./expressions.ts";
import { FileTokenizer } from "./file_tokenizer.ts";
import { readTokenizerConfig, type TokenizerConfig } from "./special_tokens.ts";
import { buildTokenizer, type TokenizerContent } from "./tokenizer_file.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** How messages name the content of a tokenizer that no file holds. */
const IN_MEMORY = "a tokenizer.json in memory";

/** The file with the chat template of a model, or of an adapter that learned prompts of its own. */
export const CHAT_TEMPLATE = "chat_template.jinja";

/**
 * Returns the tokenizer of a model folder: `tokenizer.json`, with the special and added tokens and
 * the chat template of the files beside it; or the tokenizer that a GGUF file holds. Without a
 * tokenizer, the result throws when text is used.
 *
 * @param folder a folder in the Hugging Face layout, or a GGUF file.
 * @returns the tokenizer.
 * @throws CircuitbookError if a file is not JSON, if the tokenizer is of a kind that is not
 * supported, if a token id exceeds the vocabulary, or if an expression that splits texts takes too
 * long.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const tokenizer = await checkpoints.loadTokenizer("data/models/countdown-r1");
 * assertEquals(tokenizer.pieces(tokenizer.encode("62 (this")), ["6", "2", " (", "this"]);
 * ```
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  checkArguments("loadTokenizer", { folder: [folder, is.text] });

  if (isGguf(folder)) {
    const { metadata } = await readGgufHeader(folder);
    const content = tokenizerOfNotes(new Notes(metadata, folder));
    return content ? tokenizerOfContent(content, folder) : noTokenizer(folder);
  }
  const path = join(folder, "tokenizer.json");
  const json = await readJson(path);
  if (json === undefined) return noTokenizer(folder);
  const { config, added } = await readTokenizerConfig(folder);
  const template = await readChatTemplate(folder) ?? defaultTemplate(config.chat_template);
  const tokenizer = buildTokenizer(json, config, added, path);
  await verifyExpressions(json, path);
  return new FileTokenizer(tokenizer, json, config, template, folder);
}

/**
 * Returns the chat template that a folder holds as a file of its own. Undefined if there is none.
 */
export async function readChatTemplate(folder: string): Promise<string | undefined> {
  return await readText(join(folder, CHAT_TEMPLATE));
}

/**
 * Returns the tokenizer that a GGUF file describes. Its expressions need no trial, because the file
 * only names a pre-tokenizer of the library.
 *
 * @param path the file, for messages.
 * @throws CircuitbookError if the tokenizer is of a kind that is not supported.
 */
export function tokenizerOfContent(
  { json, config, template }: TokenizerContent,
  path: string,
): Tokenizer {
  return new FileTokenizer(buildTokenizer(json, config, [], path), json, config, template, path);
}

/**
 * Returns the tokenizer of the content of a `tokenizer.json`, for models that are in memory only.
 *
 * @param json the parsed content of the file.
 * @returns the tokenizer, without a chat template.
 * @throws CircuitbookError if the tokenizer is of a kind that is not supported, if a token id
 * exceeds the vocabulary, or if an expression that splits texts takes too long.
 *
 * @example
 * ```ts
 * import { checkpoints, maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const tokenizer = checkpoints.tokenizerOf(maxOfList.tokenizerFile());
 * assertEquals(tokenizer.encode("90210ANS"), [9, 0, 2, 1, 0, 10]);
 * ```
 */
export function tokenizerOf(json: unknown): Tokenizer {
  const tokenizer = triedTokenizerOf(json);
  verifyExpressionsHere(json, IN_MEMORY);
  return tokenizer;
}

/**
 * Returns what {@link tokenizerOf} returns, without a trial of the expressions: for content whose
 * expressions were tried before, such as the content of a live page.
 *
 * @param json the parsed content of the file.
 * @throws CircuitbookError if the tokenizer is of a kind that is not supported, or if a token id
 * exceeds the vocabulary.
 */
export function triedTokenizerOf(json: unknown): Tokenizer {
  return new FileTokenizer(
    buildTokenizer(json, {}, [], IN_MEMORY),
    json,
    {},
    undefined,
    IN_MEMORY,
  );
}

function defaultTemplate(template: TokenizerConfig["chat_template"]): string | undefined {
  if (!Array.isArray(template)) return template ?? undefined;
  return (template.find(({ name }) => name === "default") ?? template[0])?.template;
}

/**
 * Returns a placeholder for the tokenizer of a model without one. The placeholder knows token ids
 * only.
 */
function noTokenizer(folder: string): Tokenizer {
  const refuse = (): never => {
    const expected = isGguf(folder) ? "tokenizer" : "tokenizer.json";
    throw new CircuitbookError(
      `Expected a ${expected} in ${folder} but found none; give token ids instead of text.`,
    );
  };
  return {
    present: false,
    vocabSize: 0,
    encode: refuse,
    idOf: refuse,
    chat: refuse,
    decode: (ids) => ids.join(" "),
    pieces: (ids) => ids.map(String),
  };
}
