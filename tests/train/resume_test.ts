import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { CircuitbookError, InterruptedError, Model, training } from "circuitbook";
import { RunFolder } from "../../lib/train/run/run_folder.ts";
import { z } from "zod";
import { Keeper } from "../../lib/train/keeper.ts";
import { temporaryFolder } from "../checkpoint/files.ts";
import { toyRecipe } from "./toys.ts";

/** What must be the same to the last bit: all columns but the clock's, and the weights. */
function bits({ rows, learner }: training.Training) {
  return { rows: rows.map(({ seconds: _, ...row }) => row), weights: learner.weights };
}

/** Opens the run's folder, trains, and releases the folder. */
async function inFolder(
  folder: string,
  recipe: training.Recipe,
  options: Parameters<typeof training.train>[1] = {},
) {
  using run = await RunFolder.open(folder, { recipe: recipe.name }, { resume: true });
  return await training.train(recipe, { ...options, run });
}

async function toyLearner(): Promise<training.Learner> {
  const { learner } = await training.train(toyRecipe({ steps: [1, 1] }));
  return learner;
}

/**
 * A listener that dies at a step, as a process does: the state of the step before is the last that
 * was kept.
 */
function dyingAt(step: number): (row: training.CurveRow) => void {
  return (row) => {
    if (row.step === step) throw new Error("killed");
  };
}

Deno.test("a run that died at any step goes on to the weights and curves of one that did not, to the last bit", async () => {
  const recipe = toyRecipe();
  const expected = bits(await training.train(recipe));
  // Once, and again and again: at first, in both phases, at their ends, and twice at the same step.
  for (const deaths of [[4], [1, 2, 2, 7, 8, 12]]) {
    await using folder = await temporaryFolder();
    for (const step of deaths) {
      await assertRejects(
        () => inFolder(folder.path, recipe, { onStep: dyingAt(step) }),
        Error,
        "killed",
      );
    }
    assertEquals(bits(await inFolder(folder.path, recipe)), expected, `died at ${deaths}`);
  }
});

