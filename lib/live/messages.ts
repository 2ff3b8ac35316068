import type { PromptTemplate } from "../tasks/countdown/prompts/prompts.ts";
import type { AskedProblem } from "./asked.ts";
import type { LiveFacts, Look, Numbers, Written } from "./live_model.ts";
import type { LiveState } from "./state.ts";

/** The files of a model in a page, and the facts of the model. */
export interface LiveContent {
  /** The name of the model. */
  readonly name: string;
  /** The SHA-256 of its weights. */
  readonly hash: string;
  /** The content of `config.json`. */
  readonly config: unknown;
  /** The content of `generation_config.json`; null if there is none. */
  readonly generationConfig: unknown;
  /** The content of `tokenizer.json`. */
  readonly tokenizer: unknown;
  /** How many layers the model has. */
  readonly layers: number;
  /** How many heads each layer has. */
  readonly heads: number;
  /** The facts of the model beside its files. */
  readonly facts: LiveFacts;
  /** The prompt that the model has learned. */
  readonly template: PromptTemplate;
  /** The colours of viewers, as red, green and blue. */
  readonly colours: Readonly<Record<"blue" | "magenta", readonly [number, number, number]>>;
  /** The problem that the page opens with. */
  readonly problem: AskedProblem;
}

/** A question of the page to its worker. */
export type Question =
  | {
    readonly ask: "open";
    readonly content: LiveContent;
    /** The WebAssembly module of ONNX Runtime. */
    readonly binary: Uint8Array<ArrayBuffer>;
    /** The safetensors file. */
    readonly weights: Uint8Array<ArrayBuffer>;
    /** The device of the model. */
    readonly device: LiveDevice;
  }
  | { readonly ask: "write"; readonly state: LiveState }
  | {
    readonly ask: "look";
    readonly state: LiveState;
    readonly tokens: readonly number[];
    readonly position: number;
    readonly head?: readonly [number, number];
  }
  | { readonly ask: "numbers"; readonly state: LiveState; readonly tokens: readonly number[] };

/** The devices on which a model runs in a page. */
export type LiveDevice = "cpu" | "webgpu";

/** The answer to each kind of question. */
export interface Answers {
  readonly open: null;
  readonly write: Written | null;
  readonly look: Look;
  readonly numbers: Numbers;
}

/** A question with its number. A new `write` stops the one before, which answers null. */
export interface Asked {
  readonly id: number;
  readonly question: Question;
}

/** A message of the worker: a token of a text, an answer, or an error. */
export type Said =
  | { readonly id: number; readonly token: string }
  | { readonly id: number; readonly answer: Answers[keyof Answers] }
  | { readonly id: number; readonly failure: string };
