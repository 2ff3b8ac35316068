import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  checkpoints,
  CircuitbookError,
  families,
  InterruptedError,
  loadModel,
  maxOfList,
  training,
} from "circuitbook";
import { RunFolder } from "../../lib/train/run/run_folder.ts";
import { rollOut } from "../../lib/train/grpo/rollouts.ts";
import { microbatches, policyBatch, withDivergence } from "../../lib/train/grpo/advantages.ts";

const config = {
  model_type: "qwen2",
  vocab_size: 11,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  intermediate_size: 32,
  max_position_embeddings: 32,
  tie_word_embeddings: true,
  hidden_act: "silu",
  rms_norm_eps: 1e-6,
  rope_theta: 10_000,
  eos_token_id: 10,
};
const tokenizer = checkpoints.tokenizerOf(maxOfList.tokenizerFile());
const weights = training.initialWeights(families.architectureOf(config), {
  seed: 4,
  deviation: 0.1,
});
const freshLearner = () => training.Learner.ofWeights(config, tokenizer, weights);
const { model: base } = freshLearner();

/** Three prompts; a completion earns the share of 3 among its tokens. */
const ask: training.AskPrompts = ({ update, count }) =>
  Array.from({ length: count }, (_, i) => ({
    prompt: [(update + i) % 10, 1],
    earns: (completion) => {
      const threes = completion.split("3").length - 1;
      return { total: threes / 6, parts: { threes, even: update % 2 ? 0 : 1 } };
    },
  }));

const settings: training.GrpoSettingsInput = {
  updates: 6,
  problems: 3,
  rollouts: 6,
  maxNewTokens: 6,
  microbatch: 4,
  measureEvery: 3,
  optimizer: { adam: { rate: 0.02 } },
};

async function tuned(
  own: Partial<training.GrpoSettingsInput> = {},
  job: Partial<training.LoopJob> = {},
  asked = ask,
) {
  const learner = freshLearner();
  const result = await training.grpo({ learner, seed: 1, ...job }, { ask: asked, base }, {
    ...settings,
    ...own,
  });
  return { ...result, learner };
}

const timeless = (rows: readonly training.CurveRow[]) =>
  rows.map((row) => ({ ...row, seconds: 0 }));

Deno.test("advantages are rewards less their group's mean, by its standard deviation", () => {
  const rewards = [0.5, 1.5, 1, 0, 0.25, 1.25, 2, 2];
  const found = training.advantages(rewards, 4);
  for (const start of [0, 4]) {
    const group = rewards.slice(start, start + 4);
    const mean = group.reduce((a, b) => a + b) / 4;
    const deviation = Math.sqrt(group.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / 3);
    group.forEach((reward, i) =>
      assertAlmostEquals(found[start + i], (reward - mean) / (deviation + 0.01), 1e-12)
    );
  }
  assertEquals(training.advantages([1.5, 1.5, 1.5, 1.5], 2), [0, 0, 0, 0]);
});

Deno.test("a batch weights each token of a completion by its advantage over all tokens, and prompts by nothing", () => {
  const rollouts = [
    { prompt: [1, 2], completion: [3, 4, 5], advantage: -0.5 },
    { prompt: [1, 2], completion: [6], advantage: 2 },
    { prompt: [1, 2], completion: [7, 8], advantage: 0 },
  ];
  assertEquals(policyBatch(rollouts), {
    rows: [[1, 2, 6], [1, 2, 3, 4, 5]],
    weights: [[0, 2 / 4], [0, -0.5 / 4, -0.5 / 4, -0.5 / 4]],
    tokens: 4,
  });
  assertEquals(policyBatch(rollouts, { keepAll: true }).weights[1], [0, 0, 0]);
  assertEquals(policyBatch([rollouts[2]]).rows, []);
});

