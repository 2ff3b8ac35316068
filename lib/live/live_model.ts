import { callable, checkOptions, watch } from "../base/options.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { GeneratedToken, Generation } from "../model/generation/generation.ts";
import type { Model } from "../model/model.ts";
import { type Edit, knockOut } from "../model/plan/edit.ts";
import { type AttentionData, attentionData } from "../plot/viewers/attention_data.ts";
import { type LensData, lensData } from "../plot/viewers/lens_data.ts";
import { everyNth } from "../steering/when.ts";
import { steer } from "../steering/steer.ts";
import { silencedWhen } from "../studies/verification/silenced_when.ts";
import type { JudgingWindow } from "../studies/verification/verification_heads.ts";
import { templateFor } from "../tasks/countdown/prompts/template.ts";
import { z } from "zod";
import { type AskedProblem, attemptsOf, promptOf } from "./asked.ts";
import type { LiveState } from "./state.ts";

/** The text after which the model predicts a verdict, and at which the steering vector is added. */
const OPEN = " (";

/** The attention patterns of every layer. */
const PATTERNS = "blocks.*.attn.hook_pattern";

/** The residual stream after every layer. */
const STREAMS = "blocks.*.hook_resid_post";

/** The number of positions, up to the chosen one, that the lens shows. */
const LENS_POSITIONS = 10;

/** The number of positions, up to the chosen one, whose rows the attention viewer shows. */
const ATTENTION_ROWS = 12;

/** How many tokens the lens lists for each layer and position. */
const LENS_TOKENS = 8;

/** The facts of a model that the page holds beside the model's files. */
export interface LiveFacts {
  /** The model's verification heads, as [layer, head]; empty if none are known. */
  readonly verifiers: readonly (readonly [layer: number, head: number])[];
  /** The token of a result from which on heads are silenced while the model judges. */
  readonly window: JudgingWindow;
  /** The steering vector; null if the model has no direction of verification. */
  readonly steering: LiveSteering | null;
  /**
   * Whether the model also judges whether results have a property, so that the page may ask for
   * one.
   */
  readonly properties: boolean;
}

/** The direction "this attempt is right" in the residual stream. */
export interface LiveSteering {
  /** The layers after which the vector is added. */
  readonly layers: readonly number[];
  /** The direction of each of these layers, [layer][d_model], of any norm. */
  readonly directions: readonly (readonly number[])[];
  /**
   * The mean norm of the residual stream in these layers: the norm of the vector at a coefficient
   * of 1.
   */
  readonly length: number;
}

/** A chain of thought that was written in the page. */
export interface Written {
  /** The ids of all tokens, prompt and new ones. */
  readonly tokens: readonly number[];
  /** The text of each token. */
  readonly pieces: readonly string[];
  /** How many of the tokens are the prompt. */
  readonly promptLength: number;
  /** The attempts in the text. */
  readonly attempts: readonly WrittenAttempt[];
  /** Whether the text ended by itself, rather than at the limit of tokens. */
  readonly ended: boolean;
}

/** An attempt in a chain of thought, as plain data. */
export interface WrittenAttempt {
  /** The expression: `68 - 11 + 5`. */
  readonly expression: string;
  /** The result that the text states. */
  readonly stated: string;
  /** Whether the stated result is the target, or has the property. */
  readonly statesTarget: boolean;
  /**
   * Whether the expression really reaches the target, or a number with the property, with each
   * number used once.
   */
  readonly solves: boolean;
  /** The verdict of the text on the result. */
  readonly verdict: "this" | "not" | "other" | undefined;
  /** The position of the `(` before the verdict. */
  readonly open: number | undefined;
  /** The position of the first token of the verdict. */
  readonly verdictPosition: number | undefined;
}

/** The attention and the lens at one token. */
export interface Look {
  /** The position of the token. */
  readonly position: number;
  /** The attention of all heads at this position and the positions before. */
  readonly attention: AttentionData;
  /** The logit lens at this position and the positions before. */
  readonly lens: LensData;
}

