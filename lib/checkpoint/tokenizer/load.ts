import { join } from "deno-std/path/mod.js";
import { CircuitbookError } from "../../base/errors.ts";
import { readJson, readText } from "../files.ts";
import { verifyExpressions } from "./expressions.ts";
import { FileTokenizer } from "./file_tokenizer.ts";
import { readTokenizerConfig, type TokenizerConfig } from "./special_tokens.ts";
import { buildTokenizer } from "./tokenizer_file.ts";
import type { Tokenizer } from "./tokenizer.ts";

/**
 * Returns the tokenizer of a model folder: `tokenizer.json`, with the special and added tokens and the
 * chat template of the files beside it. Without a `tokenizer.json`, the result throws when text is used.
 *
 * @param folder a folder in the Hugging Face layout.
 * @returns the tokenizer.
 * @throws CircuitbookError if a file is not JSON, if the tokenizer is of a kind that is not supported,
 * if a token id exceeds the vocabulary, or if an expression that splits texts takes too long.
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
  const path = join(folder, "tokenizer.json");
  const json = await readJson(path);
  if (json === undefined) return noTokenizer(folder);
  const { config, added } = await readTokenizerConfig(folder);
  const template = await readText(join(folder, "chat_template.jinja")) ??
    defaultTemplate(config.chat_template);
  const tokenizer = buildTokenizer(json, config, added, path);
  await verifyExpressions(json, path);
  return new FileTokenizer(tokenizer, json, config, template, folder);
}

/**
 * Returns the tokenizer of the content of a `tokenizer.json`, for models that are in memory only.
 *
 * @param json the parsed content of the file.
 * @returns the tokenizer, without a chat template.
 * @throws CircuitbookError if the tokenizer is of a kind that is not supported.
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
  const where = "a tokenizer.json in memory";
  return new FileTokenizer(buildTokenizer(json, {}, [], where), json, {}, undefined, where);
}

function defaultTemplate(template: TokenizerConfig["chat_template"]): string | undefined {
  if (!Array.isArray(template)) return template ?? undefined;
  return (template.find(({ name }) => name === "default") ?? template[0])?.template;
}

function noTokenizer(folder: string): Tokenizer {
  const refuse = (): never => {
    throw new CircuitbookError(
      `Expected a tokenizer.json in ${folder} but found none; give token ids instead of text.`,
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