Deno.test("microbatches have the gradient of all rows, one by one", async () => {
  const learner = freshLearner();
  const batch = policyBatch([
    { prompt: [1, 2], completion: [3, 4, 5, 10], advantage: -0.5 },
    { prompt: [1, 2], completion: [6, 10], advantage: 2 },
    { prompt: [1, 2], completion: [7, 8, 9], advantage: 1 },
  ]);
  const sumOver = async (parts: readonly { rows: number[][]; weights: number[][] }[]) => {
    const sum = new Map<string, number[]>();
    let loss = 0;
    for (const part of parts) {
      const found = await learner.lossGradients(part);
      loss += found.loss;
      for (const [name, { data }] of found.gradients) {
        const before = sum.get(name) ?? new Array(data.length).fill(0);
        sum.set(name, before.map((value, i) => value + Number(data[i])));
      }
    }
    return { loss, sum };
  };
  const one = await sumOver(
    batch.rows.map((row, r) => ({ rows: [row], weights: [batch.weights[r]] })),
  );
  for (const size of [2, 3]) {
    const parts = microbatches(batch, size);
    assertEquals(parts.length, Math.ceil(3 / size));
    for (const { rows } of parts) assertEquals(new Set(rows.map(({ length }) => length)).size, 1);
    const found = await sumOver(parts);
    assertAlmostEquals(found.loss, one.loss, 1e-5);
    for (const [name, values] of one.sum) {
      values.forEach((value, i) => assertAlmostEquals(found.sum.get(name)![i], value, 1e-5, name));
    }
  }
});

Deno.test("the divergence is exact on average over the policy's own tokens, and never negative", () => {
  const policy = [0.7, 0.2, 0.1];
  const other = [0.3, 0.3, 0.4];
  const exact = policy.reduce((sum, p, i) => sum + p * Math.log(p / other[i]), 0);
  const estimates = policy.map((p, i) => training.divergence(Math.log(p), Math.log(other[i])));
  assertAlmostEquals(policy.reduce((sum, p, i) => sum + p * estimates[i], 0), exact, 1e-12);
  assert(estimates.every((estimate) => estimate >= 0));
  assertEquals(training.divergence(-1.5, -1.5), 0);
});

Deno.test("the divergence's weights are the negative slope of its mean over the tokens", () => {
  const batch = policyBatch([{ prompt: [1, 2], completion: [3, 4], advantage: 1 }]);
  const own = [[-9, -1, -2]];
  const other = [[-1, -1.7, -0.4]];
  const kl = 0.3;
  const step = 1e-5;
  const { weights } = withDivergence(batch, {
    kl,
    logProbabilities: own,
    base: other,
    promptLength: 2,
  });
  assertEquals(weights[0][0], 0);
  for (const t of [1, 2]) {
    const slope = (training.divergence(own[0][t] + step, other[0][t]) -
      training.divergence(own[0][t] - step, other[0][t])) /
      (2 * step);
    assertAlmostEquals(weights[0][t], batch.weights[0][t] - kl * slope / batch.tokens, 1e-8);
  }
});

Deno.test("log-probabilities of rows of unequal length are those that the loss is made of", async () => {
  const rows = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10]];
  const learner = freshLearner();
  const found = await learner.model.logProbabilities(rows);
  for (const [r, row] of rows.entries()) {
    const { logProbabilities } = await learner.lossGradients({
      rows: [row],
      weights: [row.slice(1).map(() => 1)],
    });
    logProbabilities[0].forEach((value, t) => assertAlmostEquals(found[r][t], value, 1e-5));
  }
});

Deno.test("what is rewarded becomes common", async () => {
  const { rows } = await tuned({ updates: 40 });
  const share = (part: readonly training.CurveRow[]) =>
    part.reduce((sum, { reward = 0 }) => sum + reward, 0) / part.length;
  assert(share(rows.slice(0, 5)) < 0.3, `${share(rows.slice(0, 5))} at first`);
  assert(share(rows.slice(-5)) > 0.7, `${share(rows.slice(-5))} at last`);
});

