import { integer, loadModel, recipes, seededRandom, training } from "circuitbook";
import type { Job } from "./jobs.ts";

/**
 * Steps of training countdown-base: 21 rows of 195 tokens, gradients and update (Muon and AdamW).
 * The same in peers.py.
 */
export async function trainingJobs(): Promise<Job[]> {
  const { checkpoint, tokenizer, architecture } = await loadModel("countdown-r1", {
    device: "cpu",
  });
  const read = [...architecture.shapes.keys()].map(async (name) =>
    [name, await checkpoint.read(name)] as const
  );
  const weightsByName = new Map(await Promise.all(read));
  const learner = training.Learner.ofWeights(checkpoint.config, tokenizer, weightsByName);
  const [phase] = recipes.named("countdown-base").phases!;
  const optimizer = training.Optimizer.of(learner, phase.optimizer);
  const random = seededRandom(0);
  const length = 195;
  const rows = Array.from(
    { length: 21 },
    () => Array.from({ length }, () => integer(random, 5, architecture.vocab - 1)),
  );
  const weights = rows.map(() =>
    Array.from({ length: length - 1 }, () => 1 / (rows.length * (length - 1)))
  );
  const step = async () => {
    const { gradients } = await learner.lossGradients({ rows, weights });
    learner.set((await optimizer.step(learner.weights, gradients)).weights);
  };
  const { gradients } = await learner.lossGradients({ rows, weights });
  return [
    { name: "train21x195", run: step },
    { name: "optimizer", run: () => optimizer.step(learner.weights, gradients) },
  ];
}
