import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import type { TokenizerContent } from "../tokenizer/tokenizer_file.ts";
import type { Notes } from "./notes.ts";
import { PRE_TOKENIZERS, type PreTokenizer } from "./pre_tokenizers.ts";

/** The kinds of tokens (`llama_token_type` of llama.cpp). */
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const BYTE = 6;

/** The longest token of a SentencePiece vocabulary whose ways to be merged are looked for. */
const MOST_CHARACTERS = 512;

/** The vocabulary of a GGUF file. */
interface Vocabulary {
  readonly tokens: readonly string[];
  readonly types: readonly number[];
  readonly ids: Readonly<Record<string, number>>;
}

/**
 * Returns the tokenizer that a GGUF file holds, as the files of a model folder would describe it;
 * undefined if the file holds none.
 *
 * @throws CircuitbookError if the tokenizer is of a kind that is not supported, or if its lists do
 * not fit each other.
 */
export function tokenizerOfNotes(notes: Notes): TokenizerContent | undefined {
  const model = notes.text("tokenizer.ggml.model");
  if (model === undefined || model === "none" || model === "no_vocab") return undefined;
  if (model !== "gpt2" && model !== "llama") {
    throw notes.refusal("tokenizer.ggml.model", "gpt2 or llama (the supported kinds)");
  }
  const vocabulary = vocabularyOf(notes);
  const pre = model === "gpt2" ? preTokenizerOf(notes) : undefined;
  const json = pre ? bytePairs(notes, vocabulary, pre) : sentencePieces(notes, vocabulary);
  const text = (name: string) => {
    const id = notes.number(`tokenizer.ggml.${name}_token_id`);
    return id === undefined ? undefined : vocabulary.tokens[id];
  };
  const around = {
    bos: notes.flag("tokenizer.ggml.add_bos_token") ?? pre?.beginByDefault ?? true,
    eos: notes.flag("tokenizer.ggml.add_eos_token") ?? false,
  };
  return {
    json: {
      version: "1.0",
      added_tokens: addedTokens(vocabulary),
      ...json,
      post_processor: postProcessor(notes, vocabulary, around),
    },
    config: {
      bos_token: text("bos"),
      eos_token: text("eos"),
      unk_token: text("unknown"),
      pad_token: text("padding"),
    },
    template: notes.text("tokenizer.chat_template"),
  };
}

function vocabularyOf(notes: Notes): Vocabulary {
  const tokens = notes.texts("tokenizer.ggml.tokens");
  if (!tokens?.length) throw notes.refusal("tokenizer.ggml.tokens", "a list of tokens");
  const types = notes.numbers("tokenizer.ggml.token_type") ?? tokens.map(() => 1);
  if (types.length !== tokens.length) {
    throw new CircuitbookError(
      `Expected a type for each of ${tokens.length} tokens in ${notes.path} but found ${types.length}.`,
    );
  }
  // A token such as "__proto__" is a key like any other.
  const ids: Record<string, number> = Object.create(null);
  tokens.forEach((token, id) => {
    if (ids[token] !== undefined) {
      throw new CircuitbookError(
        `Expected each token once in ${notes.path} but found ${shown(token)} again.`,
      );
    }
    ids[token] = id;
  });
  return { tokens, types, ids };
}

function preTokenizerOf(notes: Notes): PreTokenizer {
  const name = notes.text("tokenizer.ggml.pre");
  const known = name === undefined ? undefined : PRE_TOKENIZERS.get(name);
  if (known) return known;
  const names = [...PRE_TOKENIZERS.keys()].join(", ");
  throw notes.refusal("tokenizer.ggml.pre", `one of the pre-tokenizers ${names}`);
}

/** Byte-level BPE: the tokens are written as GPT-2's byte characters. */
function bytePairs(
  notes: Notes,
  { ids }: Vocabulary,
  { splits, ignoreMerges }: PreTokenizer,
): Record<string, unknown> {
  const merges = notes.texts("tokenizer.ggml.merges");
  if (!merges) throw notes.refusal("tokenizer.ggml.merges", "a list of merges");
  const pairs = merges.map((merge) => {
    // The space between the two halves: a half may begin with a space.
    const at = merge.indexOf(" ", 1);
    const pair = [merge.slice(0, at), merge.slice(at + 1)];
    if (at > 0 && pair.every((half) => ids[half] !== undefined)) return pair;
    throw new CircuitbookError(
      `Expected merges of two tokens in ${notes.path} but found ${shown(merge)}.`,
    );
  });
  const byteLevel = { type: "ByteLevel", add_prefix_space: false, use_regex: false };
  return {
    normalizer: null,
    pre_tokenizer: { type: "Sequence", pretokenizers: [...splits.map(splitAt), byteLevel] },
    model: { type: "BPE", vocab: ids, merges: pairs, ignore_merges: ignoreMerges },
    decoder: { type: "ByteLevel" },
  };
}

