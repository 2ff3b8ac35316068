import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import type { Cache } from "../plan/cache.ts";
import type { Edit } from "../plan/edit.ts";
import type { SamplingOptions } from "./sampling.ts";
import type { Taps } from "../plan/tap.ts";

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
  /** The text of each new token. */
  readonly pieces: readonly string[];
  /** Indices into `tokens` of the new tokens on which an edit with `when` or `positions` acted. */
  readonly edited: readonly number[];
  /** Why the row ended: the model's end token, a stop text, or the limit. */
  readonly finish: "end" | "stop" | "length";
}

/**
 * The texts that a model wrote, and what was tapped meanwhile.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const { texts } = await model.generate(["11 + 5 =", "19 - 6 ="], { maxNewTokens: 3 });
 * assertEquals(texts, [" 16", " 13"]);
 * ```
 */
export class Generation {
  readonly #taps: Cache | undefined;

  constructor(readonly rows: readonly GeneratedRow[], taps: Cache | undefined) {
    this.#taps = taps;
  }

  /** The new texts. */
  get texts(): string[] {
    return this.rows.map(({ text }) => text);
  }

  /** The tokens of each whole text, prompt and new ones: what `model.run` takes to look inside a text that was written. */
  get wholeRows(): number[][] {
    return this.rows.map(({ promptTokens, tokens }) => [...promptTokens, ...tokens]);
  }

  /** Tapped activations over prompts and new tokens. @throws CircuitbookError when nothing was tapped. */
  get cache(): Cache {
    if (this.#taps) return this.#taps;
    throw new CircuitbookError(
      "Expected tapped activations but nothing was tapped; add tap to the options of generate.",
    );
  }
}