/** The plain numbers of a forward pass at one position, by which two engines are compared. */
export interface Numbers {
  /** The logits of the next token, [vocab]. */
  readonly logits: readonly number[];
  /** The attention of all heads from this position, [layer, head, key]. */
  readonly attention: readonly number[];
  /** The log-probabilities of the lens's top tokens, [layer, rank]. */
  readonly lens: readonly number[];
}

/** The limit of new tokens. */
const MOST_TOKENS = 220;

const writeSchema = z.strictObject({
  onToken: callable.optional(),
  signal: watch.signal,
});

/** The listener for each token, and the signal that stops the writing. */
export interface WriteOptions {
  /** Called with the text of each token; generation continues when the promise resolves. */
  readonly onToken?: (text: string) => Promise<void>;
  /** Stops the writing. */
  readonly signal?: AbortSignal;
}

/**
 * What the live page does with a model. The same code runs in the page and in Deno, so that the
 * numbers of both can be compared.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import { LiveModel } from "./live_model.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const facts = {
 *   verifiers: [],
 *   window: "at the parenthesis",
 *   steering: null,
 *   properties: false,
 * } as const;
 * const live = new LiveModel(await loadModel("countdown-r1", { device: "cpu" }), facts);
 * const state = {
 *   numbers: [5, 11, 68],
 *   target: 62,
 *   silenced: [],
 *   always: false,
 *   coefficient: 0,
 *   position: null,
 * };
 * const { attempts } = await live.write(state);
 * assertEquals(attempts.at(-1)?.verdict, "this");
 * ```
 */
export class LiveModel {
  readonly #model: Model;
  readonly #facts: LiveFacts;

  /**
   * @param model the model.
   * @param facts the facts of the model beside its files.
   */
  constructor(model: Model, facts: LiveFacts) {
    this.#model = model;
    this.#facts = facts;
  }