Deno.test("a run that is stopped keeps its last step, and says how to go on", async () => {
  await using folder = await temporaryFolder();
  // Kept by the stop alone.
  const recipe = toyRecipe({ keepEvery: { minutes: 60 } });
  const stop = new AbortController();
  const seen: number[] = [];
  const onStep = ({ step }: training.CurveRow) => {
    seen.push(step);
    if (step === 5) stop.abort();
  };
  const { message } = await assertRejects(
    () => inFolder(folder.path, recipe, { onStep, signal: stop.signal }),
    InterruptedError,
  );
  assertStringIncludes(
    message,
    `5 of 12 steps are done; kept in ${folder.path}; continue with --resume`,
  );
  const resumed = await inFolder(folder.path, recipe, { onStep: ({ step }) => seen.push(step) });
  assertEquals(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  assertEquals(bits(resumed), bits(await training.train(recipe)));
});

Deno.test("a step that is refused keeps the state before it, says so, and the run goes on from there", async () => {
  await using folder = await temporaryFolder();
  const recipe = toyRecipe({ keepEvery: { minutes: 60 } });
  const expected = bits(await training.train(recipe));
  // The second block of the first phase has no documents.
  const [short, long] = recipe.phases!;
  const broken = {
    ...recipe,
    phases: [{
      ...short,
      documents: (place: { seed: number; block: number }) =>
        place.block === 1 ? [] : short.documents(place),
    }, long],
  };
  const { message } = await assertRejects(
    () => inFolder(folder.path, broken),
    CircuitbookError,
    "Expected documents in block 1 but found none.",
  );
  assertStringIncludes(
    message,
    `The state before this step is kept in ${folder.path}; continue with --resume.`,
  );
  assert(![...Deno.readDirSync(folder.path)].some(({ name }) => name === "step-0"));
  assertEquals(bits(await inFolder(folder.path, recipe)), expected);
});

Deno.test("a validation that is refused keeps the state before its step, and the run goes on from there", async () => {
  await using folder = await temporaryFolder();
  const recipe = toyRecipe({ keepEvery: { minutes: 60 } });
  const expected = bits(await training.train(recipe));
  const { logProbabilities } = Model.prototype;
  let done = 0;
  Model.prototype.logProbabilities = function (input) {
    if (done === 6) throw new CircuitbookError("Too little memory.");
    return logProbabilities.call(this, input);
  };
  try {
    const { message } = await assertRejects(
      () => inFolder(folder.path, recipe, { onStep: ({ step }) => done = step }),
      CircuitbookError,
      "Too little memory. The state before this step is kept in",
    );
    assertStringIncludes(message, `${folder.path}; continue with --resume.`);
  } finally {
    Model.prototype.logProbabilities = logProbabilities;
  }
  assert(Deno.statSync(`${folder.path}/step-6`).isDirectory);
  assertEquals(bits(await inFolder(folder.path, recipe)), expected);
});

Deno.test("a finished run is not trained any further", async () => {
  await using folder = await temporaryFolder();
  const recipe = toyRecipe();
  const first = bits(await inFolder(folder.path, recipe));
  const onStep = () => assert(false, "a step was made");
  assertEquals(bits(await inFolder(folder.path, recipe, { onStep })), first);
});

Deno.test("another seed gives another model", async () => {
  const [one, other] = await Promise.all(
    [3, 4].map((seed) => training.train(toyRecipe(), { seed })),
  );
  assertNotEquals(one.rows[0].loss, other.rows[0].loss);
});

Deno.test("a loss that is not finite stops the run with its step and the last state whose own loss and gradient were finite", async () => {
  await using folder = await temporaryFolder();
  const losses: number[] = [];
  const onStep = ({ loss = NaN }: training.CurveRow) => losses.push(loss);
  const { message } = await assertRejects(
    () => inFolder(folder.path, toyRecipe({ rate: 1e20 }), { onStep }),
    CircuitbookError,
    "Expected a finite",
  );
  const [, step] = /at step (\d+) but found/.exec(message)!;
  assertEquals(losses.length, Number(step) - 1);
  // The last row has the loss of the weights of the step before.
  const good = `step-${Number(step) - 2}`;
  assertStringIncludes(message, `the last good state is in ${folder.path}/${good}`);
  assertEquals([...Deno.readDirSync(folder.path)].map(({ name }) => name).sort(), [
    "lock",
    "run.json",
    good,
  ]);
});

Deno.test("weights that are not finite are not kept", async () => {
  await using folder = await temporaryFolder();
  const learner = await toyLearner();
  const optimizer = training.Optimizer.of(learner, { adam: { rate: 0.1 } });
  using run = await RunFolder.open(folder.path, { recipe: "toy" }, { resume: false });
  const keeper = new Keeper(z.unknown(), learner, run);
  await keeper.keep(4, { rows: [] }, optimizer.state);
  const [[name, data]] = learner.weights;
  learner.set(new Map([[name, data.map((value, i) => i === 5 ? Infinity : value)]]));
  await assertRejects(
    () => keeper.keep(5, { rows: [] }, optimizer.state),
    CircuitbookError,
    `Expected a finite weight "${name}" after step 5 but found Infinity; the last good state is in ${folder.path}/step-4`,
  );
  assertEquals(run.kept?.step, 4);
});

Deno.test("a run in the same folder object goes on from what was kept, not from what came after", async () => {
  await using folder = await temporaryFolder();
  // Kept at first and at the end alone.
  const recipe = toyRecipe({ keepEvery: { minutes: 60 } });
  using run = await RunFolder.open(folder.path, { recipe: recipe.name }, { resume: false });
  await assertRejects(() => training.train(recipe, { run, onStep: dyingAt(6) }), Error, "killed");
  assertEquals(bits(await training.train(recipe, { run })), bits(await training.train(recipe)));
});

Deno.test("validation is measured now and then, and at the end of each phase", async () => {
  const { curves } = await training.train(toyRecipe());
  const measured = curves.getColumn("validation").toArray().flatMap((value, i) =>
    value === null ? [] : [i + 1]
  );
  assertEquals(measured, [4, 7, 8, 12]);
  assertEquals(curves.columns, ["step", "tokens", "loss", "norm", "rate", "seconds", "validation"]);
});
