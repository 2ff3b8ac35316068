import { allHeads, sweepHeads } from "../../ablation/mod.ts";
import { CircuitbookError, InterruptedError } from "../../base/errors.ts";
import { reportProgress, throwIfStopped, type Watch } from "../../base/progress.ts";
import type { Architecture } from "../../model/plan/architecture.ts";
import { chooseDevice, type DeviceChoice } from "../../model/engine/device.ts";
import { openModel } from "../../model/load.ts";
import { Model } from "../../model/model.ts";
import type { LogitDifference } from "../../model/plan/metric.ts";
import { checkOut } from "../trace/output.ts";
import type { Head, SweepArguments } from "./arguments.ts";
import { PartFile } from "./part_file.ts";
import type { DoneGroup } from "./part_lines.ts";
import { readPrompts, type SweepPrompt } from "./prompts.ts";
import { writeTable } from "../write_table.ts";
import { tableOf } from "./table.ts";

/** What is done is kept after this many prompts, or about as many runs where there are hundreds of heads. */
const PROMPTS_AT_ONCE = 16;
const RUNS_AT_ONCE = 2048;

/**
 * Loads a model, sweeps its heads and writes the table; what is done when it stops early is kept beside it.
 *
 * @param tell told which device it runs on, and what was done.
 * @throws CircuitbookError for anything that is wrong with the input; InterruptedError when stopped.
 */
export async function sweepToFile(
  args: SweepArguments,
  tell: (line: string) => void,
  watch: Watch = {},
): Promise<void> {
  // Whatever can be wrong with the input is found before a device is started.
  const opened = await openModel(args.model, watch);
  const { checkpoint, architecture, tokenizer } = opened;
  const prompts = await readPrompts(args.prompts, opened);
  const heads = headsOf(args.heads, architecture);
  await checkOut(args.out, checkpoint);
  const identity = {
    model: args.model,
    weights: await checkpoint.hash(),
    heads: heads.map((head) => head.join(".")).join(),
    prompts: await hashOf(prompts),
  };
  using part = await PartFile.open(`${args.out}.part`, identity, args.resume);
  if (await exists(args.out) && part.prompts < prompts.length) {
    throw new CircuitbookError(
      `Expected a new file as --out but found ${args.out}; delete it, or name another.`,
    );
  }
  if (part.prompts < prompts.length) {
    const { device, reason } = await chooseDevice(
      args.device as DeviceChoice | undefined ?? "auto",
    );
    tell(`${args.model} on ${device} (${reason})`);
    if (args.resume) tell(`${part.prompts} of ${counted(prompts.length, "prompt")} are done`);
    const model = new Model(args.model, checkpoint, architecture, tokenizer, device, reason);
    try {
      await sweepInto(part, model, prompts, heads, args.batchSize, watch);
    } finally {
      await model.dispose();
    }
  }
  await writeTable(args.out, tableOf(prompts.map(({ id }) => id), heads, part.groups));
  part.remove();
  tell(`${args.out}: ${counted(prompts.length, "prompt")} × ${counted(heads.length, "head")}`);
}

/** The heads that are swept, by layer and then by head. @throws CircuitbookError when one does not exist. */
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

/** Sweeps the prompts that are not done, group by group. @throws InterruptedError saying what is done. */
async function sweepInto(
  part: PartFile,
  model: Model,
  prompts: readonly SweepPrompt[],
  heads: readonly Head[],
  batchSize: number | undefined,
  { signal, onProgress }: Watch,
): Promise<void> {
  const atOnce = Math.max(1, Math.min(PROMPTS_AT_ONCE, Math.floor(RUNS_AT_ONCE / heads.length)));
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
      const inGroup: Watch = {
        signal,
        onProgress: (event) => event && report(first * heads.length + event.done),
      };
      await part.add(await sweepGroup(model, group, heads, batchSize, inGroup));
    }
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    const kept = `${part.prompts} of ${
      counted(prompts.length, "prompt")
    } are done and kept in ${part.path}`;
    throw new InterruptedError(
      `Interrupted: ${part.prompts ? `${kept}; go on by --resume` : "no prompt was done"}.`,
    );
  } finally {
    reportProgress(undefined, onProgress);
  }
}

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

async function hashOf(prompts: readonly SweepPrompt[]): Promise<string> {
  const rows = prompts.map(({ id, tokens, answer, against }) => [id, tokens, answer, against]);
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(JSON.stringify(rows)),
  );
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