function splitAt(expression: string): Record<string, unknown> {
  return {
    type: "Split",
    pattern: { Regex: expression },
    behavior: "Isolated",
    invert: false,
  };
}

/**
 * SentencePiece's BPE, whose scores say which merge comes first. Equal results come from a list of
 * merges in the order of the scores of the merged tokens, the highest first.
 */
function sentencePieces(notes: Notes, vocabulary: Vocabulary): Record<string, unknown> {
  if (notes.raw("tokenizer.ggml.precompiled_charsmap") !== undefined) {
    throw notes.refusal("tokenizer.ggml.precompiled_charsmap", "no table of characters");
  }
  const unknown = vocabulary.tokens[notes.number("tokenizer.ggml.unknown_token_id") ?? 0];
  const prefix = notes.flag("tokenizer.ggml.add_space_prefix") ?? true;
  const underscores = { type: "Replace", pattern: { String: " " }, content: "▁" };
  const spaces = { type: "Replace", pattern: { String: "▁" }, content: " " };
  return {
    normalizer: {
      type: "Sequence",
      normalizers: [...prefix ? [{ type: "Prepend", prepend: "▁" }] : [], underscores],
    },
    pre_tokenizer: null,
    model: {
      type: "BPE",
      vocab: vocabulary.ids,
      merges: mergesByScore(notes, vocabulary),
      unk_token: unknown,
      fuse_unk: true,
      byte_fallback: true,
    },
    decoder: {
      type: "Sequence",
      decoders: [
        spaces,
        { type: "ByteFallback" },
        { type: "Fuse" },
        ...prefix ? [{ type: "Strip", content: " ", start: 1, stop: 0 }] : [],
      ],
    },
  };
}

function mergesByScore(notes: Notes, { tokens, types, ids }: Vocabulary): [string, string][] {
  const scores = notes.numbers("tokenizer.ggml.scores");
  if (scores?.length !== tokens.length) {
    throw notes.refusal("tokenizer.ggml.scores", `a score for each of ${tokens.length} tokens`);
  }
  const merges = tokens.flatMap((token, id) => {
    if ([UNKNOWN, CONTROL, BYTE].includes(types[id])) return [];
    const characters = [...token];
    if (characters.length > MOST_CHARACTERS) {
      throw new CircuitbookError(
        `Expected tokens of at most ${MOST_CHARACTERS} characters in ${notes.path} but found ${
          shown(token)
        }.`,
      );
    }
    const found: { pair: [string, string]; score: number }[] = [];
    // Among the merges that make one token, the merge with the longest first half comes first.
    for (let length = characters.length - 1; length > 0; length--) {
      const pair: [string, string] = [
        characters.slice(0, length).join(""),
        characters.slice(length).join(""),
      ];
      if (pair.every((half) => ids[half] !== undefined)) found.push({ pair, score: scores[id] });
    }
    return found;
  });
  return merges.sort((a, b) => b.score - a.score).map(({ pair }) => pair);
}

/**
 * Returns the control tokens and the tokens of the user, which are found in a text before it is
 * split.
 */
function addedTokens({ tokens, types }: Vocabulary): Record<string, unknown>[] {
  return tokens.flatMap((content, id) => {
    const special = types[id] === CONTROL || types[id] === UNKNOWN;
    if (!special && types[id] !== USER_DEFINED) return [];
    return [{
      id,
      content,
      special,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
    }];
  });
}

function postProcessor(
  notes: Notes,
  { tokens }: Vocabulary,
  around: { readonly bos: boolean; readonly eos: boolean },
): Record<string, unknown> | null {
  if (!around.bos && !around.eos) return null;
  const special: Record<string, unknown> = {};
  const part = (name: "bos" | "eos", index: number) => {
    if (!around[name]) return [];
    const id = notes.number(`tokenizer.ggml.${name}_token_id`);
    const token = id === undefined ? undefined : tokens[id];
    if (token === undefined) {
      throw notes.refusal(`tokenizer.ggml.${name}_token_id`, "the id of a token");
    }
    special[token] = { id: token, ids: [id], tokens: [token] };
    return [{ SpecialToken: { id: token, type_id: index } }];
  };
  const sequence = (id: string, index: number) => [
    ...part("bos", index),
    { Sequence: { id, type_id: index } },
    ...part("eos", index),
  ];
  return {
    type: "TemplateProcessing",
    single: sequence("A", 0),
    pair: [...sequence("A", 0), ...sequence("B", 1)],
    special_tokens: special,
  };
}
