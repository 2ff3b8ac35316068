import { wholeNumberOf } from "../flags.ts";
import { COMPUTING } from "../permissions.ts";
import { CommandError, root } from "../repository.ts";
import { MOST_SHARDS } from "../shards/shard.ts";

/** What runs the shards of a table: the workers of Ray, or an array job of Slurm. */
export interface EngineArguments {
  readonly engine: "ray" | "slurm";
  /** How many shards the table is divided into. */
  readonly shards: number;
  /** The address of a Ray cluster; undefined starts workers on this machine. */
  readonly address?: string;
}

/** The flags that name an engine. */
export const ENGINE_FLAGS = ["engine", "shards", "address"] as const;

/** What `--help` prints about {@link ENGINE_FLAGS}. */
export const ENGINE_USAGE =
  `  --engine ray|slurm       divide the table into shards, run each as a task of Ray or of a Slurm array job, and merge them
  --shards N               how many shards an engine runs. Default: 16
  --address ADDRESS        a Ray cluster, such as ray://head:10001 or auto. Default: workers on this machine`;

const DEFAULT_SHARDS = 16;

/**
 * Returns the engine that flags name, or `undefined` if they name none.
 *
 * @param single the value of a flag that may be given once.
 * @throws CommandError if there is no such engine, if flags of an engine are given without one, or
 * if there are too many shards.
 */
export function engineOf(
  single: (flag: typeof ENGINE_FLAGS[number] | "shard") => string | undefined,
): EngineArguments | undefined {
  const engine = single("engine");
  const shards = single("shards");
  const address = single("address");
  if (engine === undefined) {
    const stray = shards === undefined ? address === undefined ? undefined : "address" : "shards";
    if (stray) throw new CommandError(`Expected --engine beside --${stray} but found none.`);
    return undefined;
  }
  if (engine !== "ray" && engine !== "slurm") {
    throw new CommandError(`Expected ray or slurm after --engine but found "${engine}".`);
  }
  if (single("shard") !== undefined) {
    throw new CommandError("Expected either --engine or --shard but found both.");
  }
  if (address !== undefined && engine !== "ray") {
    throw new CommandError("Expected --address with --engine ray but found it with slurm.");
  }
  const count = shards === undefined
    ? DEFAULT_SHARDS
    : wholeNumberOf("shards", shards, 1, MOST_SHARDS);
  return { engine, shards: count, address };
}

/**
 * Returns the command line that runs a task for one shard. The caller adds the flags of the shard
 * and of the output.
 *
 * @param task `sweep`, `patch` or `trace`.
 * @param args the task's arguments. The function leaves out the flags of the engine and of the
 * output.
 */
export function shardCommand(task: string, args: readonly string[]): string[] {
  const own: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const [name] = args[i].split("=");
    const dropped = [...ENGINE_FLAGS, "out"].some((flag) => name === `--${flag}`);
    if (!dropped) own.push(args[i]);
    else if (!args[i].includes("=")) i++;
  }
  // A sweep that is tried again continues where the first try ended. The other tasks begin their
  // shard again.
  if (task === "sweep" && !own.includes("--resume")) own.push("--resume");
  const script = `${root}/lib/commands/${task}.ts`;
  return [Deno.execPath(), "run", ...COMPUTING, script, ...own];
}
