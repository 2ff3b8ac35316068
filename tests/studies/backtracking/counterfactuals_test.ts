import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, countdown, loadModel, tables } from "circuitbook";
import * as backtracking from "circuitbook/studies/backtracking";

const model = await loadModel("countdown-r1");
const { tokenizer } = model;
const chains = countdown.chains(countdown.problems({ n: 12, seed: 21 }));
const made = (
  changes: backtracking.Change[],
  options: Partial<backtracking.CounterfactualOptions> = {},
) => backtracking.counterfactuals(chains, tokenizer, { changes, ...options });

/** Reads a cut text without the library's parser. */
function read(text: string) {
  const prompt = text.match(/numbers \[([^\]]*)\], create an equation that equals ?(\d*)/)!;
  return {
    numbers: prompt[1].split(", ").map(Number),
    target: prompt[2] ? Number(prompt[2]) : undefined,
    copies: [...text.matchAll(/\(not ?(\d*)\)/g)].map(([, copy]) =>
      copy ? Number(copy) : undefined
    ),
    stated: Number(text.match(/= (-?\d+) \($/)![1]),
    lines: text.match(/^- .*/gm)!,
  };
}
const originals = made(["nothing"]);
const before = ({ row, attempt }: backtracking.Counterfactual) =>
  read(originals.find((one) => one.row === row && one.attempt === attempt)!.text);

Deno.test("unchanged texts are the chains, cut after each parenthesis", () => {
  assertEquals(
    originals.length,
    chains.reduce((sum, { text }) => sum + text.match(/^- /gm)!.length, 0),
  );
  for (const { text, row, problem, attempt, index, right } of originals) {
    assert(chains[row].text.startsWith(text) && text.endsWith(" ("));
    assertEquals([problem, index], [chains[row].problem.id, attempt]);
    assertEquals(right, chains[row].text.slice(text.length).startsWith("this"));
    assertEquals(text.match(/^- /gm)!.length, attempt + 1);
  }
});

Deno.test("each change touches what it names, and nothing else", () => {
  const results = new Map(originals.map((one) => [one.row, new Set<number>()]));
  originals.forEach((one) => results.get(one.row)!.add(read(one.text).stated));
  const isOther = (value: number | undefined, { row }: backtracking.Counterfactual) =>
    value !== undefined && `${value}`.length === `${chains[row].problem.target}`.length &&
    [...`${value}`].every((digit, i) => digit !== `${chains[row].problem.target}`[i]) &&
    ![...chains[row].problem.numbers, ...results.get(row)!].includes(value);
  const expected: Record<
    string,
    (one: backtracking.Counterfactual) => Partial<ReturnType<typeof read>>
  > = {
    "result: the target": (one) => ({ stated: chains[one.row].problem.target }),
    "prompt: no target": () => ({ target: undefined }),
    "verdicts: no target": (one) => ({ copies: before(one).copies.map(() => undefined) }),
    "both: no target": (one) => ({
      target: undefined,
      copies: before(one).copies.map(() => undefined),
    }),
    "prompt: the result": (one) => ({ target: before(one).stated }),
    "verdicts: the result": (one) => ({ copies: before(one).copies.map(() => before(one).stated) }),
    "both: the result": (one) => ({
      target: before(one).stated,
      copies: before(one).copies.map(() => before(one).stated),
    }),
  };
  for (const [change, parts] of Object.entries(expected)) {
    const texts = made([change as backtracking.Change]);
    assert(texts.length > 3, change);
    for (const one of texts) {
      assertEquals({ ...read(one.text), lines: [] }, { ...before(one), ...parts(one), lines: [] });
    }
  }
  for (const one of made(["result: another"])) assert(isOther(read(one.text).stated, one));
  for (const one of made(["both: another target"])) {
    const { target, copies } = read(one.text);
    assert(isOther(target, one) && copies.every((copy) => copy === target));
    assertEquals(read(one.text).stated, before(one).stated);
  }
  for (const one of made(["prompt: another number"])) {
    const changed = read(one.text).numbers.filter((number, i) => number !== before(one).numbers[i]);
    assert(changed.length === 1 && isOther(changed[0], one));
  }
  for (const one of made(["prompt: one number less"])) {
    assertEquals(read(one.text).numbers.length, before(one).numbers.length - 1);
  }
});

