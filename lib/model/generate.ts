import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { type Random, seededRandom } from "../base/random.ts";
import type { Tokenizer } from "../checkpoint/tokenizer.ts";
import { batchOf } from "./batch.ts";
import type { Cache } from "./cache.ts";
import { type Edit, parseEdits } from "./edit.ts";
import type { Engine } from "./engine.ts";
import { GenerationTaps } from "./generation_taps.ts";
import { KeyValueCache } from "./key_value_cache.ts";
import { type Plan, planEdits } from "./plan.ts";
import { columnsOf } from "./region.ts";
import { headFeeds } from "./run.ts";
import { checkSampling, sampleToken, type SamplingOptions } from "./sampling.ts";
import { listTaps, planTaps, type Taps } from "./tap.ts";
import type { BatchView } from "./view.ts";

/** How a model writes, what is changed meanwhile, and what is returned of its activations. */
export interface GenerateOptions extends SamplingOptions, Watch {
  /** Default 64. */
  readonly maxNewTokens?: number;
  /** Seed of the draws; each row has its own sequence, whatever the batch. Default 0. */
  readonly seed?: number;
  /** Texts that end a row once it has written them. */
  readonly stop?: string | readonly string[];
  /** Whether the model's end token ends a row. Default true. */
  readonly stopAtEnd?: boolean;
  /** Edits, in order; `when` says on which tokens. Negative positions count from the end of the prompt. */
  readonly edit?: Edit | readonly Edit[];
  /** Activations to return, at all positions of the whole text. */
  readonly tap?: Taps;
  /** Rows that are run together. Default 32. */
  readonly batchSize?: number;
}

/** One token that was written. */
export interface GeneratedToken {
  readonly row: number;
  readonly token: number;
  readonly text: string;
}

/** What became of one prompt. */
export interface GeneratedRow {
  readonly prompt: string;
  readonly promptTokens: readonly number[];
  /** The new tokens. */
  readonly tokens: readonly number[];
  /** The new text, without the end token. */
  readonly text: string;
  /** Indices into `tokens` of the new tokens on which an edit with `when` or `positions` acted. */
  readonly edited: readonly number[];
  /** Why the row ended: the model's end token, a stop text, or the limit. */
  readonly finish: "end" | "stop" | "length";
}

/** The texts that a model wrote, and what was tapped meanwhile. */
export class Generation {
  constructor(readonly rows: readonly GeneratedRow[], private readonly taps: Cache | undefined) {}

  /** The new texts. */
  get texts(): string[] {
    return this.rows.map(({ text }) => text);
  }

  /** Tapped activations over prompts and new tokens. @throws CircuitbookError when nothing was tapped. */
  get cache(): Cache {
    if (this.taps) return this.taps;
    throw new CircuitbookError("Expected tapped activations but nothing was tapped; add tap to the options of generate.");
  }
}

/** A generation under way: await it, or walk over its tokens as they come. */
export class Generating implements PromiseLike<Generation>, AsyncIterable<GeneratedToken> {
  constructor(
    private readonly engine: Engine,
    private readonly tokenizer: Tokenizer,
    private readonly prompts: readonly (readonly number[])[],
    private readonly options: GenerateOptions,
  ) {}

  /** Walks over the tokens as they are written; the value returned at the end is the generation. */
  [Symbol.asyncIterator](): AsyncGenerator<GeneratedToken, Generation> {
    return write(this.engine, this.tokenizer, this.prompts, this.options);
  }

