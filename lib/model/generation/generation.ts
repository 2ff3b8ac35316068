import { printsAsText } from "../../base/one_line.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import type { Cache } from "../plan/cache.ts";
import type { Edit } from "../plan/edit.ts";
import type { SamplingOptions } from "./sampling.ts";
import type { Taps } from "../plan/tap.ts";
import { counted } from "../../base/formats.ts";

/** How a model writes, which edits act on it, and which activations are returned. */
export interface GenerateOptions extends SamplingOptions, Watch {
  /** The largest number of new tokens in each row. Default 64. */
  readonly maxNewTokens?: number;
  /**
   * The seed of the draws. Each row has its own sequence, so that a row does not depend on its
   * batch. Default 0.
   */
  readonly seed?: number;
  /** Texts that end a row as soon as its new text contains one of them. */
  readonly stop?: string | readonly string[];
  /** Whether an end token of the model ends a row. Default true. */
  readonly stopAtEnd?: boolean;
  /**
   * Edits, applied in order; `when` says on which tokens. Negative positions count from the end of
   * the prompt.
   */
  readonly edit?: Edit | readonly Edit[];
  /** The activations to return, at all positions of prompt and new text. */
  readonly tap?: Taps;
  /**
   * The number of rows that are run together. Default 256, or fewer if their keys and values would
   * take more than 300 MB. If there are more rows, those with the same prompt are run together, so
   * that their prompt is read once.
   */
  readonly batchSize?: number;
}

/** One token that was written. */
export interface GeneratedToken {
  /** The number of its row. */
  readonly row: number;
  /** The token id. */
  readonly token: number;
  /** The text that the token adds to its row. */
  readonly text: string;
}

/** One prompt and its continuation. */
export interface GeneratedRow {
  /** The text of the prompt. */
  readonly prompt: string;
  /** The token ids of the prompt. */
  readonly promptTokens: readonly number[];
  /** The new token ids, with the end token if there is one. */
  readonly tokens: readonly number[];
  /** The new text, without the end token; `prompt + text` is the whole text. */
  readonly text: string;
  /** The text of each new token, as the tokenizer spells it. */
  readonly pieces: readonly string[];
  /** Indices into `tokens` of the new tokens on which an edit with `when` or `positions` acted. */
  readonly edited: readonly number[];
  /**
   * Why the row ended: at an end token of the model, at a stop text, or at the limit of new tokens.
   */
  readonly finish: "end" | "stop" | "length";
}

/**
 * The texts that a model wrote, and the activations that were tapped meanwhile.
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

  /**
   * Makes a generation. {@link Model.generate} returns one.
   *
   * @param rows one row for each prompt.
   * @param taps the tapped activations; undefined if nothing was tapped.
   */
  constructor(
    /** One row for each prompt, in their order. */
    readonly rows: readonly GeneratedRow[],
    taps: Cache | undefined,
  ) {
    this.#taps = taps;
  }

  /** The new text of each row. */
  get texts(): string[] {
    return this.rows.map(({ text }) => text);
  }

  /**
   * The token ids of each whole text, prompt and new ones. Pass them to `model.run` to look inside
   * the texts.
   */
  get wholeRows(): number[][] {
    return this.rows.map(({ promptTokens, tokens }) => [...promptTokens, ...tokens]);
  }

  /**
   * The tapped activations over prompts and new tokens.
   *
   * @throws CircuitbookError if nothing was tapped.
   */
  get cache(): Cache {
    if (this.#taps) return this.#taps;
    throw new CircuitbookError(
      "Expected tapped activations but nothing was tapped; add tap to the options of generate.",
    );
  }

  /** Returns the generation in a line: the number of texts and of new tokens. */
  toString(): string {
    const tokens = this.rows.reduce((sum, row) => sum + row.tokens.length, 0);
    return `Generation of ${counted(this.rows.length, "text")}: ${counted(tokens, "new token")}`;
  }
}

printsAsText(Generation);
