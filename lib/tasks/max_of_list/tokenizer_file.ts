import { ANS } from "./lists.ts";

/**
 * Returns the `tokenizer.json` of max-of-list models. The ten digits and ANS are one token each, so
 * that `27115ANS` is a prompt.
 *
 * @returns the content of the file, before JSON encoding.
 *
 * @example
 * ```ts
 * import { checkpoints, maxOfList } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * await Deno.writeTextFile(`${folder}/tokenizer.json`, JSON.stringify(maxOfList.tokenizerFile()));
 * assertEquals((await checkpoints.loadTokenizer(folder)).encode("27115ANS"), [2, 7, 1, 1, 5, 10]);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export function tokenizerFile(): Record<string, unknown> {
  const vocab = Object.fromEntries(
    Array.from({ length: 10 }, (_, digit) => [String(digit), digit]),
  );
  const flags = {
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: false,
  };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [{ id: ANS, content: "ANS", ...flags }],
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "Fuse" },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: { ...vocab, ANS },
      merges: [],
    },
  };
}
