/** The way in which a byte-level BPE tokenizer splits a text before it merges. */
export interface PreTokenizer {
  /** The expressions, applied one after the other. Each match becomes a part of its own. */
  readonly splits: readonly string[];
  /** Whether a part that is itself a token stays whole, without merges. */
  readonly ignoreMerges: boolean;
  /** Whether a text starts with a begin token if the file does not decide. */
  readonly beginByDefault: boolean;
}

const GPT2 = String
  .raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

const LLAMA3 = String
  .raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const QWEN2 = String
  .raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const TEKKEN = String
  .raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const GPT4O = String
  .raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

/** The expressions that llama.cpp uses if it does not know the file's pre-tokenizer. */
const DEFAULT = [
  String.raw`[\p{P}$+<=>^~|]+`,
  String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)`,
  String.raw`\p{N}+`,
  "[0-9][0-9][0-9]",
];

const plain = (...splits: string[]): PreTokenizer => ({
  splits,
  ignoreMerges: false,
  beginByDefault: false,
});

const whole = (...splits: string[]): PreTokenizer => ({
  splits,
  ignoreMerges: true,
  beginByDefault: true,
});

/** The pre-tokenizers by the names that GGUF files use (`llama-vocab.cpp` of llama.cpp). */
export const PRE_TOKENIZERS: ReadonlyMap<string, PreTokenizer> = new Map([
  ["default", plain(...DEFAULT)],
  ["gpt-2", plain(GPT2)],
  ["smollm", plain(String.raw`\p{N}`, GPT2)],
  ["starcoder", plain(String.raw`\p{N}`, GPT2)],
  ["qwen2", plain(QWEN2)],
  ["deepseek-r1-qwen", plain(QWEN2)],
  ["stablelm2", plain(QWEN2)],
  ["llama-bpe", whole(LLAMA3)],
  ["llama-v3", whole(LLAMA3)],
  ["llama3", whole(LLAMA3)],
  ["tekken", whole(TEKKEN)],
  ["gpt-4o", { ...plain(GPT4O), ignoreMerges: true }],
]);
