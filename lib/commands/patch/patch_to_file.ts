import pl from "nodejs-polars";
import { Meter, throwIfStopped, type Watch } from "../../base/progress.ts";
import type { Model } from "../../model/model.ts";
import { heads, positions } from "../../patching/mod.ts";
import { hashOfRows, hasNumericIds, idColumn } from "../prompts/rows.ts";
import { identityOf, openAsked, startAsked, startedLine } from "../start_asked.ts";

import { writeTableOrShard } from "../shards/output.ts";
import { membersOf } from "../shards/shard.ts";
import { checkOut } from "../trace/output.ts";
import type { PatchArguments } from "./arguments.ts";
import { type PatchPair, readPairs } from "./pairs.ts";
import { counted } from "../../base/formats.ts";

/**
 * Loads a model, patches every site of every pair, and writes the table, or one shard of it.
 *
 * @param tell prints a line: which device the model runs on, and what was done.
 * @throws CircuitbookError if anything is wrong with the input.
 * @throws InterruptedError if the run is stopped.
 */
export async function patchToFile(
  args: PatchArguments,
  tell: (line: string) => void,
  watch: Watch = {},
): Promise<void> {
  // The input is checked first, because starting a device takes long.
  const opened = await openAsked(args, watch);
  const { checkpoint } = opened;
  const all = await readPairs(args.pairs, opened);
  await checkOut(args.out, checkpoint);
  const pairs = args.shard ? membersOf(all, args.shard) : all;
  const model = await startAsked(opened, args);
  tell(startedLine(model));
  try {
    // A shard without pairs is a table without rows. Its columns are those of any pair.
    const patched = pairs.length ? pairs : all.slice(0, 1);
    const table = await patchAll(model, patched, args, hasNumericIds(all), watch);
    await writeTableOrShard(args, pairs.length ? table : table.limit(0), {
      task: "patch",
      model: opened.name,
      weights: await identityOf(opened, args),
      device: model.device,
      dtype: model.dtype,
      prompts: await hashOfRows(all),
      options: `--sites ${args.sites} --at ${args.at ?? "default"} --batch-size ${
        args.batchSize ?? "default"
      }`,
    });
    tell(`${args.out}: ${counted(pairs.length, "pair")}`);
  } finally {
    await model.dispose();
  }
}

/**
 * Patches one pair after the other, so that the numbers of a pair do not depend on the other pairs
 * of the file.
 */
async function patchAll(
  model: Model,
  pairs: readonly PatchPair[],
  { sites, at, batchSize }: PatchArguments,
  numericIds: boolean,
  watch: Watch,
): Promise<pl.DataFrame> {
  const patch = sites === "heads" ? heads : positions;
  const tables: pl.DataFrame[] = [];
  const meter = new Meter("patch", pairs.length, "pairs", watch);
  try {
    for (const { id, clean, corrupted, answer, against } of pairs) {
      throwIfStopped(watch.signal);
      const table = await patch(model, { clean: [clean], corrupted: [corrupted] }, {
        metric: { logitDifference: [answer, against] },
        at,
        batchSize,
        signal: watch.signal,
      });
      const ids = Array.from({ length: table.height }, () => id);
      const columns = table.columns.filter((name) => name !== "row");
      tables.push(pl.DataFrame([
        idColumn(ids, numericIds),
        ...columns.map((name) => table.getColumn(name).cast(typeOf(name))),
        pl.Series("dtype", ids.map(() => model.dtype), pl.Utf8),
      ]));
      await meter.advance(1);
    }
  } finally {
    meter.end();
  }
  return pl.concat(tables);
}

/**
 * Returns the type of a column. Polars alone would make a column of whole numbers if all values of
 * a pair were whole.
 */
function typeOf(column: string): pl.DataType {
  if (column === "point") return pl.Utf8;
  return ["layer", "head", "position"].includes(column) ? pl.Int64 : pl.Float64;
}