  // deno-lint-ignore no-thenable -- awaiting is how a whole generation is asked for
  then<A = Generation, B = never>(
    onDone?: ((generation: Generation) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    return this.whole().then(onDone, onError);
  }

  private async whole(): Promise<Generation> {
    const tokens = this[Symbol.asyncIterator]();
    while (true) {
      const { done, value } = await tokens.next();
      if (done) return value;
    }
  }
}

/** One row while it is written. */
interface Writing {
  readonly id: number;
  readonly prompt: readonly number[];
  /** Prompt and new tokens; goes on behind the end while other rows are written. */
  readonly tokens: number[];
  readonly random: Random;
  /** Set once the row has ended. */
  length?: number;
  finish?: GeneratedRow["finish"];
}

async function* write(
  engine: Engine,
  tokenizer: Tokenizer,
  prompts: readonly (readonly number[])[],
  options: GenerateOptions,
): AsyncGenerator<GeneratedToken, Generation> {
  const { maxNewTokens = 64, seed = 0, batchSize = 32, tap, edit } = options;
  checkSampling(options);
  checkLengths(prompts, maxNewTokens, engine.architecture.context);
  const edits = edit === undefined ? [] : parseEdits(edit);
  const rows = prompts.map((prompt, id): Writing => ({ id, prompt, tokens: [...prompt], random: seededRandom(seed * 1_000_003 + id) }));
  const planned = planTaps(listTaps(tap ?? [], undefined), engine.architecture, batchOf(prompts));
  if (planned.rowLists.length) throw new CircuitbookError("Expected taps without positions in a generation, which returns all; slice the cache instead.");
  const taps = tap === undefined ? undefined : new GenerationTaps(planned.taps, rows.length);
  const meter = new Meter("generate", rows.length * maxNewTokens, "tokens", options);
  try {
    for (let start = 0; start < rows.length; start += batchSize) {
      const batch = new WritingBatch(engine, tokenizer, rows.slice(start, start + batchSize), rows.length, edits, planned.taps, taps, options);
      while (!batch.finished) {
        yield* await batch.step(meter);
      }
    }
  } finally {
    meter.end();
  }
  const texts = rows.map(({ tokens, length }) => tokens.slice(0, length));
  return new Generation(rows.map((row) => rowOf(row, edits, tokenizer, engine)), taps?.cache(texts));
}

/** Rows that are written together. */
class WritingBatch {
  private readonly cache: KeyValueCache;
  private readonly plan: Plan;
  private pads: readonly number[];
  private columnsDone = 0;
  finished = false;

  constructor(
    private readonly engine: Engine,
    private readonly tokenizer: Tokenizer,
    private rows: readonly Writing[],
    private readonly rowCount: number,
    edits: readonly Edit[],
    taps: Plan["taps"],
    private readonly collected: GenerationTaps | undefined,
    private readonly options: GenerateOptions,
  ) {
    const { architecture } = engine;
    this.pads = batchOf(rows.map(({ prompt }) => prompt)).pads;
    this.cache = new KeyValueCache(architecture, rows.length);
    const logits = planTaps([{ at: "logits", positions: [-1] }], architecture, batchOf([[0]])).taps;
    this.plan = {
      taps: [...taps, ...logits],
      edits: planEdits(edits, architecture),
      cached: true,
      padded: this.pads.some((pad) => pad > 0),
    };
  }

  /** Computes the columns that are new, draws a token for each row and returns those of rows that have not ended. */
  async step(meter: Meter): Promise<GeneratedToken[]> {
    const view = this.view();
    const last = BigInt64Array.from(this.rows, (_, row) => BigInt((row + 1) * view.columns - 1));
    const outputs = await this.engine.forward(this.plan, view, {
      ...this.cache.feeds(),
      ...Object.fromEntries(headFeeds(this.plan.taps)),
      "rows.0": { data: last, dims: [last.length] },
    });
    this.cache.update(outputs);
    this.columnsDone = view.keyColumns;
    this.collected?.add(outputs, view);
    if (this.rows.every(({ length }) => length !== undefined)) {
      this.finished = true;
      return [];
    }
    const written = this.draw(outputs[`tap.${this.plan.taps.length - 1}`].data as Float32Array);
    await meter.advance(written.length + this.unusedTokens(written));
    const ended = this.rows.filter(({ length }) => length !== undefined).length;
    if (ended === this.rows.length && !this.collected) this.finished = true;
    else if (ended * 2 > this.rows.length) this.dropEnded();
    return written;
  }

