import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { checkpoints, countdown, recipes } from "circuitbook";

const tokenizer = await checkpoints.loadTokenizer("data/models/countdown-base");
const { countdownBase, countdownR1, propertyBase, propertyR1 } = recipes;

Deno.test("the recipes make models of the embedded ones' shape", async () => {
  for (const { name, config } of [countdownBase, countdownR1, propertyBase, propertyR1]) {
    assertEquals(config, JSON.parse(await Deno.readTextFile(`data/models/${name}/config.json`)));
  }
});

Deno.test("the base learns from the corpus, in four phases, other texts in each", () => {
  const [first, last, misses, every] = countdownBase.phases!.map(({ documents }) =>
    documents({ seed: 1, block: 3 })
  );
  const text = (document: typeof first[number]) =>
    "text" in document ? document.text : document.tokens.join(" ");
  assertEquals(first, countdownBase.phases![0].documents({ seed: 1, block: 3 }));
  assertNotEquals(first, countdownBase.phases![0].documents({ seed: 1, block: 4 }));
  assertNotEquals(first, countdownBase.phases![0].documents({ seed: 2, block: 3 }));
  const known = new Set(first.map(text));
  for (const other of [last, misses, every]) {
    assertEquals(other.filter((document) => known.has(text(document))).length, 0);
  }
  // The last phases also have texts that repeat random tokens.
  const sizes = [first, last, misses, every].map(({ length }) => length);
  assertEquals(sizes, [1024, 1024, 1024 + 96, 1024 + 2048]);
});

Deno.test("the adapter of word problems learns what follows their prompts, and whole countdown texts", () => {
  const [{ documents }] = recipes.smollm2WordProblems.phases!;
  const texts = documents({ seed: 1, block: 2 });
  assertEquals(texts, documents({ seed: 1, block: 2 }));
  assertNotEquals(texts, documents({ seed: 1, block: 3 }));
  let words = 0;
  for (const document of texts) {
    if (!("text" in document)) throw new Error("Expected texts.");
    assert(document.text.endsWith("<|im_end|>"));
    const { text, learned } = document;
    if (!learned) {
      assert(text.startsWith("User: Using the numbers ["), text);
      continue;
    }
    words++;
    const [{ start, end }] = learned;
    assertEquals([learned.length, end], [1, text.length]);
    assert(text.slice(0, start).endsWith("\nAssistant: Let me solve this step by step.\n<think>"));
    assert(text.slice(start).includes("</think>\n\n\\boxed{"));
  }
  assertEquals([words, texts.length], [160, 256]);
});

Deno.test("the base is validated with texts over numbers that it does not learn from", () => {
  for (const document of countdownBase.validation!.documents()) {
    const [, numbers] = ("text" in document ? document.text : "").match(/\[([\d, ]+)\]/) ?? [];
    if (numbers) assert(countdown.heldOut(numbers.split(", ").map(Number)), numbers);
  }
});

Deno.test("an update asks problems of both orders, of equally many tokens, none held out, the same for the same seed", () => {
  const updates = Array.from(
    { length: 30 },
    (_, update) => countdown.tuningPrompts(tokenizer, { seed: 1, update, count: 16 }),
  );
  assertEquals(countdown.tuningPrompts(tokenizer, { seed: 1, update: 7, count: 16 }), updates[7]);
  assertNotEquals(
    countdown.tuningPrompts(tokenizer, { seed: 2, update: 7, count: 16 }),
    updates[7],
  );
  for (const prompts of updates) {
    assertEquals(new Set(prompts.map(({ tokens }) => tokens.length)).size, 1);
  }
  const all = updates.flat();
  assertEquals(new Set(all.map(({ problem }) => problem.id)).size, all.length);
  assert(all.every(({ problem }) => !countdown.heldOut(problem.numbers)));
  for (const { problem, tokens } of all) {
    assertEquals(tokenizer.decode(tokens), countdown.prompts.short(problem));
    assert(countdown.score(`<answer> ${problem.solution} </answer>`, problem).correct);
  }
  // Fixed-order solutions begin with the largest number and have no product: about a third of the
  // random ones do so too.
  const like = all.filter(({ problem: { numbers, solution } }) =>
    solution!.startsWith(`${Math.max(...numbers)} `) && !/[*/]/.test(solution!)
  );
  assertAlmostEquals(like.length / all.length, 0.65, 0.12);
});

Deno.test("the base of the property task learns both tasks, over numbers that are not held out", () => {
  const documents = propertyBase.phases![0].documents({ seed: 1, block: 2 });
  const texts = documents.flatMap((document) => "text" in document ? [document.text] : []);
  const asked = texts.map((text) => text.match(/create an equation that equals (\d+|a \w+)/)?.[1]);
  assertEquals(asked.filter((goal) => goal?.startsWith("a ")).length, 640);
  assert(asked.filter((goal) => Number(goal) > 0).length > 200);
  assertEquals(documents.length - texts.length, 64);
  for (const text of texts) {
    const [, numbers] = text.match(/\[([\d, ]+)\]/) ?? [];
    if (numbers) assert(!countdown.heldOut(numbers.split(", ").map(Number)), numbers);
  }
});
