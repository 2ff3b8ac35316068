import { z } from "zod";
import { CircuitbookError } from "../../../base/errors.ts";
import { integer, type Random, seededRandom } from "../../../base/random.ts";
import { atLeastOne, checkOptions, wholeNumber, yesOrNo } from "../../../base/options.ts";
import { DOCUMENT_KINDS, type DocumentKind, documents } from "./documents.ts";

/** The share of each kind of document; kinds that are not named do not occur. The shares add up to 1. */
export type CorpusMix = Readonly<Partial<Record<DocumentKind, number>>>;

/** A training text. */
export interface CorpusDocument {
  kind: DocumentKind;
  /** Ends with `<|endoftext|>`. */
  text: string;
}

/** Which texts. */
export interface CorpusOptions {
  /** How many in a block. Default 1,024. */
  n?: number;
  /** Which block of the endless corpus, from 0 on. */
  block?: number;
  seed?: number;
  mix?: CorpusMix;
  /** Over the numbers that are {@link heldOut} instead of over all others: texts to validate with. Default false. */
  held?: boolean;
}

/**
 * The two mixes of `countdown-base`: chains in random order first, then in part also chains in the fixed order.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([countdown.corpusMixes.first.fixed, countdown.corpusMixes.last.fixed], [undefined, 0.27]);
 * ```
 */
export const corpusMixes: Readonly<Record<"first" | "last", CorpusMix>> = {
  first: { random: 0.45, sentences: 0.25, questions: 0.15, drills: 0.15 },
  last: { fixed: 0.27, random: 0.18, sentences: 0.25, questions: 0.15, drills: 0.15 },
};

const corpusMixSchema = z.partialRecord(z.enum(DOCUMENT_KINDS), z.number().min(0).max(1), {
  error: `to be shares of ${DOCUMENT_KINDS.join(", ")}`,
}).refine(
  (mix) => Math.abs(Object.values(mix).reduce((sum, share) => sum + share, 0) - 1) < 1e-9,
  "to be shares that add up to 1",
);

const corpusSchema = z.strictObject({
  n: atLeastOne.optional(),
  block: wholeNumber.min(0, "to be a whole number from 0 on").optional(),
  seed: wholeNumber.optional(),
  mix: corpusMixSchema.optional(),
  held: yesOrNo.optional(),
});

/**
 * A block of the texts that `countdown-base` learned from: countdown chains with the verdict in brackets or as a sentence, in
 * many words, English and Chinese; questions whether an attempt is right; and lines of arithmetic. Every stated result is
 * true. Numbers that are {@link heldOut} do not occur together, unless `held`: then nothing else does.
 *
 * The same seed, block and size give the same texts, whatever else is asked for.
 *
 * @throws CircuitbookError when an option is of the wrong kind, or shares do not add up to 1.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const [{ text }] = countdown.corpus({ n: 1, block: 7, seed: 1 });
 * assert(text.endsWith("<|endoftext|>"));
 * ```
 */
export function corpus(options: CorpusOptions = {}): CorpusDocument[] {
  checkOptions(options, corpusSchema, "corpus");
  const { n = 1024, block = 0, seed = 0, mix = corpusMixes.first, held = false } = options;
  const random = blockRandom(seed, block);
  return Array.from({ length: n }, () => {
    const kind = drawn(random, mix);
    return { kind, text: `${documents[kind]({ random, held })}<|endoftext|>` };
  });
}

/** Random numbers of one block (or update) of one seed. Two draws of 31 bits keep blocks of neighbouring seeds apart. */
export function blockRandom(seed: number, block: number): Random {
  const mixed = Math.imul(
    integer(seededRandom(seed), 0, 2 ** 31 - 1) ^ Math.imul(block + 1, 0x9e3779b1),
    0x85ebca6b,
  );
  return seededRandom(mixed ^ mixed >>> 13);
}

function drawn(random: Random, mix: CorpusMix): DocumentKind {
  let left = random();
  for (const [kind, share] of Object.entries(mix) as [DocumentKind, number][]) {
    left -= share;
    if (left < 0) return kind;
  }
  const last = Object.keys(mix).at(-1) as DocumentKind | undefined;
  if (last) return last;
  throw new CircuitbookError(
    "Expected shares of kinds of documents but found none; name at least one.",
  );
}
