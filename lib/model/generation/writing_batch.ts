import { rowsName, SAMPLING_NAMES } from "../plan/graph_names.ts";
import { Meter } from "../../base/progress.ts";
import type { Random } from "../../base/random.ts";
import type { Tokenizer } from "../../checkpoint/tokenizer/tokenizer.ts";
import { batchOf } from "../plan/batch.ts";
import type { Edit } from "../plan/edit.ts";
import type { Engine } from "../engine/engine.ts";
import type { GeneratedRow, GeneratedToken, GenerateOptions } from "./generation.ts";
import type { GenerationTaps } from "./generation_taps.ts";
import { HostKeyValues } from "../engine/host_key_values.ts";
import type { KeyValues, RowRange } from "../engine/key_values.ts";
import { type Plan, planEdits } from "../plan/plan.ts";
import { headFeeds } from "../engine/passes.ts";
import { addedText } from "./added_text.ts";
import { plannedSampling, samplingFeeds } from "./sampling.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { planTaps } from "../plan/tap.ts";
import type { BatchView } from "../plan/view.ts";
import { type SharedPrompts, sharedPrompts } from "./shared_prompts.ts";
import { CHUNK_TOKENS } from "../engine/chunks.ts";

/**
 * The number of tokens of a prompt that are decoded with the new text at each step: a character has
 * at most four bytes.
 */
const CONTEXT_TOKENS = 4;

/**
 * Returns the largest number of columns of a prompt that one pass reads. The pass takes the keys
 * and values of earlier columns from the cache. With a function edit, every pass reads whole
 * prompts, because the function must see whole prompts.
 *
 * @param edits the edits of the generation.
 */
export function columnsAtOnce(edits: readonly Edit[]): number {
  return edits.some((edit) => "apply" in edit) ? Infinity : CHUNK_TOKENS;
}

/** Returns the number of rows that one pass reads, each over a number of columns. */
function rowsAtOnce(columns: number): number {
  return Math.max(1, Math.floor(CHUNK_TOKENS / columns));
}

/** One row while it is written. */
export interface Writing {
  /** The number of the row in the input. */
  readonly id: number;
  /** The token ids of the prompt. */
  readonly prompt: readonly number[];
  /**
   * Prompt and new tokens. The list keeps growing after the row has ended, as long as other rows of
   * the batch are written.
   */
  readonly tokens: number[];
  /** The random numbers of this row. */
  readonly random: Random;
  /** The length of the row, in tokens, once it has ended. */
  length?: number;
  /** Why the row ended. */
  finish?: GeneratedRow["finish"];
}

/**
 * The least number of new tokens for which steps get a plan of their own. On SmolLM2-135M, the plan
 * of eight rows takes 0.2 s to compile and makes a step 12 ms shorter; the plan of one row takes
 * 0.03 s and makes a step 2 ms shorter.
 */
const OWN_PLAN_TOKENS = 16;

/** The options of a generation, with the limit of new tokens filled in. */
export type WritingOptions = GenerateOptions & { readonly maxNewTokens: number };

/** Rows that are written together, token by token. */
export class WritingBatch {
  #cache: KeyValues;
  readonly #plan: Plan;
  /** The part of the prompts that is read once for several rows, until it has been read. */
  #shared: SharedPrompts | undefined;
  #pads: readonly number[];
  #columnsDone = 0;
  /** Whether all rows have ended. */
  finished = false;

  readonly #engine: Engine;
  readonly #tokenizer: Tokenizer;
  #rows: readonly Writing[];
  readonly #rowCount: number;
  readonly #collected: GenerationTaps | undefined;
  readonly #edits: readonly Edit[];
  readonly #options: WritingOptions;

