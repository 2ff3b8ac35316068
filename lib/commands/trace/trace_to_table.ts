import pl from "nodejs-polars";
import { Meter, throwIfStopped, type Watch } from "../../base/progress.ts";
import { resolveSelection } from "../../base/tensor.ts";
import type { Edit } from "../../model/plan/edit.ts";
import type { Model } from "../../model/model.ts";
import { availableMemory } from "../../model/engine/available_memory.ts";
import { planEdits } from "../../model/plan/plan.ts";
import { hashOfRows, hasNumericIds, idColumn } from "../prompts/rows.ts";
import { identityOf, openAsked, startAsked, startedLine } from "../start_asked.ts";

import { writeTableOrShard } from "../shards/output.ts";
import { membersOf } from "../shards/shard.ts";
import type { TraceArguments } from "./arguments.ts";
import { readEdits } from "./input.ts";
import { verifyTableFits } from "./memory.ts";
import { checkOut } from "./output.ts";
import { readTracePrompts, type TracePrompt } from "./prompts.ts";
import { tappedNames } from "./tapped_names.ts";
import { counted } from "../../base/formats.ts";

/** A row of the table. */
interface ActivationRow {
  readonly id: string | number;
  readonly point: string;
  readonly position: number;
  readonly token: number;
  readonly activation: Float32Array;
}

/**
 * Loads a model, runs the prompts of a file one by one, and writes their activations as a table, or
 * as one shard of it.
 *
 * @param tell prints a line: which device the model runs on, and what was done.
 * @param available how many bytes of memory are left.
 * @throws CircuitbookError if anything is wrong with the input, or if the table does not fit into
 * memory.
 * @throws InterruptedError if the run is stopped.
 */
export async function traceToTable(
  args: TraceArguments,
  tell: (line: string) => void,
  watch: Watch = {},
  available: number = availableMemory(),
): Promise<void> {
  // The input is checked first, because starting a device takes long.
  const opened = await openAsked(args, watch);
  const { checkpoint, architecture } = opened;
  const all = await readTracePrompts(args.prompts!, opened);
  const edits = await readEdits(args.edits);
  planEdits(edits, architecture);
  const tap = tappedNames(args.tap, architecture);
  for (const { tokens } of all) resolveSelection(args.positions ?? {}, tokens.length, "position");
  await checkOut(args.out, checkpoint);
  const prompts = args.shard ? membersOf(all, args.shard) : all;
  const lengths = prompts.map(({ tokens }) => tokens.length);
  verifyTableFits({ lengths, tap, positions: args.positions }, architecture, available);
  const model = await startAsked(opened, args);
  tell(startedLine(model));
  try {
    // A shard without prompts is a table without rows. Its columns are those of any prompt.
    const traced = prompts.length ? prompts : all.slice(0, 1);
    const rows = await activationRows(model, traced, tap, edits, args.positions, watch);
    const table = activationTable(rows, hasNumericIds(all));
    await writeTableOrShard(args, prompts.length ? table : table.limit(0), {
      task: "trace",
      model: opened.name,
      weights: await identityOf(opened, args),
      device: model.device,
      dtype: model.dtype,
      prompts: await hashOfRows(all),
      options: JSON.stringify({ tap, positions: args.positions ?? "all", edits }),
    });
    tell(`${args.out}: ${counted(prompts.length, "prompt")}`);
  } finally {
    await model.dispose();
  }
}

/**
 * Runs each prompt alone, so that the numbers of a row do not depend on the other prompts of the
 * file.
 */
async function activationRows(
  model: Model,
  prompts: readonly TracePrompt[],
  tap: readonly string[],
  edit: readonly Edit[],
  positions: readonly number[] | undefined,
  watch: Watch,
): Promise<ActivationRow[]> {
  const rows: ActivationRow[] = [];
  const meter = new Meter("trace", prompts.length, "prompts", watch);
  try {
    for (const { id, tokens } of prompts) {
      throwIfStopped(watch.signal);
      const chosen = resolveSelection(positions ?? {}, tokens.length, "position");
      const cache = await model.run([tokens], {
        tap,
        positions: chosen,
        edit,
        signal: watch.signal,
      });
      for (const point of tap) {
        const tensor = cache.get(point);
        const axis = tensor.axes.includes("query") ? "query" : "position";
        chosen.forEach((position, at) => {
          const activation = tensor.slice({ batch: 0, [axis]: at }).data;
          rows.push({ id, point, position, token: tokens[position], activation });
        });
      }
      await meter.advance(1);
    }
  } finally {
    meter.end();
  }
  return rows;
}

function activationTable(rows: readonly ActivationRow[], numericIds: boolean): pl.DataFrame {
  return pl.DataFrame([
    idColumn(rows.map(({ id }) => id), numericIds),
    pl.Series("point", rows.map(({ point }) => point), pl.Utf8),
    pl.Series("position", rows.map(({ position }) => position), pl.Int64),
    pl.Series("token", rows.map(({ token }) => token), pl.Int64),
    pl.Series("activation", rows.map(({ activation }) => [...activation]), pl.List(pl.Float32)),
  ]);
}
