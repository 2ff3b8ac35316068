import { type PlannedSweep, REPEATS, type TimedSweep } from "./scale.ts";
import { TERMS } from "./sweep_cost.ts";

/** The cores of a worker. */
const CORES = 2;

/** The content of the page. */
export interface ScaleResults {
  /** The fitted seconds of each of {@link TERMS}. */
  readonly coefficients: readonly number[];
  readonly fit: readonly TimedSweep[];
  readonly heldOut: readonly TimedSweep[];
  readonly planned: readonly PlannedSweep[];
}

/** Returns the page in Markdown. */
export function scalePage({ coefficients, fit, heldOut, planned }: ScaleResults): string {
  const errors = heldOut.map(relativeError).map(Math.abs);
  const mean = percent(errors.reduce((a, b) => a + b, 0) / errors.length);
  const largest = percent(Math.max(...errors));
  const [{ workers, prompts, tokens }] = planned;
  return `# What a sweep costs

This page is written by \`deno task bench scale\`. It says how much processor time
\`deno task sweep --heads all\` takes by the size of the model, the prompts and the shards, and what that
means for larger models on several workers.

Measured on ${machine()}, in f32 on the CPU, with random Llama checkpoints (heads of 64 numbers, MLPs three
times as wide as the model, a vocabulary of 1,024). Times are core-seconds (user and system time, summed
over the cores) of whole processes, from their start to the written table; with several shards they are
summed over the shards. Each time is the smallest of ${REPEATS} runs, because other programs only
ever make a run slower. A worker that keeps c cores busy needs core-seconds / c.

## The model of the cost

A sweep's core-seconds are the sum of these products. The work is counted from the configuration
(\`tests/bench/sweep_cost.ts\`); the coefficients are fitted to the first table by least squares of relative errors,
none below zero.

${
    table(
      ["work", "coefficient"],
      TERMS.map((term, i) => [term, coefficients[i].toPrecision(3)]),
    )
  }

A head that is silenced in layer l costs the layers after l, so the cost of a sweep grows with heads × layers² × width² ×
tokens × prompts. Shards add only the start of their processes: a shard starts Deno, hashes the weights, and
compiles a graph for each layer.

## Sizes that were fitted

${timedTable(fit)}

## Sizes that were held out

The mean error on sizes that the fit has not seen is ${mean}, the largest ${largest}.

${timedTable(heldOut)}

## Larger models

The table shows the time until the last of ${workers} workers has finished a sweep of all heads over ${prompts} prompts of
${tokens} tokens. Each worker has ${CORES} busy cores of the kind above and enough memory for the weights in f32. Both models
are far larger than the measured ones, so expect the order of magnitude rather than the minute.

${
    table(
      ["model", "heads", "shards", "predicted"],
      planned.map(({ name, config, shards, seconds }) => [
        name,
        String(Number(config.num_attention_heads) * Number(config.num_hidden_layers)),
        String(shards),
        duration(seconds / CORES),
      ]),
    )
  }
`;
}

function timedTable(sweeps: readonly TimedSweep[]): string {
  return table(
    ["layers", "width", "tokens", "prompts", "shards", "measured", "model", "error"],
    sweeps.map((sweep) => [
      String(sweep.config.num_hidden_layers),
      String(sweep.config.hidden_size),
      String(sweep.tokens),
      String(sweep.prompts),
      String(sweep.shards),
      sweep.seconds.toFixed(2),
      sweep.predicted.toFixed(2),
      percent(relativeError(sweep)),
    ]),
  );
}

function relativeError({ predicted, seconds }: TimedSweep): number {
  return predicted / seconds - 1;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

function duration(seconds: number): string {
  return seconds < 7200
    ? `${Math.round(seconds / 60)} minutes`
    : `${(seconds / 3600).toFixed(1)} hours`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Returns the processor and the number of its cores, as Linux reports them. */
function machine(): string {
  const cores = `${navigator.hardwareConcurrency} cores`;
  try {
    const [, name] = /model name\s*:\s*(.+)/.exec(Deno.readTextFileSync("/proc/cpuinfo")) ?? [];
    return name ? `${cores} of ${name.trim()}` : cores;
  } catch {
    // Other systems than Linux have no such file.
    return cores;
  }
}
