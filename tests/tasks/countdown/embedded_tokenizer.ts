import { Tokenizer } from "@huggingface/tokenizers";

const file = new URL("../../../data/models/countdown-r1/tokenizer.json", import.meta.url);
const tokenizer = new Tokenizer(JSON.parse(Deno.readTextFileSync(file)), {});

/** The tokens of a text under the embedded model's tokenizer. */
export const encode = (text: string): number[] => tokenizer.encode(text).ids;

/** Each token's own text. */
export const pieces = (tokens: readonly number[]): string[] =>
  tokens.map((token) => tokenizer.decode([token], { skip_special_tokens: false, clean_up_tokenization_spaces: false }));

/** The text of all tokens. */
export const decode = (tokens: readonly number[]): string => pieces(tokens).join("");
