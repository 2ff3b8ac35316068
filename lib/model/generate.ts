import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, throwIfStopped } from "../base/progress.ts";
import { seededRandom, seedOf } from "../base/random.ts";
import { resolveSelection } from "../base/tensor.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import { batchOf } from "./plan/batch.ts";
import { type Edit, parseEdits } from "./plan/edit.ts";
import type { Engine } from "./engine/engine.ts";
import {
  type GeneratedRow,
  type GeneratedToken,
  type GenerateOptions,
  Generation,
} from "./generation/generation.ts";
import { byPrompt } from "./generation/shared_prompts.ts";
import { GenerationTaps } from "./generation/generation_taps.ts";
import {
  anything,
  atLeastOne,
  checkOptions,
  watch,
  wholeNumber,
  yesOrNo,
} from "../base/options.ts";
import type { Architecture } from "./plan/architecture.ts";
import { activationBytes, cacheBytes, type MemoryNeed, tappedBytes } from "./engine/memory.ts";
import { checkReach, columnsOf } from "./plan/region.ts";
import { addedText } from "./generation/added_text.ts";
import { sampling } from "./generation/sampling.ts";
import { listTaps, planTaps } from "./plan/tap.ts";
import type { BatchView } from "./plan/view.ts";
import { columnsAtOnce, type Writing, WritingBatch } from "./generation/writing_batch.ts";
import { CHUNK_TOKENS } from "./engine/chunks.ts";
import { distinct, longestOf } from "../base/lists.ts";

/**
 * The most rows, and the most bytes of keys and values, of a batch whose size the caller leaves
 * open.
 */
const BATCH_LIMITS = { rows: 256, bytes: 300e6 };

const text = z.string("to be a text").nonempty("not to be empty");
const generateSchema = z.strictObject({
  ...watch,
  ...sampling,
  maxNewTokens: atLeastOne.optional(),
  seed: wholeNumber.optional(),
  stop: z.union([text, z.array(text)], "to be a text or a list of texts, none of them empty")
    .optional(),
  stopAtEnd: yesOrNo.optional(),
  edit: anything,
  tap: anything,
  batchSize: atLeastOne.optional(),
});

/**
 * A generation that is being written: await it, or iterate over its tokens as they come. {@link
 * Model.generate} makes it.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const pieces: string[] = [];
 * for await (const { text } of model.generate("11 + 5 =", { maxNewTokens: 3 })) pieces.push(text);
 * assertEquals(pieces.join(""), " 16");
 * ```
 */
export class Generating implements PromiseLike<Generation>, AsyncIterable<GeneratedToken> {
  #generation: Promise<Generation> | undefined;

  readonly #engine: Engine;
  readonly #tokenizer: Tokenizer;
  readonly #prompts: readonly (readonly number[])[];
  readonly #options: GenerateOptions;

  /**
   * Makes a generation that begins when it is awaited or iterated over.
   *
   * @param engine runs the model.
   * @param tokenizer the tokenizer of the model.
   * @param prompts the token ids of each prompt.
   * @param options how many tokens, how they are chosen, and what is tapped and edited.
   */
  constructor(
    engine: Engine,
    tokenizer: Tokenizer,
    prompts: readonly (readonly number[])[],
    options: GenerateOptions,
  ) {
    this.#engine = engine;
    this.#tokenizer = tokenizer;
    this.#prompts = prompts;
    this.#options = options;
  }

