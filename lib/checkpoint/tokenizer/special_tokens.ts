import { join } from "deno-std/path/mod.js";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { readJson } from "../files.ts";

/** A token as configuration files write it: its text, or an object with the text. */
const tokenText = z.union([
  z.string(),
  z.looseObject({ content: z.string() }).transform(({ content }) => content),
]).nullish();

const specialTokens = {
  bos_token: tokenText,
  eos_token: tokenText,
  unk_token: tokenText,
  pad_token: tokenText,
};

/** A token that is added to a vocabulary, as `tokenizer.json` lists it. */
const addedToken = z.looseObject({
  content: z.string(),
  single_word: z.boolean().default(false),
  lstrip: z.boolean().default(false),
  rstrip: z.boolean().default(false),
  normalized: z.boolean().optional(),
  special: z.boolean().default(false),
});

const configSchema = z.looseObject({
  ...specialTokens,
  chat_template: z.union([
    z.string(),
    z.array(z.object({ name: z.string(), template: z.string() })),
  ]).nullish(),
  added_tokens_decoder: z.record(z.string(), addedToken).optional(),
});

const specialTokensMapSchema = z.looseObject(specialTokens);

const addedTokensSchema = z.record(z.string(), z.int().min(0));

/** The content of the configuration files beside a `tokenizer.json`. */
export interface TokenizerConfig {
  readonly bos_token?: string | null;
  readonly chat_template?: z.output<typeof configSchema>["chat_template"];
  readonly [key: string]: unknown;
}

/** A token that the configuration files add to a vocabulary. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly [key: string]: unknown;
}

/**
 * Reads `tokenizer_config.json`. Old checkpoints, whose configuration lists no added tokens, keep
 * their special tokens in `special_tokens_map.json`, which then has the last word, and their added
 * tokens in `added_tokens.json`. That is the order of transformers
 * (`PreTrainedTokenizerBase._from_pretrained`).
 *
 * @returns the configuration, and the tokens that it adds.
 * @throws CircuitbookError if a file is not JSON or has values of another kind.
 */
export async function readTokenizerConfig(
  folder: string,
): Promise<{ config: TokenizerConfig; added: AddedToken[] }> {
  const config = await readChecked(join(folder, "tokenizer_config.json"), configSchema);
  if (config.added_tokens_decoder) {
    const added = Object.entries(config.added_tokens_decoder)
      .map(([id, token]) => ({ ...token, id: Number(id) }));
    return { config, added };
  }
  const map = await readChecked(join(folder, "special_tokens_map.json"), specialTokensMapSchema);
  const ids = await readChecked(join(folder, "added_tokens.json"), addedTokensSchema);
  const special = new Set(Object.values(map).filter((value) => typeof value === "string"));
  const added = Object.entries(ids).map(([content, id]) => ({
    id,
    content,
    special: special.has(content),
    normalized: !special.has(content),
  }));
  return { config: { ...config, ...map }, added };
}

/** Returns the checked content of a JSON file; of an empty object if there is no such file. */
async function readChecked<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const parsed = schema.safeParse(await readJson(path) ?? {});
  if (parsed.success) return parsed.data;
  const [{ path: key, message }] = parsed.error.issues;
  throw new CircuitbookError(`Expected another "${key.join(".")}" in ${path}: ${message}.`);
}
