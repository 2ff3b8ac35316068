import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { checkpoints, families, type ProgressEvent, training } from "circuitbook";
import { Trainer } from "../../lib/train/trainer.ts";
import { toyRecipe } from "./toys.ts";

function learnerOf({ config, tokenizer, seed }: ReturnType<typeof toyRecipe>): training.Learner {
  return training.Learner.ofWeights(
    config,
    checkpoints.tokenizerOf(tokenizer),
    training.initialWeights(families.architectureOf(config), { seed }),
  );
}

Deno.test("minutes become steps once: as many as the time of the first batches leaves room for", async () => {
  const recipe = toyRecipe();
  const learner = learnerOf(recipe);
  const { tokenizer } = learner.model;
  // By this clock, each token of a batch takes a tenth of a second, padding included.
  let seconds = 0;
  const lossGradients = learner.lossGradients.bind(learner);
  learner.lossGradients = (batch) => {
    seconds += 0.1 * batch.rows.length * Math.max(...batch.rows.map(({ length }) => length));
    return lossGradients(batch);
  };
  const { steps } = await new Trainer(recipe, learner, {
    minutes: 1,
    now: () => seconds,
    onProgress: () => {},
  })
    .train();
  // 60 seconds in the recipe's proportion of 7 : 5.
  const expected = recipe.phases!.map(({ documents, batchTokens }, i) => {
    const batches = new training.BatchStream(documents, {
      tokenizer,
      batchTokens,
      seed: recipe.seed,
    })
      .batchesOf(0);
    const mean = batches.reduce((sum, { padded }) => sum + padded, 0) / batches.length;
    return Math.round([35, 25][i] / (0.1 * mean));
  });
  assertEquals(steps, expected[0] + expected[1]);
});

Deno.test("the first step is the optimizer's step along the gradient of the first batch", async () => {
  const recipe = toyRecipe({ steps: [1, 1] });
  const learner = learnerOf(recipe);
  const [phase] = recipe.phases!;
  const other = learnerOf(recipe);
  const { tokenizer } = other.model;
  const batch = new training.BatchStream(phase.documents, {
    tokenizer,
    batchTokens: phase.batchTokens,
    seed: recipe.seed,
  })
    .next();
  const { loss, gradients } = await other.lossGradients(batch);
  const { weights, norm } = await training.Optimizer.of(other, phase.optimizer).step(
    other.weights,
    gradients,
  );
  const states: ReadonlyMap<string, Float32Array>[] = [];
  const { rows } = await new Trainer(recipe, learner, {
    onStep: () => states.push(new Map(learner.weights)),
  }).train();
  assertEquals([rows[0].loss, rows[0].norm, rows[0].tokens], [loss, norm, batch.tokens]);
  assertEquals(states[0], weights);
});

Deno.test("training lowers the loss of digits that follow a rule", async () => {
  const { rows } = await new Trainer(toyRecipe({ steps: [60, 1] }), learnerOf(toyRecipe()), {
    onProgress: () => {},
  })
    .train();
  assertAlmostEquals(rows[0].loss!, Math.log(11), 0.3);
  assert(rows[59].loss! < 0.5 * rows[0].loss!, `${rows[59].loss}`);
});

Deno.test("progress tells steps, the loss and tokens per second", async () => {
  const events: (ProgressEvent | undefined)[] = [];
  const recipe = toyRecipe();
  let seconds = 0;
  const now = () => seconds += 0.25;
  await new Trainer(recipe, learnerOf(recipe), { onProgress: (event) => events.push(event), now })
    .train();
  const { label, done, total, unit, note } = events[11]!;
  assertEquals([label, done, total, unit], ["train", 12, 12, "steps"]);
  assert(/^loss \d\.\d+ · [\d,]+ tokens\/s$/.test(note!), note);
  assertEquals(events.at(-1), undefined);
});
