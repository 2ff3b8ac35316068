import { CircuitbookError } from "../base/errors.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import { tokensOfText } from "../tasks/text/token_spans.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { LossBatch } from "./learner.ts";
import type { TrainingDocument } from "./recipe.ts";

/** A position in an endless stream of batches. */
export interface Place {
  /** The index of the block of documents, from 0. */
  readonly block: number;
  /** The index of the batch within its block, from 0. */
  readonly batch: number;
}

/** Documents of about one length, as rows of tokens with the weight of each prediction. */
export interface TokenBatch extends LossBatch {
  /** How many predictions have a weight other than 0. */
  readonly tokens: number;
  /** Rows times the length of the longest row: the number of positions that are computed. */
  readonly padded: number;
}

/** How documents are cut into batches. */
export interface BatchOptions {
  /** Encodes documents that are given as text. */
  readonly tokenizer: Tokenizer;
  /** The most tokens of a batch, padding included. A longer document is a batch of its own. */
  readonly batchTokens: number;
}

/**
 * Returns the documents sorted by length and cut into batches, so that little of a batch is
 * padding. The weights of a batch add up to 1: its loss is the mean over the predictions that
 * count.
 *
 * @throws CircuitbookError if a document has fewer than two tokens, or if its weights do not fit
 * its tokens or add up to 0 in a batch.
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
    // Documents come sorted, so that this one would be the longest of the batch, and all others are
    // filled up to it.
    if (current.length && (current.length + 1) * document.tokens.length > batchTokens) {
      groups.push([document]);
    } else current.push(document);
  }
  return groups.map(batchOf);
}

/**
 * An endless stream of batches. Each block of documents is made from the seed and cut into batches
 * of about one length, which are shuffled. A stream that is set to a place continues like the
 * stream that was there.
 *
 * @example
 * ```ts
 * import { checkpoints, maxOfList, training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const tokenizer = checkpoints.tokenizerOf(maxOfList.tokenizerFile());
 * const documents = (
 *   { block }: { block: number },
 * ) => [{ text: "12345ANS" }, { tokens: [block, 1, 2] }];
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

  /**
   * Creates a stream that stands at its first batch.
   *
   * @param documents returns the documents of a block: the same ones for the same seed and block.
   * @param options the tokenizer, the size of a batch, and the seed of documents and order.
   */
  constructor(
    documents: (
      place: { seed: number; block: number },
    ) => readonly TrainingDocument[],
    options: BatchOptions & { readonly seed: number },
  ) {
    this.#documents = documents;
    this.#options = options;
  }

  /** The place of the next batch. Set it to continue a stream that was interrupted. */
  get place(): Place {
    return this.#place;
  }

  set place({ block, batch }: Place) {
    this.#place = { block, batch };
  }

  /**
   * Returns the batch at the present place, and moves the place on.
   *
   * @returns the batch.
   * @throws CircuitbookError if a document of the block cannot be learned from.
   */
  next(): TokenBatch {
    const { block, batch } = this.#place;
    const batches = this.batchesOf(block);
    this.#place = batch + 1 < batches.length
      ? { block, batch: batch + 1 }
      : { block: block + 1, batch: 0 };
    return batches[batch];
  }

  /**
   * Returns the batches of a block, in the order of the stream.
   *
   * @param block the index of the block.
   * @returns the batches of that block.
   * @throws CircuitbookError if a document of the block cannot be learned from.
   */
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
    // Each block needs its own seed; the factor keeps the blocks of neighbouring seeds apart.
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
  const weights = "text" in document ? weightsOf(document, tokens, tokenizer) : document.weights;
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

/**
 * Returns 1 for each token after the first that is learned, and 0 for the others; undefined if all
 * are learned.
 *
 * @throws CircuitbookError if a learned part is empty or not inside the text, or if the tokens do
 * not decode to the text.
 */
function weightsOf(
  { text, learned }: Extract<TrainingDocument, { readonly text: string }>,
  tokens: readonly number[],
  tokenizer: Tokenizer,
): number[] | undefined {
  if (learned === undefined) return undefined;
  const outside = learned.find(({ start, end }) =>
    !(0 <= start && start < end && end <= text.length)
  );
  if (outside) {
    throw new CircuitbookError(
      `Expected a learned part inside the ${text.length} characters of its text but found ` +
        `${outside.start} to ${outside.end}.`,
    );
  }
  const chosen = new Set(learned.flatMap(tokensOfText(text, tokens, tokenizer)));
  return tokens.slice(1).map((_, i) => chosen.has(i + 1) ? 1 : 0);
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
