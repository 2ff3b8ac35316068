import { allHeads, sweepHeads } from "../../ablation/mod.ts";
import { CircuitbookError, InterruptedError } from "../../base/errors.ts";
import { reportProgress, throwIfStopped, type Watch } from "../../base/progress.ts";
import type { Architecture } from "../../model/plan/architecture.ts";
import type { Model } from "../../model/model.ts";
import type { LogitDifference } from "../../model/plan/metric.ts";
import { checkOut } from "../trace/output.ts";
import type { Head, SweepArguments } from "./arguments.ts";
import { exists } from "../files.ts";
import { identityOf, openAsked, startAsked, startedLine } from "../start_asked.ts";

import { PartFile } from "./part_file.ts";
import type { DoneGroup } from "./part_lines.ts";
import { readSweepPrompts, type SweepPrompt } from "./prompts.ts";
import { hashOfRows, hasNumericIds } from "../prompts/rows.ts";
import { membersOf } from "../shards/shard.ts";
import { writeTableOrShard } from "../shards/output.ts";
import { sweepTable } from "./table.ts";
import { counted } from "../../base/formats.ts";

/**
 * How many prompts are computed together, and written when they are done. With hundreds of heads
 * there are fewer, so that a group has at most about {@link RUNS_AT_ONCE} runs. Shards consist of
 * whole groups.
 */
const PROMPTS_AT_ONCE = 4;
/** The greatest number of runs of a group: its prompts times the heads. */
const RUNS_AT_ONCE = 2048;

/**
 * Loads a model, ablates its heads one at a time, and writes the table or one shard of it. If the
 * sweep stops early, its results so far are kept in a file beside the table.
 *
 * @param tell prints a line: which device the model runs on, and what was done.
 * @throws CircuitbookError if anything is wrong with the input.
 * @throws InterruptedError if the sweep is stopped.
 */
export async function sweepToFile(
  args: SweepArguments,
  tell: (line: string) => void,
  watch: Watch = {},
): Promise<void> {
  // The input is checked first, because starting a device takes long.
  const opened = await openAsked(args, watch);
  const { checkpoint, architecture } = opened;
  const all = await readSweepPrompts(args.prompts, opened);
  const heads = headsOf(args.heads, architecture);
  const prompts = args.shard ? membersOf(all, args.shard, groupSize(heads)) : all;
  await checkOut(args.out, checkpoint);
  const model = await startAsked(opened, args);
  try {
    const identity = {
      model: opened.name,
      weights: await identityOf(opened, args),
      device: model.device,
      dtype: model.dtype,
      heads: heads.map((head) => head.join(".")).join(),
      prompts: await hashOfRows(prompts),
    };
    using part = await PartFile.open(`${args.out}.part`, identity, args.resume);
    if (await exists(args.out) && part.prompts < prompts.length) {
      throw new CircuitbookError(
        `Expected a new file as --out but found ${args.out}; delete it, or name another.`,
      );
    }
    if (part.prompts < prompts.length) {
      tell(startedLine(model));
      if (args.resume) tell(`${part.prompts} of ${counted(prompts.length, "prompt")} are done`);
      await sweepInto(part, model, prompts, heads, args.batchSize, watch);
    }
    const table = sweepTable(prompts, heads, part.groups, {
      numericIds: hasNumericIds(all),
      dtype: model.dtype,
    });
    await writeTableOrShard(args, table, {
      task: "sweep",
      model: opened.name,
      weights: identity.weights,
      device: identity.device,
      dtype: identity.dtype,
      prompts: await hashOfRows(all),
      options: `--heads ${identity.heads} --batch-size ${args.batchSize ?? "default"}`,
    });
    part.remove();
    tell(`${args.out}: ${counted(prompts.length, "prompt")} × ${counted(heads.length, "head")}`);
  } finally {
    await model.dispose();
  }
}

/**
 * Returns the heads that are ablated, by layer and then by head.
 *
 * @throws CircuitbookError if a head does not exist.
 */
function headsOf(heads: "all" | readonly Head[], architecture: Architecture): Head[] {
  if (heads === "all") return allHeads({ architecture });
  const { layers, heads: perLayer } = architecture;
  const missing = heads.find(([layer, head]) => layer >= layers || head >= perLayer);
  if (missing) {
    const last = `${layers - 1}.${perLayer - 1}`;
    throw new CircuitbookError(
      `Expected heads from 0.0 to ${last} (layer.head) but found ${missing.join(".")}.`,
    );
  }
  return [...heads];
}

/** Returns how many prompts are computed together. */
export function groupSize(heads: readonly Head[]): number {
  return Math.max(1, Math.min(PROMPTS_AT_ONCE, Math.floor(RUNS_AT_ONCE / heads.length)));
}

/**
 * Computes the prompts that are not done, group by group.
 *
 * @throws InterruptedError if the sweep is stopped. The message says how many prompts are done.
 */
async function sweepInto(
  part: PartFile,
  model: Model,
  prompts: readonly SweepPrompt[],
  heads: readonly Head[],
  batchSize: number | undefined,
  { signal, onProgress }: Watch,
): Promise<void> {
  const atOnce = groupSize(heads);
  const report = (done: number) =>
    reportProgress(
      { label: "sweep", done, total: prompts.length * heads.length, unit: "runs" },
      onProgress,
    );
  try {
    while (part.prompts < prompts.length) {
      throwIfStopped(signal);
      const first = part.prompts;
      const group = prompts.slice(first, first + atOnce);
      report(first * heads.length);
      const inGroup: Watch = {
        signal,
        // Ablated runs report the share of the group that is done. Clean runs report no share, and
        // are not counted.
        onProgress: (event) =>
          event?.share !== undefined &&
          report(Math.round((first + event.share * group.length) * heads.length)),
      };
      await part.add(await sweepGroup(model, group, heads, batchSize, inGroup));
    }
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    const kept = `${part.prompts} of ${
      counted(prompts.length, "prompt")
    } are done and kept in ${part.path}`;
    throw new InterruptedError(
      `Interrupted: ${part.prompts ? `${kept}; continue with --resume` : "no prompt was done"}.`,
    );
  } finally {
    reportProgress(undefined, onProgress);
  }
}

/** Returns the results of a group of prompts. */
async function sweepGroup(
  model: Model,
  prompts: readonly SweepPrompt[],
  heads: readonly Head[],
  batchSize: number | undefined,
  watch: Watch,
): Promise<DoneGroup> {
  const metric: LogitDifference = {
    logitDifference: [
      prompts.map(({ answer }) => answer),
      prompts.map(({ against }) => against),
    ],
  };
  const table = await sweepHeads(model, prompts.map(({ tokens }) => tokens), {
    heads,
    metric,
    batchSize,
    ...watch,
  });
  const baselines = table.getColumn("baseline").toArray().map(Number);
  const values = table.getColumn("value").toArray().map(Number);
  const from = (row: number) => row * heads.length;
  return {
    baselines: prompts.map((_, row) => baselines[from(row)]),
    values: prompts.map((_, row) => values.slice(from(row), from(row + 1))),
  };
}
