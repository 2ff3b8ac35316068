import { z } from "zod";
import { CircuitbookError } from "../../../base/errors.ts";
import { blockRandom, type Random } from "../../../base/random.ts";
import { atLeastOne, checkOptions, wholeNumber, yesOrNo } from "../../../base/options.ts";
import { PROMPT_TEMPLATES, type PromptTemplate } from "../prompts/prompts.ts";
import { END } from "../scoring/reward.ts";
import { DOCUMENT_KINDS, type DocumentKind, documents } from "./documents.ts";

/**
 * The share of each kind of document. Kinds that are not named do not occur; the shares add up to
 * 1.
 */
export type CorpusMix = Readonly<Partial<Record<DocumentKind, number>>>;

/** A training text. */
export interface CorpusDocument {
  /** The kind of document. */
  kind: DocumentKind;
  /** The text with its end token. */
  text: string;
}

/** Settings of {@link corpus}. */
export interface CorpusOptions {
  /** How many texts a block has. Default 1,024. */
  n?: number;
  /** The index of the block; the corpus is endless. Default 0. */
  block?: number;
  /** Default 0. */
  seed?: number;
  /** The shares of the kinds of documents. Default `corpusMixes.first`. */
  mix?: CorpusMix;
  /**
   * The template of the prompts of problems. Default "short", the prompt of the embedded models.
   */
  template?: PromptTemplate;
  /** The end token of each text. Default `<|endoftext|>`. */
  end?: string;
  /**
   * Whether texts are over the numbers that are {@link heldOut}, to validate with, instead of over
   * all others. Default false.
   */
  held?: boolean;
}

/**
 * The mixes that `countdown-base` was trained on, one after the other: `first` chains in random
 * order only, `last` also chains in fixed order, and `misses` also chains with an attempt that
 * misses the target narrowly.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([countdown.corpusMixes.last.contrasts, countdown.corpusMixes.misses.contrasts], [
 *   undefined,
 *   0.4,
 * ]);
 * ```
 */
export const corpusMixes: Readonly<Record<"first" | "last" | "misses", CorpusMix>> = {
  first: { random: 0.45, sentences: 0.25, questions: 0.15, drills: 0.15 },
  last: { fixed: 0.27, random: 0.18, sentences: 0.25, questions: 0.15, drills: 0.15 },
  misses: {
    fixed: 0.2,
    random: 0.1,
    contrasts: 0.4,
    sentences: 0.1,
    questions: 0.08,
    drills: 0.12,
  },
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
  template: z.enum(PROMPT_TEMPLATES, `to be one of ${PROMPT_TEMPLATES.join(", ")}`).optional(),
  end: z.string("to be a text").optional(),
  held: yesOrNo.optional(),
});

/**
 * Returns a block of the texts that `countdown-base` learned from: countdown chains with verdicts
 * in brackets or as sentences, in many words, English and Chinese; questions whether an attempt is
 * right; and lines of arithmetic. All stated results are true. No text is over numbers that are
 * {@link heldOut}, or, with `held`, every text is.
 *
 * The same seed, block and size give the same texts.
 *
 * @param options which block, of which mix.
 * @returns the texts.
 * @throws CircuitbookError if an option has the wrong type, or shares do not add up to 1.
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
  const {
    n = 1024,
    block = 0,
    seed = 0,
    mix = corpusMixes.first,
    template = "short",
    end = END,
    held = false,
  } = options;
  const random = blockRandom(seed, block);
  return Array.from({ length: n }, () => {
    const kind = drawn(random, mix);
    return { kind, text: `${documents[kind]({ random, held, template })}${end}` };
  });
}

/** Returns a kind of document, drawn by the shares. */
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
