// Measures sweeps of random checkpoints by size, fits their cost, and writes a page: deno task
// bench scale
import { dirname, fromFileUrl, join } from "@std/path";
import { ablation, families, integer, seededRandom } from "circuitbook";
import { COMPUTING } from "../../lib/commands/permissions.ts";
import { groupSize } from "../../lib/commands/sweep/sweep_to_file.ts";
import { writeRandomCheckpoint } from "./random_checkpoint.ts";
import { scalePage } from "./scale_page.ts";
import { dot, fitted, type SweepSize, workOf } from "./sweep_cost.ts";

/** A sweep that was timed. */
export interface TimedSweep extends SweepSize {
  /**
   * Core-seconds: the smallest of {@link REPEATS} runs, because other programs only ever make a run
   * slower.
   */
  readonly seconds: number;
  /** What the fitted cost says. */
  readonly predicted: number;
}

/** A sweep on several workers. */
export interface PlannedSweep extends SweepSize {
  readonly name: string;
  readonly workers: number;
  /** Core-seconds of the largest shard. */
  readonly seconds: number;
}

export const REPEATS = 2;

const VOCAB = 1024;

const COMMON = { rms_norm_eps: 1e-6, max_position_embeddings: 4096, hidden_act: "silu" };

const FIT = [
  sized(2, 128, 64, 4),
  sized(8, 128, 64, 4),
  sized(16, 128, 32, 4),
  sized(4, 256, 64, 4),
  sized(4, 256, 160, 4),
  sized(4, 256, 64, 8, 2),
  sized(2, 512, 64, 4),
  sized(4, 512, 64, 4),
  sized(2, 1024, 32, 4),
];

/** Sizes that the fit does not see: deeper, wider, longer, and in more shards. */
const HELD_OUT = [
  sized(8, 256, 96, 4),
  sized(3, 768, 64, 4),
  sized(6, 384, 48, 4),
  sized(4, 256, 128, 8, 2),
];

const WORKERS = 16;

const PLANNED = {
  "3B (the shape of Qwen2.5-3B)": {
    model_type: "qwen2",
    hidden_size: 2048,
    intermediate_size: 11008,
    num_hidden_layers: 36,
    num_attention_heads: 16,
    num_key_value_heads: 2,
    vocab_size: 151936,
    tie_word_embeddings: true,
  },
  "8B (the shape of Llama-3.1-8B)": {
    model_type: "llama",
    hidden_size: 4096,
    intermediate_size: 14336,
    num_hidden_layers: 32,
    num_attention_heads: 32,
    num_key_value_heads: 8,
    vocab_size: 128256,
    tie_word_embeddings: false,
  },
};

if (import.meta.main) {
  const [page] = Deno.args;
  if (!page) throw new Error("Expected: scale.ts PAGE.md.");
  const folder = await Deno.makeTempDir();
  try {
    const seconds = new Map<SweepSize, number>();
    for (const size of [...FIT, ...HELD_OUT]) {
      seconds.set(size, await leastCost(folder, size));
      console.error(`${nameOf(size)}: ${seconds.get(size)!.toFixed(2)} core-seconds`);
    }
    const coefficients = fitted(FIT.map(workOf), FIT.map((size) => seconds.get(size)!));
    const timed = (size: SweepSize): TimedSweep => ({
      ...size,
      seconds: seconds.get(size)!,
      predicted: dot(workOf(size), coefficients),
    });
    const text = scalePage({
      coefficients,
      fit: FIT.map(timed),
      heldOut: HELD_OUT.map(timed),
      planned: Object.entries(PLANNED).map(([name, config]) =>
        plannedOf(name, config, coefficients)
      ),
    });
    await Deno.mkdir(dirname(page), { recursive: true });
    await Deno.writeTextFile(page, text);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Returns what the largest shard of a sweep takes. */
function plannedOf(
  name: string,
  config: Record<string, unknown>,
  coefficients: readonly number[],
): PlannedSweep {
  const size = { config: { ...config, ...COMMON }, tokens: 160, prompts: 96 };
  const prompts = largestShard(size.prompts, config);
  const seconds = dot(workOf({ ...size, prompts, shards: 1 }), coefficients);
  return { ...size, name, shards: WORKERS, workers: WORKERS, seconds };
}

/**
 * Returns a sweep of a random Llama: heads of 64 numbers, and MLPs three times as wide as the
 * model.
 */
function sized(
  layers: number,
  width: number,
  tokens: number,
  prompts: number,
  shards = 1,
): SweepSize {
  const config = {
    ...COMMON,
    model_type: "llama",
    hidden_size: width,
    intermediate_size: 3 * width,
    num_hidden_layers: layers,
    num_attention_heads: width / 64,
    num_key_value_heads: width / 64,
    vocab_size: VOCAB,
    tie_word_embeddings: true,
  };
  return { config, tokens, prompts, shards };
}

/** Returns how many prompts the largest shard has: shards are made of whole groups of prompts. */
function largestShard(prompts: number, config: Record<string, unknown>): number {
  const architecture = families.architectureOf({ ...config, ...COMMON });
  const group = groupSize(ablation.allHeads({ architecture }));
  return group * Math.ceil(Math.ceil(prompts / group) / WORKERS);
}

function nameOf({ config, tokens, prompts, shards }: SweepSize): string {
  return `${config.num_hidden_layers} layers × ${config.hidden_size}, ${prompts} prompts × ${tokens} tokens, ${shards} shards`;
}

/** Returns the core-seconds of a sweep, over all its shards: the least of some runs. */
async function leastCost(folder: string, size: SweepSize): Promise<number> {
  const { config, tokens, prompts, shards } = size;
  const model = join(folder, "model");
  await writeRandomCheckpoint(model, { ...config });
  await Deno.copyFile(
    new URL("../../data/models/countdown-r1/tokenizer.json", import.meta.url),
    join(model, "tokenizer.json"),
  );
  const random = seededRandom(0);
  const lines = Array.from({ length: prompts }, (_, id) => {
    const ids = Array.from({ length: tokens }, () => integer(random, 5, 90));
    return JSON.stringify({ id: String(id), tokens: ids, answer: 7, against: 8 });
  });
  const file = join(folder, "prompts.jsonl");
  await Deno.writeTextFile(file, lines.join("\n") + "\n");
  const command = fromFileUrl(new URL("../../lib/commands/sweep.ts", import.meta.url));
  const flags = ["--model", model, "--heads", "all", "--prompts", file, "--device", "cpu"];
  const out = join(folder, "out.parquet");
  const costs: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    let cost = 0;
    for (let shard = 1; shard <= shards; shard++) {
      const own = ["--shard", `${shard}/${shards}`, "--out", out];
      cost += await coreSeconds([Deno.execPath(), "run", ...COMPUTING, command, ...flags, ...own]);
      await Deno.remove(out);
    }
    costs.push(cost);
  }
  return Math.min(...costs);
}

/**
 * Runs a command and returns the processor time that it took, in seconds, summed over the cores.
 */
async function coreSeconds(command: readonly string[]): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", '"$@" > /dev/null && times', "bash", ...command],
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  // The last line has the user and the system time of the shell's children: 0m1.5s 0m0.2s.
  const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1)!;
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)]
    .reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0);
}
