// A step of training countdown-base: 21 rows of 195 tokens, gradients and update (Muon and AdamW). The same in peers.py.
import { integer, loadModel, recipes, seededRandom, training } from "circuitbook";

const { checkpoint, tokenizer, architecture } = await loadModel("countdown-r1", { device: "cpu" });
const read = [...architecture.shapes.keys()].map(async (name) =>
  [name, await checkpoint.read(name)] as const
);
const learner = new training.Learner(
  checkpoint.config,
  tokenizer,
  new Map(await Promise.all(read)),
);
const optimizer = training.Optimizer.of(
  architecture,
  recipes.named("countdown-base").phases![0].optimizer,
);
const random = seededRandom(0);
const length = 195;
const rows = Array.from(
  { length: 21 },
  () => Array.from({ length }, () => integer(random, 5, architecture.vocab - 1)),
);
const weights = rows.map(() =>
  Array.from({ length: length - 1 }, () => 1 / (rows.length * (length - 1)))
);

Deno.bench({ name: "train21x195", group: "training", n: 8, warmup: 2 }, async () => {
  const { gradients } = await learner.lossGradients({ rows, weights });
  learner.set((await optimizer.step(learner.weights, gradients)).weights);
});

const { gradients } = await learner.lossGradients({ rows, weights });
Deno.bench({ name: "optimizer", group: "training", n: 8, warmup: 2 }, async () => {
  await optimizer.step(learner.weights, gradients);
});
