// Times jobs on a model: deno run -A tests/bench/time_jobs.ts MODEL all|JOB[,JOB…] [DTYPE]
// Prints one JSON line for each job, as peers.py does: {"job", "peer": "circuitbook", "ms"}
// (median).
import { loadModel, type LoadOptions } from "circuitbook";
import { type Job, jobs } from "./jobs.ts";
import { trainingJobs } from "./training_jobs.ts";

/**
 * A job is timed at least and at most so often, and in between until so many milliseconds have
 * passed.
 */
const [LEAST, MOST, ENOUGH_MS] = [3, 15, 4000];

/** Jobs that take minutes on small models are timed once, after no other run. */
const ONCE = /x(100|160)$/;

const [name, wanted = "all", dtype = "f32"] = Deno.args;
if (!name) throw new Error("Expected: time_jobs.ts MODEL all|JOB[,JOB…] [DTYPE].");
const chosen = ({ name }: Job) =>
  wanted === "all" || wanted.split(",").some((start) => name.startsWith(start));

const model = await loadModel(name, { device: "cpu", dtype: dtype as LoadOptions["dtype"] });
const timed = [
  ...jobs(model),
  ...name === "countdown-r1" && wanted === "all" ? await trainingJobs() : [],
];
for (const job of timed.filter(chosen)) {
  const ms = await medianMs(job);
  console.log(JSON.stringify({ job: job.name, peer: "circuitbook", ms }));
}

async function medianMs({ name, run }: Job): Promise<number> {
  const once = ONCE.test(name);
  if (!once) await run();
  const times: number[] = [];
  let sum = 0;
  while (times.length < (once ? 1 : LEAST) || !once && sum < ENOUGH_MS && times.length < MOST) {
    const start = performance.now();
    await run();
    times.push(performance.now() - start);
    sum += times.at(-1)!;
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}
