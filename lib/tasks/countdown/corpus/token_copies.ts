import { checkArguments, is } from "../../../base/arguments.ts";
import { blockRandom, integer } from "../../../base/random.ts";

/** Random tokens, the same tokens again, and the end token. */
export interface TokenCopy {
  /** The token ids. */
  readonly tokens: number[];
  /** The weight of each prediction: 0 for the random tokens, 1 for their copy and the end. */
  readonly weights: number[];
}

/** Settings of {@link tokenCopies}. */
export interface TokenCopyOptions {
  /** Token ids from 0 up to this number, exclusive, are drawn. */
  vocabulary: number;
  /** The id of the end token. */
  end: number;
  /** How many texts a block has. Default 32. */
  n?: number;
  /** The index of the block. Default 0. */
  block?: number;
  /** The seed of the random tokens. Default 0. */
  seed?: number;
}

const SHORTEST = 8;
const LONGEST = 16;

/**
 * Returns a block of texts that repeat random tokens. Byte tokens and parts of words occur in no
 * countdown text. A token that never occurs keeps its random embedding, and random embeddings fill
 * the tables of the tokens that are nearest to a direction. These texts give each token a meaning
 * of its own: the token that was seen before.
 *
 * @param options the vocabulary, and which block.
 * @returns the token ids, with the weight of each prediction.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const [{ tokens }] = countdown.tokenCopies({ vocabulary: 573, end: 573, seed: 1 });
 * const half = (tokens.length - 1) / 2;
 * assertEquals(tokens.slice(half, -1), tokens.slice(0, half));
 * ```
 */
export function tokenCopies(
  options: TokenCopyOptions,
): TokenCopy[] {
  checkArguments("tokenCopies", { options: [options, is.like("an object", "vocabulary", "end")] });
  const { vocabulary, end, n = 32, block = 0, seed = 0 } = options;

  const random = blockRandom(seed, block);
  return Array.from({ length: n }, () => {
    const length = integer(random, SHORTEST, LONGEST);
    const once = Array.from({ length }, () => integer(random, 0, vocabulary - 1));
    return {
      tokens: [...once, ...once, end],
      weights: [...Array(length - 1).fill(0), ...Array(length + 1).fill(1)],
    };
  });
}
