import type { Watch } from "../../base/progress.ts";
import type { TableOutput } from "../shards/output.ts";
import { type EngineArguments, shardCommand } from "./engine.ts";
import { runOnRay } from "./ray.ts";
import { ShardsFolder } from "./shards_folder.ts";
import { runOnSlurm } from "./slurm.ts";

/**
 * Computes the table of a task in shards on an engine, and merges the shards. Shards that an
 * earlier run has finished are not run again.
 *
 * @param task `sweep`, `patch` or `trace`.
 * @param args the arguments that the task was given.
 * @param out the path of the table.
 * @param compute computes one shard in this process.
 * @param tell prints a line: what the engine and the shards print.
 * @throws CircuitbookError if a shard fails after all retries.
 * @throws InterruptedError if the run is stopped. Finished shards are kept.
 */
export async function runShards(
  task: string,
  args: readonly string[],
  out: string,
  { engine, shards, address }: EngineArguments,
  compute: (output: TableOutput) => Promise<void>,
  tell: (line: string) => void,
  watch: Watch = {},
): Promise<void> {
  const folder = new ShardsFolder(out, shards);
  await folder.make(compute);
  const command = shardCommand(task, args);
  if (engine === "ray") await runOnRay(folder, command, address, tell, watch);
  else if (!await runOnSlurm(folder, task, command, tell, watch)) return;
  const rows = await folder.merge();
  tell(`${out}: ${rows} rows from ${shards} shards`);
}