  /**
   * Writes a chain of thought.
   *
   * @param state the problem, the silenced heads and the steering coefficient.
   * @param options the listener for each token, and the signal that stops the writing.
   * @returns the tokens and the attempts.
   */
  async write(state: LiveState, options: WriteOptions = {}): Promise<Written> {
    checkOptions(options, writeSchema, "write");
    const { onToken, signal } = options;
    const { tokenizer, architecture } = this.#model;
    const [prompt] = this.#model.tokens(promptOf(state, templateFor(tokenizer)));
    const maxNewTokens = Math.min(MOST_TOKENS, architecture.context - prompt.length);
    const writing = this.#model.generate([prompt], {
      maxNewTokens,
      edit: this.#edits(state),
      signal,
    })[Symbol.asyncIterator]();
    const { rows: [{ tokens: fresh, finish }] } = await wholeOf(writing, onToken);
    const tokens = [...prompt, ...fresh];
    return {
      tokens,
      pieces: tokenizer.pieces(tokens),
      promptLength: prompt.length,
      attempts: this.#attempts(tokens, state),
      ended: finish !== "length",
    };
  }

  /**
   * Returns what the model does at one token of a text: the attention of every head from there, and
   * the tokens that each layer would predict next.
   *
   * @param state the silenced heads and the steering coefficient.
   * @param tokens the ids of the text.
   * @param position the position of the token.
   * @param head the head that is shown large at first.
   * @returns the data of the viewers.
   */
  async look(
    state: LiveState,
    tokens: readonly number[],
    position: number,
    head?: readonly [number, number],
  ): Promise<Look> {
    const { layers } = this.#model.architecture;
    const upTo = tokens.slice(0, position + 1);
    const cache = await this.#model.run([upTo], {
      tap: [PATTERNS, STREAMS],
      edit: this.#edits(state),
    });
    const last = (count: number) => Array.from(upTo.keys()).slice(-count);
    const queries = last(ATTENTION_ROWS);
    const patterns = cache.layers(PATTERNS).slice({ batch: 0, query: queries });
    const pieces = this.#model.tokenizer.pieces(upTo);
    const positions = last(LENS_POSITIONS);
    return {
      position,
      attention: attentionData(patterns, pieces, {
        queries,
        head: head ?? this.#facts.verifiers[0],
      }),
      lens: lensData(await this.#lens(cache, positions), pieces, {
        selected: { layer: layers - 1, position },
      }),
    };
  }

  /**
   * Returns the plain numbers of a forward pass over a text, at its last position.
   *
   * @param state the silenced heads and the steering coefficient.
   * @param tokens the ids of the text.
   */
  async numbers(state: LiveState, tokens: readonly number[]): Promise<Numbers> {
    const cache = await this.#model.run([tokens], {
      tap: [PATTERNS, STREAMS],
      edit: this.#edits(state),
      logits: [-1],
    });
    const at = tokens.length - 1;
    const attention = cache.layers(PATTERNS).slice({ batch: 0, query: at });
    const lens = await this.#lens(cache, [at]);
    return {
      logits: Array.from(cache.logits.data),
      attention: Array.from(attention.data),
      lens: lens.map(({ probability }) => Math.log(probability)),
    };
  }

  /**
   * Returns the rows of the logit lens at some positions of a run with all residual streams tapped.
   * `lens.logitLens` returns polars frames, and polars does not run in a page.
   */
  async #lens(cache: Cache, positions: readonly number[]) {
    const streams = cache.layers(STREAMS).slice({ batch: 0, position: [...positions] });
    const vectors = streams.reshape({
      example: streams.size("layer") * positions.length,
      d_model: streams.size("d_model"),
    });
    const { tokens, scores } = await this.#model.unembed(vectors, { k: LENS_TOKENS });
    const texts = this.#model.tokenizer.pieces(Array.from(tokens.data));
    return texts.map((token, i) => {
      const example = Math.floor(i / LENS_TOKENS);
      return {
        layer: Math.floor(example / positions.length),
        position: positions[example % positions.length],
        token,
        id: tokens.data[i],
        probability: Math.exp(scores.data[i]),
      };
    });
  }

  /** Returns the edits that a state asks for. */
  #edits({ silenced, always, coefficient, target }: LiveState): Edit[] {
    const { steering, window } = this.#facts;
    const edits: Edit[] = [];
    if (silenced.length) {
      const when = always ? "always" : silencedWhen(this.#model.tokenizer, window, [target]);
      edits.push(...knockOut(silenced, { when }));
    }
    if (steering && coefficient !== 0) {
      const directions = new Map(
        steering.layers.map((layer, i) => [layer, steering.directions[i]]),
      );
      edits.push(...steer(this.#model, (layer) => directions.get(layer)!, {
        layers: [...steering.layers],
        scale: coefficient * steering.length,
        when: everyNth(this.#model, OPEN, 1),
      }));
    }
    return edits;
  }

  #attempts(tokens: readonly number[], asked: AskedProblem): WrittenAttempt[] {
    const { tokenizer } = this.#model;
    return attemptsOf(tokenizer.decode(tokens), asked, tokenizer.pieces(tokens)).map((attempt) => ({
      expression: attempt.expression,
      stated: String(attempt.stated),
      statesTarget: attempt.statesTarget,
      solves: attempt.reachesTarget && attempt.usesNumbersOnce,
      verdict: attempt.verdict,
      open: attempt.tokens.open,
      verdictPosition: attempt.tokens.verdict,
    }));
  }
}

/**
 * Returns the whole generation, and calls the listener with the text of each token. If the listener
 * throws, the generation ends.
 */
async function wholeOf(
  writing: AsyncGenerator<GeneratedToken, Generation>,
  onToken: WriteOptions["onToken"],
): Promise<Generation> {
  try {
    while (true) {
      const { done, value } = await writing.next();
      if (done) return value;
      await onToken?.(value.text);
    }
  } finally {
    await writing.return(undefined as never);
  }
}