Deno.test("the curves have the reward, its parts, lengths, and now and then how far the model is from its base", async () => {
  const { rows, steps, tokens } = await tuned();
  assertEquals([steps, rows.length, rows.at(-1)!.tokens], [6, 6, tokens]);
  assertEquals(rows.map(({ even }) => even), [0, 1, 0, 1, 0, 1]);
  for (const row of rows) {
    assertAlmostEquals(row.reward!, row.threes! / 6, 1e-12);
    assert(row.length! >= 1 && row.length! <= 6 && row.ended! >= 0 && row.ended! <= 1);
    assertEquals(row["KL to base"] !== undefined, [1, 3, 6].includes(row.step));
    assertEquals(row["distance from base"] !== undefined, [1, 3, 6].includes(row.step));
  }
  // The first update's completions are drawn from the base itself.
  assertAlmostEquals(rows[0]["KL to base"]!, 0, 1e-6);
  assert(
    rows[5]["KL to base"]! > rows[2]["KL to base"]! &&
      rows[5]["distance from base"]! > rows[0]["distance from base"]!,
  );
  assert(rows[5]["greatest distance"]! >= rows[5]["distance from base"]!);
});

Deno.test("a term for the divergence holds the model near its base", async () => {
  const [free, held] = await Promise.all([tuned({ updates: 12 }), tuned({ updates: 12, kl: 2 })]);
  const last = ({ rows }: typeof free) => rows.at(-1)!["KL to base"]!;
  assert(last(held) < last(free) / 2, `${last(held)} and ${last(free)}`);
});

Deno.test("a run that is stopped and goes on ends as one that was not, to the last bit", async () => {
  const path = await Deno.makeTempDir();
  const whole = await tuned({ keepEvery: 2 });
  const stop = new AbortController();
  const onStep = ({ step }: training.CurveRow) => step === 3 && stop.abort();
  {
    using run = await RunFolder.open(`${path}/run`, { recipe: "toy" }, { resume: false });
    await assertRejects(
      () => tuned({ keepEvery: 2 }, { run, signal: stop.signal, onStep }),
      InterruptedError,
      "3 of 6 updates are done",
    );
  }
  using run = await RunFolder.open(`${path}/run`, { recipe: "toy" }, { resume: true });
  const resumed = await tuned({ keepEvery: 2 }, { run });
  assertEquals(timeless(resumed.rows), timeless(whole.rows));
  for (const [name, data] of whole.learner.weights) {
    assertEquals(resumed.learner.weights.get(name), data, name);
  }
  await Deno.remove(path, { recursive: true });
});

Deno.test("a run that died, or was stopped while it drew completions, ends as one that was not", async () => {
  const path = await Deno.makeTempDir();
  const whole = await tuned({ keepEvery: 2 });
  const inFolder = async (job: Partial<training.LoopJob>, asked = ask) => {
    using run = await RunFolder.open(`${path}/run`, { recipe: "toy" }, { resume: true });
    return await tuned({ keepEvery: 2 }, { run, ...job }, asked);
  };
  const dying = ({ step }: training.CurveRow) => {
    if (step === 4) throw new Error("killed");
  };
  await assertRejects(() => inFolder({ onStep: dying }), Error, "killed");
  const stop = new AbortController();
  const stopping: training.AskPrompts = (place) => {
    if (place.update === 5) stop.abort();
    return ask(place);
  };
  const { message } = await assertRejects(
    () => inFolder({ signal: stop.signal }, stopping),
    InterruptedError,
  );
  assertEquals(
    message,
    `Interrupted: 4 of 6 updates are done; kept in ${path}/run; continue with --resume.`,
  );
  const refusing: training.AskPrompts = (place) => place.update === 6 ? [] : ask(place);
  const refused = await assertRejects(() => inFolder({}, refusing), CircuitbookError);
  assertEquals(
    refused.message,
    "Expected 3 prompts with the same number of tokens but found none. " +
      `The state before this step is kept in ${path}/run; continue with --resume.`,
  );
  const resumed = await inFolder({});
  assertEquals(timeless(resumed.rows), timeless(whole.rows));
  for (const [name, data] of whole.learner.weights) {
    assertEquals(resumed.learner.weights.get(name), data, name);
  }
  await Deno.remove(path, { recursive: true });
});

Deno.test("seeds are told apart", async () => {
  const [one, again, other] = await Promise.all(
    [1, 1, 2].map((seed) => tuned({ updates: 2 }, { seed })),
  );
  assertEquals(timeless(one.rows), timeless(again.rows));
  assert(one.rows[0].loss !== other.rows[0].loss);
});

