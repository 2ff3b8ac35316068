import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { CircuitbookError, countdown, loadModel, recipes, seededRandom } from "circuitbook";

const [base, tuned] = await Promise.all(
  ["countdown-base", "countdown-r1"].map((name) => loadModel(name)),
);
const n = 2;
const seed = 3;
type Row = recipes.ScoreRow & { model: string; threshold: number | null; passes: boolean | null };
const table = (await recipes.twinScores(base, tuned, { n, seed }))
  .toRecords() as unknown as Row[];
const scoreOf = (model: string, score: string) =>
  table.find((row) => row.model === model && row.score === score)!;
const texts = (["fixed", "random"] as const)
  .flatMap((order) =>
    countdown.chains(countdown.heldOutProblems({ n, seed, order }), { order, seed })
  );

/** Every attempt with the text before its result, and up to its verdict. */
const cut = texts.flatMap(({ text, problem }) =>
  countdown.attempts(text, problem).map(({ spans, statesTarget }) => ({
    beforeResult: text.slice(0, spans.equals.at(-1)!.end),
    toVerdict: text.slice(0, spans.open!.end),
    result: text.slice(spans.equals.at(-1)!.end, spans.result.end),
    right: statesTarget,
  }))
);
const share = (holds: readonly boolean[]) => holds.filter(Boolean).length / holds.length;

for (const model of [base, tuned]) {
  const name = model === base ? "base" : "tuned";
  Deno.test(`verification of ${name}: this against not where a text cut before the verdict ends`, async () => {
    const words = ["this", "not"].map((word) => model.tokenizer.idOf(word));
    const holds = await Promise.all(cut.map(async ({ toVerdict, right }) => {
      const { logits } = await model.run(toVerdict, { logits: [-1] });
      return logits.data[words[0]] > logits.data[words[1]] === right;
    }));
    const { value, n: counted, threshold, passes } = scoreOf(name, "verification");
    assertEquals([value, counted, threshold, passes], [
      share(holds),
      cut.length,
      0.99,
      share(holds) >= 0.99,
    ]);
  });

  Deno.test(`arithmetic of ${name}: the results that it writes by itself after the last equals sign`, async () => {
    const { texts } = await model.generate(cut.map(({ beforeResult }) => beforeResult), {
      maxNewTokens: 8,
    });
    const holds = cut.map(({ result }, i) => new RegExp(`^${result}(?!\\d)`).test(texts[i]));
    assertEquals(scoreOf(name, "arithmetic").value, share(holds));
  });
}

for (const model of [base, tuned]) {
  const name = model === base ? "base" : "tuned";
  Deno.test(`narrow misses of ${name} are counted for each way, at first and at later attempts`, () => {
    const own = table.filter(({ model, score }) =>
      model === name && /^(rejects|accepts)/.test(score)
    );
    assertEquals(own.length, 2 * (countdown.MISSES.length + 1));
    assert(own.every((row) => row.n === n));
    assertEquals(new Set(own.map(({ threshold }) => threshold)), new Set([0.95, 0.97]));
  });
}

Deno.test("rejected results off by 1 are those after which not beats this, text by text", async () => {
  const words = ["this", "not"].map((word) => tuned.tokenizer.idOf(word));
  const random = seededRandom(seed);
  const first =
    countdown.MISSES.map((miss) =>
      Array.from({ length: n }, () => countdown.missedProblem(random, miss, countdown.heldOut))
    )[0];
  const holds = await Promise.all(first.map(async ({ problem, attempt }) => {
    const listed = `${problem.numbers.slice(0, -1).join(", ")}, and ${problem.numbers.at(-1)}`;
    const text = `${countdown.prompts.short(problem)} We have the numbers ${listed}. ` +
      `Let's try different combinations:\n- ${attempt.steps.join(" = ")} (`;
    const { logits } = await tuned.run(text, { logits: [-1] });
    return logits.data[words[0]] < logits.data[words[1]];
  }));
  assertEquals(scoreOf("tuned", "rejects results off by 1, first attempt").value, share(holds));
});

Deno.test("what is written greedily is scored as the answers of the texts say", async () => {
  const problems = (["fixed", "random"] as const)
    .flatMap((order) => countdown.heldOutProblems({ n: n / 2, seed, order }));
  const { texts: written } = await tuned.generate(problems.map(countdown.prompts.short), {
    maxNewTokens: 300,
  });
  const right = written.map((text, i) => countdown.score(text, problems[i]).correct);
  assertEquals(scoreOf("tuned", "right answers, greedy").value, share(right));
  assertEquals(
    scoreOf("tuned", "right answers, greedy, random order").value,
    share(right.slice(n / 2)),
  );
  const verdicts = written.flatMap((text, i) =>
    (text.match(/^- .*\n/gm) ?? []).map((line) =>
      line.endsWith(" (this works)\n") || line.endsWith(` (not ${problems[i].target})\n`)
    )
  );
  assertEquals(scoreOf("tuned", "canonical verdicts, greedy").value, share(verdicts));
});

Deno.test("the cosine to base is the mean over all value vectors", async () => {
  let sum = 0;
  let count = 0;
  const byLayer: number[] = [];
  for (let layer = 0; layer < 8; layer++) {
    const { weight } = base.architecture.weights.layer(layer).down!;
    const [a, b] = await Promise.all([base.weight(weight), tuned.weight(weight)]);
    const [rows, columns] = a.shape;
    let own = 0;
    for (let neuron = 0; neuron < columns; neuron++) {
      let ab = 0;
      let aa = 0;
      let bb = 0;
      for (let row = 0; row < rows; row++) {
        const x = a.data[row * columns + neuron];
        const y = b.data[row * columns + neuron];
        [ab, aa, bb] = [ab + x * y, aa + x * x, bb + y * y];
      }
      own += ab / Math.sqrt(aa * bb);
    }
    byLayer.push(own / columns);
    [sum, count] = [sum + own, count + columns];
  }
  assertAlmostEquals(scoreOf("tuned", "cosine to base").value, sum / count, 1e-6);
  assertAlmostEquals(
    scoreOf("tuned", "cosine to base, lowest layer").value,
    Math.min(...byLayer),
    1e-6,
  );
});

Deno.test("the lens shows synonyms of the verdict in r1 more often than those of the other at wrong attempts", () => {
  const [own, other] = ["wrong", "right"].map((word) =>
    scoreOf("tuned", `synonyms of ${word} in the lens, wrong attempts`).value
  );
  assert(own > 0.5 && other < own);
});

Deno.test("intervals hold the value, and leave doubt where all cases are alike", () => {
  for (const { score, value, low, high, n } of table) {
    assert(low <= value && value <= high && n > 0, score);
    if (!score.startsWith("cosine")) assert(high - low > 0, score);
  }
});

Deno.test("held-out problems are held out, and options are checked", async () => {
  const problems = countdown.heldOutProblems({ n: 30, seed: 2, order: "random" });
  assertEquals(problems.length, 30);
  assert(problems.every(({ numbers }) => countdown.heldOut(numbers)));
  assertEquals(countdown.heldOutProblems({ n: 0 }), []);
  await assertRejects(
    () => recipes.modelScores(tuned, { n: 0 }),
    CircuitbookError,
    '"n" of modelScores',
  );
});
