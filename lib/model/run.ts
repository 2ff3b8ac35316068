import { throwIfStopped } from "../base/progress.ts";
import { Tensor } from "../base/tensor.ts";
import { type Batch, batchOf } from "./batch.ts";
import { Cache } from "./cache.ts";
import { type Edit, parseEdits } from "./edit.ts";
import type { BatchView } from "./edit_values.ts";
import type { Engine } from "./engine.ts";
import { type Plan, planEdits } from "./plan.ts";
import { listTaps, planTaps, type Positions, type Taps } from "./tap.ts";

/** What a run returns and changes. */
export interface RunOptions {
  /** Activations to return: names, globs, or names with positions and heads. */
  readonly tap?: Taps;
  /** Positions of every tap that names none of its own. */
  readonly positions?: Positions;
  /** Edits, in order. */
  readonly edit?: Edit | readonly Edit[];
  /** Whether to return logits, or at which positions. By default all of them, unless something is tapped. */
  readonly logits?: boolean | Positions;
  /** Start from this residual stream [batch, position, d_model] before a layer; the layers before it are not run. */
  readonly start?: { readonly layer: number; readonly residual: Tensor };
  /** Stops the run before it starts. */
  readonly signal?: AbortSignal;
}

/** One forward pass over token rows. */
export async function runRows(engine: Engine, rows: readonly (readonly number[])[], options: RunOptions): Promise<Cache> {
  const { tap, positions, edit, logits = tap === undefined, start, signal } = options;
  throwIfStopped(signal);
  const { architecture } = engine, batch = batchOf(rows);
  const logitTap = logits === false ? [] : [{ at: "logits", positions: logits === true ? undefined : logits }];
  const taps = planTaps([...tap === undefined ? [] : listTaps(tap, positions), ...logitTap], architecture, batch);
  const padded = batch.pads.some((pad) => pad > 0);
  const edits = planEdits(edit === undefined ? [] : parseEdits(edit), architecture);
  const plan: Plan = { taps: taps.taps, edits, cached: false, padded, startLayer: start?.layer };
  const extra = Object.fromEntries([
    ...taps.rowLists.map((data, number) => [`rows.${number}`, { data, dims: [data.length] }] as const),
    ...headFeeds(taps.taps),
    ...start ? [["residual", { data: start.residual.data, dims: [rows.length * batch.columns, architecture.dModel] }] as const] : [],
  ]);
  const outputs = await engine.forward(plan, wholeView(batch), extra);
  const tensors = taps.readers.map(({ name, read }, index) => [name, read(outputs[`tap.${index}`])] as const);
  return new Cache(new Map(tensors), batch.rows, batch.pads);
}

/** The graph inputs that list the heads of taps. */
export function headFeeds(taps: Plan["taps"]): (readonly [string, { data: BigInt64Array; dims: number[] }])[] {
  return taps.flatMap(({ heads }, index) =>
    heads ? [[`heads.${index}`, { data: BigInt64Array.from(heads, BigInt), dims: [heads.length] }] as const] : []
  );
}

function wholeView({ rows, pads, columns }: Batch): BatchView {
  const promptLengths = rows.map((row) => row.length);
  return { batch: rows.length, columns, keyColumns: columns, pads, tokens: rows, promptLengths };
}