Deno.test("another first or last digit is the target but for that digit", () => {
  for (
    const [change, place] of [["result: another first digit", 0], [
      "result: another last digit",
      1,
    ]] as const
  ) {
    const texts = made([change]).filter(({ target }) => target > 9);
    for (const { text, target } of texts) {
      const [was, is] = [`${target}`, `${read(text).stated}`.padStart(2, "0")];
      assert(is[place] !== was[place] && is[1 - place] === was[1 - place], `${is} for ${was}`);
    }
    assertEquals(new Set(texts.map(({ right }) => right)).size, 2);
  }
});

Deno.test("a result off the target goes both ways, and has as many digits, whether the attempt was right or wrong", () => {
  const texts = made(["result: 1 off the target", "result: 10 off the target"]);
  const off = texts.map((one) =>
    `${one.right} ${read(one.text).stated - chains[one.row].problem.target}`
  );
  assertEquals([...new Set(off)].sort(), [
    "false -1",
    "false -10",
    "false 1",
    "false 10",
    "true -1",
    "true -10",
    "true 1",
    "true 10",
  ]);
  for (const one of texts) {
    assertEquals(`${read(one.text).stated}`.length, `${chains[one.row].problem.target}`.length);
  }
});

Deno.test("changes that do not apply make no text, and `attempts` and `keep` choose", () => {
  assert(made(["result: the target", "prompt: the result"]).every(({ right }) => !right));
  assert(made(["verdicts: no target"]).every(({ attempt }) => attempt > 0));
  const late = made(["nothing"], { attempts: [3], keep: [0, 2, 5] });
  assert(late.length > 0 && late.every(({ attempt }) => attempt === 3));
  assertEquals(late.slice(0, 2).map(({ text }) => read(text).lines.length), [1, 3]);
  assertEquals(late[0].text.split("\n").at(-1), late[1].text.split("\n").at(-1));
  assertThrows(() => made(["result: 1 of target" as never]), CircuitbookError, "1 off the target");
});

Deno.test("what chance decides is the same for all changes of an attempt, and whatever else is asked for", () => {
  const [alone] = made(["result: another"]);
  const both = made(["prompt: another target", "result: another"]);
  assertEquals(both[1], alone);
  assertEquals(read(both[0].text).target, read(alone.text).stated);
  const chosen = made(["result: another"], { attempts: [1] });
  assertEquals(chosen[0], made(["result: another"]).find(({ attempt }) => attempt === 1));
});

Deno.test("verdicts are the most probable next tokens, with their probabilities", async () => {
  const texts = made(["nothing", "result: the target"], { attempts: [0, 1] });
  const table = await backtracking.verdictsOf(model, texts);
  const written = await model.generate(texts.map(({ tokens }) => tokens), { maxNewTokens: 1 });
  assertEquals(
    table.getColumn("verdict").toArray(),
    written.texts.map((text) => ["this", "not"].includes(text) ? text : "other"),
  );
  const { logits } = await model.run(texts[3].text, { logits: [-1] });
  const [right, wrong] = ["this", "not"].map((word) => Math.exp(logits.data[tokenizer.idOf(word)]));
  const total = logits.data.reduce((sum, value) => sum + Math.exp(value), 0);
  const row = tables.numberRows(table)[3];
  assertAlmostEquals(row["P(this)"], right / total, 1e-4);
  assertAlmostEquals(row["P(not)"], wrong / total, 1e-4);
  assertAlmostEquals(row.margin, Math.log(right / wrong), 1e-3);
  const [answer, against] = countdown.verdictMargin(tokenizer).logitDifference.map(Number);
  assertAlmostEquals(logits.data[answer] - logits.data[against], row.margin, 1e-3);
  assertEquals(table.getColumn("right").toArray(), texts.map(({ right }) => right));
  assertEquals(
    table.getColumn("off").toArray(),
    texts.map(({ text, row: chain }) => Math.abs(read(text).stated - chains[chain].problem.target)),
  );
});
