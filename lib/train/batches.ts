import { CircuitbookError } from "../base/errors.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { LossBatch } from "./learner.ts";
import type { TrainingDocument } from "./recipe.ts";

/** A place in an endless stream of batches: two whole numbers from 0 on. */
export interface Place {
  readonly block: number;
  readonly batch: number;
}

/** Documents of about one length, and what they hold. */
export interface TokenBatch extends LossBatch {
  /** Predictions that count. */
  readonly tokens: number;
  /** Rows times the longest row: what there is to compute. */
  readonly padded: number;
}

/** What batches are made of. */
export interface BatchOptions {
  readonly tokenizer: Tokenizer;
  /** Tokens of a batch at most, padding included; a longer document is a batch of its own. */
  readonly batchTokens: number;
}

/**
 * Documents sorted by length and cut into batches, so that little is padding. The weights of a batch add up to 1: its loss is
 * the mean over what counts.
 *
 * @throws CircuitbookError for a document of fewer than two tokens, and for weights that do not fit or add up to nothing.
 */
export function lengthBuckets(
  documents: readonly TrainingDocument[],
  { tokenizer, batchTokens }: BatchOptions,
): TokenBatch[] {
  const encoded = documents.map((document) => encode(document, tokenizer))
    .sort((a, b) => a.tokens.length - b.tokens.length);
  const groups: Encoded[][] = [[]];
  for (const document of encoded) {
    const current = groups[groups.length - 1];
    if (current.length && (current.length + 1) * document.tokens.length > batchTokens) {
      groups.push([document]);
    } else current.push(document);
  }
  return groups.map(batchOf);
}

/**
 * An endless stream of batches: each block of documents is made from the seed, cut into batches of about one length, and these
 * are shuffled. A stream that was set to a place goes on as the one that was there.
 *
 * @example
 * ```ts
 * import { checkpoints, maxOfList, training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const tokenizer = checkpoints.tokenizerOf(maxOfList.tokenizerFile());
 * const documents = ({ block }: { block: number }) => [{ text: "12345ANS" }, { tokens: [block, 1, 2] }];
 * const stream = new training.BatchStream(documents, { tokenizer, batchTokens: 6, seed: 1 });
 * stream.next(), stream.next();
 * assertEquals(stream.place, { block: 1, batch: 0 });
 * ```
 */
export class BatchStream {
  #place: Place = { block: 0, batch: 0 };
  #block?: { readonly number: number; readonly batches: readonly TokenBatch[] };

  readonly #documents: (
    place: { seed: number; block: number },
  ) => readonly TrainingDocument[];
  readonly #options: BatchOptions & { readonly seed: number };

  constructor(
    documents: (
      place: { seed: number; block: number },
    ) => readonly TrainingDocument[],
    options: BatchOptions & { readonly seed: number },
  ) {
    this.#documents = documents;
    this.#options = options;
  }

  /** Where the next batch stands. */
  get place(): Place {
    return this.#place;
  }

  set place({ block, batch }: Place) {
    this.#place = { block, batch };
  }

  /** The batch at the place, which moves on. @throws CircuitbookError when a document is of no use. */
  next(): TokenBatch {
    const { block, batch } = this.#place;
    const batches = this.batchesOf(block);
    this.#place = batch + 1 < batches.length
      ? { block, batch: batch + 1 }
      : { block: block + 1, batch: 0 };
    return batches[batch];
  }

  /** The batches of a block, in the order in which they come. */
  batchesOf(block: number): readonly TokenBatch[] {
    if (this.#block?.number !== block) this.#block = { number: block, batches: this.#made(block) };
    return this.#block.batches;
  }

  #made(block: number): TokenBatch[] {
    const { seed } = this.#options;
    const documents = this.#documents({ seed, block });
    if (!documents.length) {
      throw new CircuitbookError(`Expected documents in block ${block} but found none.`);
    }
    // Any seed of its own for each block will do; this one keeps blocks of neighbouring seeds apart.
    const random = seededRandom(Math.imul(seed, 0x9e3779b1) + block);
    return shuffle(random, lengthBuckets(documents, this.#options));
  }
}

interface Encoded {
  readonly tokens: number[];
  readonly weights: readonly number[];
}

function encode(document: TrainingDocument, tokenizer: Tokenizer): Encoded {
  const tokens = "text" in document ? tokenizer.encode(document.text) : [...document.tokens];
  const weights = "text" in document ? undefined : document.weights;
  if (tokens.length < 2) {
    throw new CircuitbookError(
      `Expected a document of at least two tokens but found ${JSON.stringify(document)}.`,
    );
  }
  if (weights && weights.length !== tokens.length - 1) {
    throw new CircuitbookError(
      `Expected ${
        tokens.length - 1
      } weights, one for each token after the first, but found ${weights.length}.`,
    );
  }
  return { tokens, weights: weights ?? tokens.slice(1).fill(1) };
}

function batchOf(documents: readonly Encoded[]): TokenBatch {
  let sum = 0;
  let tokens = 0;
  for (const weight of documents.flatMap(({ weights }) => weights)) {
    sum += weight, tokens += Number(weight !== 0);
  }
  if (!(sum > 0)) {
    throw new CircuitbookError(`Expected weights that add up to more than 0 but found ${sum}.`);
  }
  return {
    rows: documents.map(({ tokens }) => tokens),
    weights: documents.map(({ weights }) => weights.map((weight) => weight / sum)),
    tokens,
    padded: documents.length * documents[documents.length - 1].tokens.length,
  };
}