  constructor(
    engine: Engine,
    tokenizer: Tokenizer,
    rows: readonly Writing[],
    rowCount: number,
    edits: readonly Edit[],
    taps: Plan["taps"],
    collected: GenerationTaps | undefined,
    options: WritingOptions,
  ) {
    this.#engine = engine;
    this.#tokenizer = tokenizer;
    this.#rows = rows;
    this.#rowCount = rowCount;
    this.#collected = collected;
    this.#edits = edits;
    this.#options = options;
    const { architecture } = engine;
    this.#pads = batchOf(rows.map(({ prompt }) => prompt)).pads;
    const prompts = this.#view({ first: 0, count: rows.length }, this.#length, this.#length);
    // The tapped activations of every row are collected, so every row is read.
    this.#shared = collected ? undefined : sharedPrompts(edits, prompts);
    this.#cache = engine.keyValues(this.#shared?.rows.length ?? rows.length);
    const last = [{ at: "logits", positions: [-1], role: "sampling" as const }];
    const logits = planTaps(last, architecture, batchOf([[0]])).taps;
    this.#plan = {
      taps: [...taps, ...logits],
      edits: planEdits(edits, architecture),
      cached: engine.cachePlace,
      padded: this.#pads.some((pad) => pad > 0),
      sampling: plannedSampling(options),
    };
  }

  /**
   * Computes the new columns, draws one token for each row, and returns the tokens of rows that
   * have not ended.
   */
  async step(meter: Meter): Promise<GeneratedToken[]> {
    const written = this.#append(await this.#nextTokens());
    await meter.advance(written.length + this.#unusedTokens(written));
    await this.#dropDone();
    return written;
  }

  /** Frees the keys and values. */
  dispose(): Promise<void> {
    return this.#cache.dispose();
  }

  /** The number of columns: the padding and all tokens of a row. */
  get #length(): number {
    return this.#rows[0].tokens.length + this.#pads[0];
  }

  /** Computes the new columns, and returns the next token of each row. */
  async #nextTokens(): Promise<number[]> {
    if (this.#shared) await this.#readShared(this.#shared);
    this.#shared = undefined;
    return await this.#read(this.#length);
  }

  /** Reads the part of the prompts that rows have in common, and gives each row its own copy. */
  async #readShared({ columns, rows, places }: SharedPrompts): Promise<void> {
    const [all, allPads] = [this.#rows, this.#pads];
    this.#rows = rows.map((row) => all[row]);
    this.#pads = rows.map((row) => allPads[row]);
    await this.#read(columns);
    await this.#cache.keepRows(places);
    this.#rows = all;
    this.#pads = allPads;
  }

  /**
   * Computes the columns up to a length, and returns the token that each row would have next.
   * Prompts of many tokens are read some rows at a time, and long prompts some columns at a time,
   * so that reading them is seen and can be stopped.
   */
  async #read(length: number): Promise<number[]> {
    const columns = length - this.#columnsDone;
    const step = Math.min(columns, columnsAtOnce(this.#edits));
    const isLong = step < columns;
    const isSeen = isLong || rowsAtOnce(columns) < this.#rows.length;
    const meter = this.#readMeter(isLong ? columns : undefined);
    let tokens: number[] = [];
    try {
      if (isSeen) meter.begin();
      while (this.#columnsDone < length) {
        const end = Math.min(this.#columnsDone + step, length);
        const computed = end - this.#columnsDone;
        const size = rowsAtOnce(computed);
        tokens = [];
        for (let first = 0; first < this.#rows.length; first += size) {
          const range = { first, count: Math.min(size, this.#rows.length - first) };
          tokens.push(...await this.#pass(range, end, computed));
          if (isSeen) await meter.advance(isLong ? range.count * computed : range.count);
        }
        await this.#cache.advance(computed);
        this.#columnsDone = end;
      }
    } finally {
      meter.end();
    }
    return tokens;
  }

  /**
   * Returns the progress meter for the reading of prompts. The meter counts prompts, or tokens if
   * one prompt takes several passes.
   *
   * @param columns the number of columns, if the meter counts tokens.
   */
  #readMeter(columns: number | undefined): Meter {
    const { signal, onProgress } = this.#options;
    const watch = { signal, onProgress };
    return columns === undefined
      ? new Meter("read prompts", this.#rows.length, "prompts", watch)
      : new Meter("read prompts", this.#rows.length * columns, "tokens", watch);
  }

  /**
   * Computes the last columns of some rows, and returns the next token of each.
   *
   * @param range the rows.
   * @param length the number of columns up to the end of the pass.
   * @param columns the number of columns that are computed.
   * @throws CircuitbookError if a logit is NaN.
   */
  async #pass(
    range: RowRange,
    length: number,
    columns: number,
  ): Promise<Int32Array> {
    const isLast = length === this.#length;
    const plan = isLast && columns === 1 ? this.#planOfStep() : this.#plan;
    // From the first step in place on, all steps are in place.
    if (plan.cached === "in place" && this.#cache instanceof HostKeyValues) {
      this.#cache = this.#cache.toInPlace();
    }
    const view = this.#view(range, length, columns);
    const rows = this.#rows.slice(range.first, range.first + range.count);
    const last = BigInt64Array.from(view.pads, (_, row) => BigInt((row + 1) * columns - 1));
    const results = await this.#engine.forwardKeeping(plan, view, {
      ...await this.#cache.feeds(range),
      ...Object.fromEntries(headFeeds(this.#plan.taps)),
      [rowsName(0)]: { data: last, dims: [last.length] },
      // The tokens that a pass over a part of a prompt chooses are not used, so the pass must not
      // use up random numbers.
      ...samplingFeeds(this.#options, rows.map(({ random }) => isLast ? random : () => 0)),
    });
    const { returned: outputs } = results;
    const check = outputs[SAMPLING_NAMES.check].data as Float32Array;
    if (check.some(Number.isNaN)) {
      throw new CircuitbookError(
        "Expected numbers as logits but found NaN; look for an edit with very large values.",
      );
    }
    this.#cache.write(results);
    this.#collected?.add(outputs, view);
    return outputs[SAMPLING_NAMES.tokens].data as Int32Array;
  }

  /**
   * Returns the plan of a step: the engine's plan for steps if many tokens are written, else the
   * plan of the prompts.
   */
  #planOfStep(): Plan {
    const [{ prompt, tokens }] = this.#rows;
    const { maxNewTokens } = this.#options;
    const own = this.#engine.planOfStep(this.#plan, this.#rows.length);
    // The last row of a batch goes on as before if few tokens are left.
    const isSwitch = own.cached === "in place" && this.#cache instanceof HostKeyValues;
    const written = isSwitch ? tokens.length - prompt.length : 0;
    return maxNewTokens - written >= OWN_PLAN_TOKENS ? own : this.#plan;
  }

  #view({ first, count }: RowRange, length: number, columns: number): BatchView {
    const rows = this.#rows.slice(first, first + count);
    return {
      batch: count,
      columns,
      keyColumns: length,
      pads: this.#pads.slice(first, first + count),
      tokens: rows.map(({ tokens }) => tokens),
      promptLengths: rows.map(({ prompt }) => prompt.length),
      finalLengths: rows.map(({ prompt }) => prompt.length + this.#options.maxNewTokens),
      rowIds: rows.map(({ id }) => id),
      rowCount: this.#rowCount,
    };
  }

  /** Adds a token to each row, and returns the tokens of rows that had not ended. */
  #append(tokens: readonly number[]): GeneratedToken[] {
    return this.#rows.flatMap((row, index) => {
      const token = tokens[index];
      row.tokens.push(token);
      if (row.length !== undefined) return [];
      row.finish = this.#finishOf(row, token);
      if (row.finish) row.length = row.tokens.length;
      return [{ row: row.id, token, text: this.#tokenizer.pieces([token])[0] }];
    });
  }

  #finishOf({ prompt, tokens }: Writing, token: number): GeneratedRow["finish"] | undefined {
    const { stopAtEnd = true, stop = [], maxNewTokens } = this.#options;
    if (stopAtEnd && this.#engine.architecture.endTokens.includes(token)) return "end";
    const stops = typeof stop === "string" ? [stop] : stop;
    if (stops.length) {
      // A few tokens of the prompt show whether the first space belongs to the text.
      const context = prompt.slice(-CONTEXT_TOKENS);
      const text = addedText(this.#tokenizer, context, tokens.slice(prompt.length));
      if (stops.some((end) => text.includes(end))) return "stop";
    }
    return tokens.length - prompt.length >= maxNewTokens ? "length" : undefined;
  }

  /**
   * Returns how many tokens of the limit stay unused by rows that have just ended: the meter counts
   * them as done.
   */
  #unusedTokens(written: readonly GeneratedToken[]): number {
    const { maxNewTokens } = this.#options;
    const byId = new Map(this.#rows.map((row) => [row.id, row]));
    return written.reduce((sum, { row }) => {
      const { length, prompt } = byId.get(row)!;
      return length === undefined ? sum : sum + maxNewTokens - (length - prompt.length);
    }, 0);
  }

  /**
   * Drops rows that are done, as soon as they are an eighth of the batch: copying the cache costs
   * about a few steps.
   */
  async #dropDone(): Promise<void> {
    // The activations of the last token of a row are computed one pass after it was drawn.
    const done = ({ length, tokens }: Writing) =>
      length !== undefined && (!this.#collected || tokens.length > length);
    const kept = this.#rows.flatMap((row, index) => done(row) ? [] : [index]);
    this.finished = kept.length === 0;
    if (this.finished || kept.length * 8 > this.#rows.length * 7) return;
    await this.#cache.keepRows(kept);
    this.#pads = kept.map((index) => this.#pads[index]);
    this.#rows = kept.map((index) => this.#rows[index]);
  }
}
