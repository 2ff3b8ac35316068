import { loadModel } from "circuitbook";
import { jobs } from "./jobs.ts";

const model = await loadModel("countdown-r1", { device: "cpu" });
for (const { name, run, times } of jobs(model)) {
  Deno.bench({
    name,
    group: "countdown-r1",
    ...times && { n: times, warmup: 1 },
    fn: async () => void await run(),
  });
}