  private view(): BatchView {
    const length = this.rows[0].tokens.length + this.pads[0];
    return {
      batch: this.rows.length,
      columns: length - this.columnsDone,
      keyColumns: length,
      pads: this.pads,
      tokens: this.rows.map(({ tokens }) => tokens),
      promptLengths: this.rows.map(({ prompt }) => prompt.length),
      rowIds: this.rows.map(({ id }) => id),
      rowCount: this.rowCount,
    };
  }

  private draw(logits: Float32Array): GeneratedToken[] {
    const vocab = logits.length / this.rows.length;
    return this.rows.flatMap((row, index) => {
      const token = sampleToken(logits.subarray(index * vocab, (index + 1) * vocab), this.options, row.random);
      row.tokens.push(token);
      if (row.length !== undefined) return [];
      row.finish = this.finishOf(row, token);
      if (row.finish) row.length = row.tokens.length;
      return [{ row: row.id, token, text: this.tokenizer.pieces([token])[0] }];
    });
  }

  private finishOf({ prompt, tokens }: Writing, token: number): GeneratedRow["finish"] | undefined {
    const { stopAtEnd = true, stop = [], maxNewTokens = 64 } = this.options;
    if (stopAtEnd && this.engine.architecture.endTokens.includes(token)) return "end";
    const stops = typeof stop === "string" ? [stop] : stop;
    if (stops.length) {
      const text = this.tokenizer.decode(tokens.slice(prompt.length));
      if (stops.some((end) => text.includes(end))) return "stop";
    }
    return tokens.length - prompt.length >= maxNewTokens ? "length" : undefined;
  }

  /** Tokens of the limit that rows which have just ended will not use. */
  private unusedTokens(written: readonly GeneratedToken[]): number {
    const { maxNewTokens = 64 } = this.options;
    const byId = new Map(this.rows.map((row) => [row.id, row]));
    return written.reduce((sum, { row }) => {
      const { length, prompt } = byId.get(row)!;
      return length === undefined ? sum : sum + maxNewTokens - (length - prompt.length);
    }, 0);
  }

  /** Goes on with the rows that have not ended. */
  private dropEnded(): void {
    const kept = this.rows.flatMap(({ length }, index) => length === undefined ? [index] : []);
    this.cache.keepRows(kept);
    this.pads = kept.map((index) => this.pads[index]);
    this.rows = kept.map((index) => this.rows[index]);
  }
}

function rowOf({ prompt, tokens, length, finish, id }: Writing, edits: readonly Edit[], tokenizer: Tokenizer, { architecture }: Engine): GeneratedRow {
  const fresh = tokens.slice(prompt.length, length);
  const shown = architecture.endTokens.includes(fresh.at(-1) ?? -1) ? fresh.slice(0, -1) : fresh;
  const view: BatchView = {
    batch: 1,
    columns: prompt.length + fresh.length,
    keyColumns: prompt.length + fresh.length,
    pads: [0],
    tokens: [tokens.slice(0, length)],
    promptLengths: [prompt.length],
    rowIds: [id],
    rowCount: 1,
  };
  const acting = edits.flatMap((edit) =>
    "apply" in edit || (edit.when === undefined && edit.positions === undefined) || (edit.rows && !edit.rows.includes(id)) ? [] : columnsOf(edit, 0, view)
  );
  const edited = [...new Set(acting.map(({ index }) => index - prompt.length).filter((index) => index >= 0))].sort((a, b) => a - b);
  return { prompt: tokenizer.decode(prompt), promptTokens: prompt, tokens: fresh, text: tokenizer.decode(shown), edited, finish: finish! };
}

function checkLengths(prompts: readonly (readonly number[])[], maxNewTokens: number, context: number): void {
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 1) {
    throw new CircuitbookError(`Expected maxNewTokens to be a whole number of at least 1 but found ${maxNewTokens}.`);
  }
  const longest = Math.max(...prompts.map((prompt) => prompt.length));
  if (longest + maxNewTokens > context) {
    throw new CircuitbookError(`Expected prompt and new tokens within the context of ${context} but found ${longest} + ${maxNewTokens}; set maxNewTokens to at most ${context - longest}.`);
  }
}
