import { printsAsText } from "../base/one_line.ts";
import process from "node:process";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { timed } from "../base/timed.ts";
import { isAdapterFolder } from "../checkpoint/adapter/folder.ts";
import { embeddedModels, findModel } from "../checkpoint/find.ts";
import { threadsAsked } from "../model/engine/threads.ts";
import type { Model } from "../model/model.ts";
import { parametersInWords } from "./parameters.ts";

/** The media type under which a pace travels to the report, which prints its sentence. */
export const PACE_TYPE = "application/vnd.circuitbook.pace+json";

/** The number of tokens of the pass that is timed. */
const TOKENS = 256;

/** The number of tokens of the short run that is timed. */
const FEW_TOKENS = 8;

/** Milliseconds after which no more passes are timed. */
const PATIENCE = 2000;

/** The smallest share of its full size that a notebook is cut down to. */
const LEAST_SHARE = 1 / 64;

/** What a notebook would cost at full size, and how long it may take. */
export interface PaceOptions {
  /** How many forward passes over 256 tokens the notebook takes at full size, about. */
  readonly passes: number;
  /**
   * How many short runs the notebook takes besides, of some tokens behind a text that was run
   * before, as sweeps over heads do. Default 0.
   */
  readonly runs?: number;
  /** How many minutes the notebook may take. Default 10. */
  readonly minutes?: number;
}

/**
 * How fast a model is, and which share of its full size a notebook takes on with it. Made by
 * {@link pace}.
 *
 * @example
 * ```ts
 * import { loadModel, notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const pace = new notebook.Pace(0.5, { passes: 4000, minutes: 10 }); // 33 minutes at full size
 * assertEquals([pace.share, pace.size(100), pace.size(100, { least: 40 })], [1 / 4, 25, 40]);
 * ```
 */
export class Pace {
  /** The seconds that one forward pass over 256 tokens takes. */
  readonly seconds: number;
  /** The minutes that the notebook would take at full size. */
  readonly fullMinutes: number;
  /** The share of the full size: 1, a half, a quarter and so on. */
  readonly share: number;
  /** A sentence on the model: its name and size. Empty if none was given. */
  readonly model: string;

  /**
   * Creates a pace.
   *
   * @param seconds the seconds that one forward pass over 256 tokens takes.
   * @param options what the notebook costs at full size, and how long it may take.
   * @param secondsShort the seconds that a short run takes. Default: a sixteenth of a pass.
   * @param model a sentence on the model. Default: none.
   */
  constructor(
    seconds: number,
    { passes, runs = 0, minutes = 10 }: PaceOptions,
    secondsShort: number = seconds / 16,
    model = "",
  ) {
    this.seconds = seconds;
    this.model = model;
    this.fullMinutes = (passes * seconds + runs * secondsShort) / 60;
    const halvings = Math.max(0, Math.ceil(Math.log2(this.fullMinutes / minutes)));
    this.share = Math.max(LEAST_SHARE, 2 ** -halvings);
  }

  /**
   * Returns a size of the notebook, such as a number of problems, at this pace.
   *
   * @param full the size at full size.
   * @param options `least`: the smallest size that makes sense. Default: an eighth of the full
   * size.
   * @returns a whole number from `least` to `full`.
   */
  size(full: number, { least = Math.ceil(full / 8) }: { least?: number } = {}): number {
    return Math.min(full, Math.max(least, Math.round(full * this.share)));
  }

  /** What the pace says, in two or three sentences. */
  get sentence(): string {
    const { seconds, fullMinutes, share } = this;
    const time = fullMinutes < 2
      ? `${Math.max(1, Math.round(60 * fullMinutes))} seconds`
      : `${Math.round(fullMinutes)} minutes`;
    const pass = `One forward pass over ${TOKENS} tokens takes ${seconds.toPrecision(2)} s.`;
    const size = share === 1
      ? `The notebook runs at full size, about ${time}.`
      : `At full size the notebook would take about ${time}; it runs at 1/${
        1 / share
      } of that size.`;
    return [this.model, pass, size].filter(Boolean).join(" ");
  }

  /** Returns the sentence that the notebook shows of the pace. */
  toString(): string {
    return this.sentence;
  }
}

printsAsText(Pace);

/**
 * Returns how fast a model is, measured by one forward pass over 256 tokens, and which share of its
 * full size a notebook takes on so that it ends within some minutes. The embedded models, for which
 * the notebooks were made, always get the full size, so that their claims do not depend on the
 * machine. Embedded adapters of larger models do not.
 *
 * @param model the model.
 * @param options what the notebook costs at full size, and how long it may take.
 * @returns the pace; a cell that displays it shows what was chosen.
 *
 * @example
 * ```ts
 * import { loadModel, notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const pace = await notebook.pace(await loadModel("countdown-r1"), { passes: 1e6 });
 * assertEquals(pace.size(100), 100);
 * ```
 */
export async function pace(model: Model, options: PaceOptions): Promise<Pace> {
  checkArguments("pace", {
    model: [model, aModel],
    options: [options, is.like("an object", "passes")],
  });

  const { vocab, context } = model.architecture;
  const length = Math.min(TOKENS, context);
  const tokens = Array.from({ length }, (_, i) => 1 + (i * 7919) % (vocab - 1));
  const onProcessors = model.device === "cpu";
  const [long, short] = [tokens, tokens.slice(0, FEW_TOKENS)].map((row) => () =>
    model.run([row], { logits: [-1] })
  );
  await long(); // The first pass also writes the graph.
  const seconds = await leastSeconds(long, onProcessors) * TOKENS / length;
  const secondsShort = await leastSeconds(short, onProcessors);
  const whole = await isEmbeddedWhole(model.name);
  const limits = whole ? { ...options, minutes: Infinity } : options;
  return new Pace(seconds, limits, secondsShort, inWords(model));
}

/** Returns a sentence on a model: its name and size. */
function inWords({ name, architecture }: Model): string {
  const { layers, heads } = architecture;
  return `${name} has ${parametersInWords(architecture)} in ${layers} layers of ${heads} heads.`;
}

/**
 * Returns whether a model is embedded with all its weights: an embedded adapter may belong to a
 * large model.
 */
async function isEmbeddedWhole(name: string): Promise<boolean> {
  return (await embeddedModels()).includes(name) && !await isAdapterFolder(await findModel(name));
}

/** Returns the seconds that the quickest of a few passes takes. */
async function leastSeconds(pass: () => Promise<unknown>, onProcessors: boolean): Promise<number> {
  const passes: number[] = [];
  const began = performance.now();
  while (passes.length < 5 && (passes.length < 2 || performance.now() - began < PATIENCE)) {
    passes.push(await secondsOf(pass, onProcessors));
  }
  return Math.min(...passes);
}

/**
 * Returns the seconds that some work takes on a machine that does nothing else: on processors the
 * time that was computed, by thread, which other programs do not lengthen; on other devices the
 * time that passed.
 */
async function secondsOf(work: () => Promise<unknown>, onProcessors: boolean): Promise<number> {
  const before = process.cpuUsage();
  const { seconds } = await timed(work);
  const { user, system } = process.cpuUsage(before);
  const cores = navigator.hardwareConcurrency;
  const computed = (user + system) / 1e6 / Math.min(threadsAsked() ?? cores, cores);
  return onProcessors ? Math.min(seconds, computed) : seconds;
}