  /** Yields each token as it is written; the return value is the whole generation. */
  [Symbol.asyncIterator](): AsyncGenerator<GeneratedToken, Generation> {
    return write(this.#engine, this.#tokenizer, this.#prompts, this.#options);
  }

  /**
   * Writes the whole generation. A second `await` gives the same generation.
   *
   * @param onDone called with the generation.
   * @param onError called with the error, if there is one.
   * @returns a promise of what the called function returns.
   */
  then<A = Generation, B = never>(
    onDone?: ((generation: Generation) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.#generation ??= this.#whole();
    return this.#generation.then(onDone, onError);
  }

  async #whole(): Promise<Generation> {
    const tokens = this[Symbol.asyncIterator]();
    while (true) {
      const { done, value } = await tokens.next();
      if (done) return value;
    }
  }
}

/** Writes all rows, batch by batch. */
async function* write(
  engine: Engine,
  tokenizer: Tokenizer,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): AsyncGenerator<GeneratedToken, Generation> {
  checkOptions(options, generateSchema, "generate");
  const { maxNewTokens = 64, seed = 0, tap, edit } = options;
  const batchSize = options.batchSize ??
    defaultBatchSize(prompts, maxNewTokens, engine.architecture);
  checkLengths(prompts, maxNewTokens, engine.architecture.context);
  const edits = edit === undefined ? [] : parseEdits(edit);
  checkReach(
    edits,
    prompts.map(({ length }) => ({ promptLength: length, finalLength: length + maxNewTokens })),
  );
  const rows = prompts.map((prompt, id): Writing => ({
    id,
    prompt,
    tokens: [...prompt],
    random: seededRandom(seedOf(seed, id)),
  }));
  const planned = planTaps(listTaps(tap ?? [], undefined), engine.architecture, batchOf(prompts));
  if (planned.rowLists.length) {
    throw new CircuitbookError(
      "Expected taps without positions, because a generation returns all positions; slice the cache instead.",
    );
  }
  const taps = tap === undefined ? undefined : new GenerationTaps(planned.taps, rows.length);
  await engine.verifyFits(
    generationNeeds(prompts, edits, engine.architecture, { ...options, batchSize, maxNewTokens }),
  );
  throwIfStopped(options.signal);
  const readsAlike = rows.length > batchSize && !taps && edits.every((edit) => !("apply" in edit));
  const ordered = readsAlike ? byPrompt(rows) : rows;
  const meter = new Meter("generate", rows.length * maxNewTokens, "tokens", options);
  try {
    for (let start = 0; start < rows.length; start += batchSize) {
      const batch = new WritingBatch(
        engine,
        tokenizer,
        ordered.slice(start, start + batchSize),
        rows.length,
        edits,
        planned.taps,
        taps,
        { ...options, maxNewTokens },
      );
      try {
        while (!batch.finished) yield* await batch.step(meter);
      } finally {
        await batch.dispose();
      }
    }
  } finally {
    meter.end();
  }
  const texts = rows.map(({ tokens, length }) => tokens.slice(0, length));
  const describe = (row: Writing) =>
    describedRow(row, edits, rows.length, row.prompt.length + maxNewTokens, tokenizer, engine);
  return new Generation(rows.map(describe), taps?.cache(texts));
}

/** Returns the finished row of one prompt: its new tokens and text, and the edited tokens. */
function describedRow(
  { prompt, tokens, length, finish, id }: Writing,
  edits: readonly Edit[],
  rowCount: number,
  finalLength: number,
  tokenizer: Tokenizer,
  { architecture }: Engine,
): GeneratedRow {
  const fresh = tokens.slice(prompt.length, length);
  const shown = architecture.endTokens.includes(fresh.at(-1) ?? -1) ? fresh.slice(0, -1) : fresh;
  const view: BatchView = {
    batch: 1,
    columns: prompt.length + fresh.length,
    keyColumns: prompt.length + fresh.length,
    pads: [0],
    tokens: [tokens.slice(0, length)],
    promptLengths: [prompt.length],
    finalLengths: [finalLength],
    rowIds: [id],
    rowCount,
  };
  const acting = edits.flatMap((edit) =>
    "apply" in edit || (edit.when === undefined && edit.positions === undefined) ||
      (edit.rows && !resolveSelection(edit.rows, rowCount, "row").includes(id))
      ? []
      : columnsOf(edit, 0, view)
  );
  const edited = distinct(
    acting.map(({ index }) => index - prompt.length).filter((index) => index >= 0),
  );
  return {
    prompt: tokenizer.decode(prompt),
    promptTokens: prompt,
    tokens: fresh,
    text: addedText(tokenizer, prompt, shown),
    pieces: tokenizer.pieces(fresh),
    edited,
    finish: finish!,
  };
}

/** Returns how many rows are written together: as many as the limits of a batch allow. */
function defaultBatchSize(
  prompts: readonly (readonly number[])[],
  maxNewTokens: number,
  architecture: Architecture,
): number {
  const ofRow = cacheBytes(architecture, 1, longestOf(prompts) + maxNewTokens);
  return Math.max(1, Math.min(BATCH_LIMITS.rows, Math.floor(BATCH_LIMITS.bytes / ofRow)));
}

/** Returns about how much memory a generation needs besides the weights. */
function generationNeeds(
  prompts: readonly (readonly number[])[],
  edits: readonly Edit[],
  architecture: Architecture,
  { maxNewTokens, batchSize, tap = [] }: GenerateOptions & {
    readonly maxNewTokens: number;
    readonly batchSize: number;
  },
): MemoryNeed[] {
  const longest = longestOf(prompts);
  const rows = Math.min(batchSize, prompts.length);
  const columns = longest + maxNewTokens;
  const texts = prompts.map(({ length }) => new Array<number>(length + maxNewTokens));
  const tapped = tappedBytes(listTaps(tap, undefined), texts, architecture);
  return [
    {
      // They are copied when a row is dropped, and when recent columns are settled.
      bytes: 2 * cacheBytes(architecture, rows, columns),
      purpose: "keys and values",
      advice: "set a smaller batchSize or maxNewTokens",
    },
    {
      bytes: tapped.reduce((a, b) => a + b, 0),
      purpose: "tapped activations",
      advice: "tap fewer hook points, select heads in the taps, or generate fewer rows",
      returned: true,
    },
    {
      bytes: activationBytes(architecture, {
        tokens: Math.max(
          Math.min(longest, columnsAtOnce(edits)),
          Math.min(rows * longest, CHUNK_TOKENS),
        ),
        keys: longest,
      }),
      purpose: "the activations of a layer",
      advice: "set a smaller batchSize",
    },
  ];
}

function checkLengths(
  prompts: readonly (readonly number[])[],
  maxNewTokens: number,
  context: number,
): void {
  const longest = longestOf(prompts);
  if (longest + maxNewTokens > context) {
    throw new CircuitbookError(
      `Expected prompt and new tokens within the context of ${context} but found ${longest} + ${maxNewTokens}; set maxNewTokens to at most ${
        context - longest
      }.`,
    );
  }
}
