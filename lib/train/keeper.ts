import type { z } from "zod";
import { CircuitbookError, InterruptedError } from "../base/errors.ts";
import { firstNotFinite } from "../base/tensor.ts";
import type { RunFolder } from "./run/run_folder.ts";
import type { WritableTensor } from "../checkpoint/safetensors/write.ts";
import type { CurveRow } from "./curves.ts";
import type { Learner } from "./learner.ts";
import type { Moment, OptimizerState } from "./optimizer/optimizer.ts";

type Arrays = Map<string, Float32Array<ArrayBuffer>>;

/**
 * A signal that never aborts. A loop that hears a stop itself, and keeps its state first, gives
 * this signal to parts that must not be cut short.
 */
export const neverStopped: AbortSignal = new AbortController().signal;

/**
 * Keeps the state of a training loop in the run's folder, if there is one: the weights of the
 * learner, the moments of the optimizer, and what else the next steps depend on.
 */
export class Keeper<State extends { readonly rows: readonly CurveRow[] }> {
  readonly #schema: z.ZodType;
  readonly #learner: Learner;
  readonly #run: RunFolder | undefined;

  /** @param schema checks a state that is read from a file. */
  constructor(
    schema: z.ZodType,
    learner: Learner,
    run?: RunFolder,
  ) {
    this.#schema = schema;
    this.#learner = learner;
    this.#run = run;
  }

  /**
   * Gives the learner the weights that were kept, and returns the rest of what was kept: the state
   * and the optimizer's moments. Returns undefined if nothing was kept.
   *
   * @throws CircuitbookError if the kept state does not fit the schema.
   */
  async restored(): Promise<{ state: State; moments: Arrays } | undefined> {
    const kept = this.#run?.kept;
    if (!kept) return undefined;
    const parsed = this.#schema.safeParse(kept.state);
    if (!parsed.success) {
      const [{ path, message }] = parsed.error.issues;
      throw new CircuitbookError(
        `Expected the state of a run of this kind in ${kept.path} but found another "${
          path.join(".")
        }": ${message}; start the run anew.`,
      );
    }
    const tensors = await kept.tensors();
    this.#learner.set(ofKind("weight", tensors));
    return { state: parsed.data as State, moments: ofKind("moment", tensors) };
  }

  /**
   * Keeps a state, if there is a folder.
   *
   * @throws CircuitbookError if a weight is not finite, or if the folder cannot be written to.
   */
  async keep(step: number, state: State, { moments }: OptimizerState): Promise<void> {
    const { shapes, weights } = this.#learner;
    for (const [name, data] of weights) {
      const bad = firstNotFinite(data);
      if (bad >= 0) this.checkFinite(`weight "${name}"`, data[bad], `after step ${step}`);
    }
    await this.#run?.keep(
      step,
      { ...state, rows: [...state.rows] },
      tensorsOf(shapes, weights, moments),
    );
  }

  /**
   * Refuses a value that is not finite.
   *
   * @param when the step, for the message: `at step 12`.
   * @throws CircuitbookError if the value is not finite; names the last good state.
   */
  checkFinite(what: string, value: number, when: string): void {
    if (Number.isFinite(value)) return;
    const path = this.#run?.kept?.path;
    const kept = path ? `the last good state is in ${path}` : "no state was kept";
    throw new CircuitbookError(
      `Expected a finite ${what} ${when} but found ${value}; ${kept}; try a lower rate.`,
    );
  }

  /**
   * Returns the error of a step that could not be taken, once the state before the step was kept:
   * the error with words on how to continue.
   */
  refused(error: unknown): unknown {
    if (!(error instanceof CircuitbookError) || this.#run === undefined) return error;
    const kept = `The state before this step is kept in ${this.#run.path}; continue with --resume.`;
    return new CircuitbookError(`${error.message} ${kept}`, { cause: error });
  }

  /**
   * Returns the error for a run that was stopped.
   *
   * @param of what is done, for the message: "9 of 12 steps".
   */
  interrupted(of: string): InterruptedError {
    const run = this.#run;
    const kept = run
      ? `kept in ${run.path}; continue with --resume`
      : "nothing was kept, but the learner has its weights";
    return new InterruptedError(`Interrupted: ${of} are done; ${kept}.`);
  }
}

/** Returns weights and moments as they are written, under names that tell them apart. */
function tensorsOf(
  shapes: ReadonlyMap<string, readonly number[]>,
  weights: ReadonlyMap<string, Float32Array>,
  moments: ReadonlyMap<string, Moment>,
): Record<string, WritableTensor> {
  return Object.fromEntries([
    ...[...shapes].map(([name, shape]) =>
      [`weight ${name}`, { data: weights.get(name)!, shape }] as const
    ),
    ...[...moments].map(([name, { data, dims }]) =>
      [`moment ${name}`, { data, shape: dims }] as const
    ),
  ]);
}

/** Returns the weights, or the moments, from what was written. */
function ofKind(
  kind: "weight" | "moment",
  tensors: ReadonlyMap<string, Float32Array<ArrayBuffer>>,
): Arrays {
  const prefix = `${kind} `;
  const own = [...tensors].filter(([name]) => name.startsWith(prefix));
  return new Map(own.map(([name, data]) => [name.slice(prefix.length), data]));
}
