import type { Watch } from "../../base/progress.ts";
import type { TableOutput } from "../shards/output.ts";
import { type EngineArguments, shardCommand } from "./engine.ts";
import { runOnRay } from "./ray.ts";
import { ShardsFolder } from "./shards_folder.ts";
import { runOnSlurm } from "./slurm.ts";

/**
 * Runs a task's table in shards on an engine, and merges them. Shards that an earlier run has finished are not run again.
 *
 * @param task `sweep`, `patch` or `trace`.
 * @param args the arguments that the task was given.
 * @param out the table.
 * @param compute computes one shard in this process.
 * @param tell told what the engine and the shards say.
 * @throws CircuitbookError if a shard fails for good; InterruptedError when stopped, with finished shards kept.
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
  tell(`${out}: ${rows} rows of ${shards} shards`);
}
