// A checkpoint of a real size: `deno run -A tests/bench/random_checkpoint.ts FOLDER`, then CIRCUITBOOK_BENCH_MODEL=FOLDER.
import { loadModel } from "circuitbook";
import { jobs } from "./jobs.ts";

const folder = Deno.env.get("CIRCUITBOOK_BENCH_MODEL");
const timed = ["forward", "decode1x64_2heads"];

if (folder) {
  const model = await loadModel(folder, { device: "cpu" });
  for (const { name, run } of jobs(model).filter(({ name }) => timed.includes(name))) {
    Deno.bench({
      name: `large ${name}`,
      group: folder,
      n: 5,
      warmup: 1,
      fn: async () => void await run(),
    });
  }
}
