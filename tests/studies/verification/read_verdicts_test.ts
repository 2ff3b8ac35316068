import { countdown, loadModel, normal, seededRandom, tables, Tensor } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "@std/assert";

const { tokenizer } = await loadModel("countdown-r1", { device: "cpu" });
const { pairs } = countdown.matchedPairs(tokenizer, { n: 240, seed: 3, order: "random" });
const { rows, opens, texts } = verificationStudy.probedTexts(tokenizer, pairs);
const numberOf = (tokens: readonly number[]) => Number(tokenizer.decode([...tokens]));

Deno.test("a probed text is at the parenthesis of its attempt, and holds the numbers of the attempt", () => {
  assertEquals(
    texts.map(({ row, open }) => [row, open]),
    opens.flatMap((own, row) => own.map((open) => [row, open])),
  );
  for (const { pair, kind, row, open, attempt, result, target } of texts) {
    assertEquals(tokenizer.decode([rows[row][open]]), " (");
    const [correct, wrong] = [pairs[pair].correct, pairs[pair].wrong];
    assertEquals(rows[row], kind === "wrong" ? wrong : correct);
    assertMatch(tokenizer.decode([...attempt]), new RegExp(`^ ?\\d.* = -?${numberOf(result)}$`));
    assertEquals(numberOf(result) === numberOf(target), kind === "right", `${kind} of ${pair}`);
    if (kind !== "wrong") assertEquals(numberOf(target), pairs[pair].problem.target);
  }
  const earlier = texts.filter(({ kind }) => kind === "earlier").map(({ pair }) => pair);
  assertEquals(earlier, [...pairs.keys()].filter((pair) => pairs[pair].index > 0));
});

Deno.test("the right and the wrong text of a pair have one attempt, so that its tokens say nothing", () => {
  const example = [...texts.keys()].filter((i) => texts[i].kind !== "earlier");
  const forms = verificationStudy.surfaceForms(example.map((i) => texts[i]));
  for (const [name, tensor] of Object.entries(forms)) {
    const same = [...pairs.keys()].every((pair) => {
      const [right, wrong] = [0, 1].map((i) => [...tensor.slice({ example: 2 * pair + i }).data]);
      return JSON.stringify(right) === JSON.stringify(wrong);
    });
    assertEquals(same, !name.includes("target"), name);
  }
});

/**
 * A stream with noise in layer 0, the digits of both numbers in layer 1, and the verdict in
 * layer 2.
 */
function plantedStream(): Tensor {
  const random = seededRandom(1);
  const size = 40;
  const digitOf = (tokens: readonly number[], place: number) =>
    Math.floor(numberOf(tokens) / 10 ** place) % 10;
  const zeros = () => new Array<number>(size).fill(0);
  const layers = [
    undefined,
    ({ result, target }: verificationStudy.ProbedText) =>
      [0, 1].flatMap((
        place,
      ) => [20 * place + digitOf(result, place), 20 * place + 10 + digitOf(target, place)]),
    ({ kind }: verificationStudy.ProbedText) => kind === "right" ? [0] : [],
  ];
  const values = layers.flatMap((ones) =>
    texts.flatMap((text) => {
      const own = zeros();
      for (const at of ones?.(text) ?? []) own[at]++;
      return ones ? own : own.map(() => normal(random));
    })
  );
  return new Tensor(Float32Array.from(values), { layer: 3, example: texts.length, d_model: size });
}

Deno.test("a layer with both numbers is read by MLPs alone, a layer with the verdict by all", async () => {
  const table = await verificationStudy.readVerdicts(tokenizer, plantedStream(), texts);
  const found = tables.rowsOf(table);
  const accuracy = (probe: string, layer: number, set = "matched pairs", read = "stream") => {
    const own = found.filter((row) =>
      row.split === "test" && row.probe === probe && row.layer === layer && row.set === set &&
      row.read === read
    );
    return own.filter(({ right }) => right).length / own.length;
  };
  assert(accuracy("MLP", 0) < 0.65 && accuracy("linear", 0) < 0.65);
  assert(accuracy("MLP", 1) > 0.9 && accuracy("linear", 1) < 0.65);
  assertEquals([accuracy("MLP", 2), accuracy("linear", 2)], [1, 1]);
  assertAlmostEquals(accuracy("MLP, shuffled labels", 1), 0.5, 0.15);
  assert(accuracy("linear", 1, "numbers", "result") > 0.95);
  assert(accuracy("linear", 0, "numbers", "target") < 0.65);
  assert(accuracy("MLP", 0, "matched pairs", "result and target") > 0.9);
  assertEquals(accuracy("linear", 0, "matched pairs", "bag of the attempt"), 0.5);

  const { aheadAt, linearAt, sentence } = verificationStudy.linearityOf(found);
  assertEquals([aheadAt, linearAt], [1, 2]);
  assertMatch(sentence, /^In layer 1.* Both numbers are at the \(, and are not compared yet\.$/);
});

Deno.test("test pairs train no probe, and too few pairs are refused", async () => {
  const labels = Array.from({ length: 40 }, (_, i) => i % 2 ? "this" : "not");
  const pairOf = labels.map((_, i) => i >> 1);
  // Each pair has a direction of its own: a probe can only read pairs that trained the probe.
  const values = Float32Array.from({ length: 40 * 20 }, (_, k) => {
    const [example, feature] = [Math.floor(k / 20), k % 20];
    return feature === pairOf[example] ? example % 2 || -1 : 0;
  });
  const activations = { 4: new Tensor(values, { example: 40, feature: 20 }) };
  const table = await verificationStudy.verdictReadings({ activations, labels, pairs: pairOf });
  const tested = tables.rowsOf(table).filter(({ split }) => split === "test");
  assertEquals(new Set(tested.map(({ pair }) => pair)), new Set([14, 15, 16, 17, 18, 19]));
  assertEquals(new Set(tested.map(({ probe }) => probe)), new Set(["linear", "MLP"]));
  assertNotEquals(tested.filter(({ right }) => right).length, tested.length);
  const few = { activations: { 0: new Tensor(new Float32Array(4), { example: 4, feature: 1 }) } };
  await assertRejects(
    () =>
      verificationStudy.verdictReadings({
        ...few,
        labels: labels.slice(0, 4),
        pairs: [0, 0, 1, 1],
      }),
    Error,
    "6 pairs",
  );
});