Deno.test("a great seed tells the completions of a prompt apart", async () => {
  const { model } = freshLearner();
  const prompts = Array.from({ length: 8 }, () => [1, 2]);
  const { rows } = await model.generate(prompts, {
    maxNewTokens: 12,
    temperature: 1,
    seed: 2 ** 50 + 1,
  });
  assertEquals(new Set(rows.map(({ tokens }) => tokens.join())).size, 8);
  const { rows: [first] } = await tuned({ updates: 1 }, { seed: 20260101 });
  assert(first.norm! > 0);
});

Deno.test("a model without MLPs is tuned too, its distance from base aside", async () => {
  const plain = {
    model_type: "attention_only",
    vocab_size: 11,
    hidden_size: 16,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 32,
    positions: "rotary",
    norm: "rms",
    tie_word_embeddings: true,
    eos_token_id: 10,
  };
  const weights = training.initialWeights(families.architectureOf(plain), {
    seed: 4,
    deviation: 0.1,
  });
  const [learner, { model: base }] = [1, 2].map(() =>
    training.Learner.ofWeights(plain, tokenizer, weights)
  );
  const { rows: [row] } = await training.grpo({ learner, seed: 1 }, { ask, base }, {
    ...settings,
    updates: 1,
  });
  assertEquals([row["KL to base"] !== undefined, row["distance from base"]], [true, undefined]);
});

Deno.test("where no completion is better than another, nothing is learned", async () => {
  const same: training.AskPrompts = (place) =>
    ask(place).map(({ prompt }) => ({ prompt, earns: () => ({ total: 1 }) }));
  const { rows, learner } = await tuned({ updates: 2 }, {}, same);
  assertEquals(rows.map(({ norm, reward }) => [norm, reward]), [[0, 1], [0, 1]]);
  for (const [name, data] of weights) assertEquals(learner.weights.get(name), data);
  // With a term for the divergence too: from itself, the base has none.
  const held = await tuned({ updates: 2, kl: 1, microbatch: 1 }, {}, same);
  assertEquals(held.rows.map(({ norm }) => norm), [0, 0]);
});

Deno.test("minutes end a run early", async () => {
  const { steps } = await tuned({ updates: 1000 }, { minutes: 1e-6 });
  assertEquals(steps, 1);
});

Deno.test("what cannot be tuned is refused with the reason", async () => {
  const uneven: training.AskPrompts = (place) =>
    ask(place).map((one, i) => i ? one : { ...one, prompt: [1, 2, 3] });
  await assertRejects(() => tuned({}, {}, uneven), CircuitbookError, "with 3, 2 tokens");
  const few: training.AskPrompts = (place) => ask(place).slice(1);
  await assertRejects(
    () => tuned({}, {}, few),
    CircuitbookError,
    "Expected 3 prompts with the same number of tokens but found 2",
  );
  const unclear: training.AskPrompts = (place) =>
    ask(place).map(({ prompt }) => ({ prompt, earns: () => ({ total: 0 / 0 }) }));
  await assertRejects(
    () => tuned({}, {}, unclear),
    CircuitbookError,
    'as the reward ("total") but found NaN',
  );
  await assertRejects(() => tuned({ rollouts: 1 }), CircuitbookError, '"rollouts" of grpo');
  const learner = freshLearner();
  learner.lossGradients = () =>
    Promise.resolve({ loss: NaN, gradients: new Map(), logProbabilities: [] });
  await assertRejects(
    () => tuned({}, { learner }),
    CircuitbookError,
    "Expected a finite loss at update 1 but found NaN",
  );
});

Deno.test("a reward reads the text that a completion adds to its prompt, first space and end token included", async () => {
  // A model whose next token is always "▁there", with a tokenizer that drops the first space of
  // whatever it decodes.
  const model = await loadModel("tests/data/leading_space", { device: "cpu" });
  const seen: string[] = [];
  const prompt = model.tokenizer.encode("hi");
  const earns = (completion: string) => {
    seen.push(completion);
    return { total: 0 };
  };
  const sizes = { problems: 1, rollouts: 1, maxNewTokens: 2 } as training.GrpoSettings;
  await rollOut(model, () => [{ prompt, earns }], sizes, { seed: 1, update: 0 });
  assertEquals(seen, [" there there"]);
  await model.dispose();
});
