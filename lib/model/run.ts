import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import type { Cache } from "./plan/cache.ts";
import type { Edit } from "./plan/edit.ts";
import type { Engine } from "./engine/engine.ts";
import { anything, checkOptions, positions, watch } from "../base/options.ts";
import { runPasses } from "./engine/passes.ts";
import { type Start, startSchema } from "./plan/start.ts";
import type { Positions } from "./plan/positions.ts";
import { listTaps, type Taps } from "./plan/tap.ts";

/** The taps, edits and start of a run. */
export interface RunOptions extends Watch {
  /** The activations to return: names, globs, or names with positions and heads. */
  readonly tap?: Taps;
  /** The positions of every tap that names none of its own. Default: all. */
  readonly positions?: Positions;
  /** Edits, applied in order. */
  readonly edit?: Edit | readonly Edit[];
  /**
   * Whether to return logits, or at which positions. Default: all logits, or none if something is
   * tapped.
   */
  readonly logits?: boolean | Positions;
  /** The activations of an earlier run to start from; nothing before them is computed again. */
  readonly start?: Start;
}

const runSchema = z.strictObject({
  ...watch,
  tap: anything,
  edit: anything,
  positions: positions.optional(),
  logits: z.union([z.boolean(), positions], "to be true, false or positions").optional(),
  start: startSchema,
});

/** Runs a forward pass over token rows, some rows at a time. */
export async function runRows(
  engine: Engine,
  rows: readonly (readonly number[])[],
  options: RunOptions,
): Promise<Cache> {
  checkOptions(options, runSchema, "run");
  const { tap, positions, logits = tap === undefined, edit, start, signal, onProgress } = options;
  const logitTap = logits === false
    ? []
    : [{ at: "logits", positions: logits === true ? undefined : logits }];
  const taps = [...tap === undefined ? [] : listTaps(tap, positions), ...logitTap];
  if (!taps.length) {
    throw new CircuitbookError(
      "Expected something to tap, or logits, but found neither; set tap.",
    );
  }
  return (await runPasses(engine, rows, { taps, edit, start, signal, onProgress, label: "run" }))
    .cache;
}
