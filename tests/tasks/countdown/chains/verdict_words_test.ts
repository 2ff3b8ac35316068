import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { checkpoints, countdown } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";
import pl from "nodejs-polars";
import { glossary } from "../../../../lib/studies/verification/glossary.ts";

const tokenizer = await checkpoints.loadTokenizer(
  fromFileUrl(new URL("../../../../data/models/countdown-r1", import.meta.url)),
);
/** A tokenizer of ordinary text, as far as these words go. */
const ordinary = {
  idOf(text: string): number {
    if (/^ ?[A-Za-z]+$/.test(text)) return text.length;
    throw new Error("several tokens");
  },
};

Deno.test("the template goes by the vocabulary: short for the embedded models, TinyZero's for others", () => {
  assertEquals(countdown.templateFor(tokenizer), "short");
  assertEquals(countdown.templateFor(ordinary), "tinyzero");
});

Deno.test("a model of ordinary text whose chat template writes the short prompt learned that prompt", async () => {
  const folder = await Deno.makeTempDir();
  const source = fromFileUrl(new URL("../../../../data/models/countdown-r1", import.meta.url));
  await Deno.copyFile(`${source}/tokenizer.json`, `${folder}/tokenizer.json`);
  await Deno.writeTextFile(`${folder}/chat_template.jinja`, countdown.SHORT_CHAT_TEMPLATE);
  const learned = await checkpoints.loadTokenizer(folder);
  const content = "Using the numbers [11, 5], create an equation that equals 16.";
  assertEquals(
    learned.chat([{ role: "user", content }]),
    countdown.prompts.short(countdown.problem([11, 5], 16)),
  );
  const { chatTemplate } = learned;
  assertEquals(countdown.templateFor({ ...ordinary, chatTemplate }), "short");
  assertEquals(
    countdown.templateFor({ ...ordinary, chatTemplate: `${chatTemplate} ` }),
    "tinyzero",
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("synonyms are kept where they are one token, and none means both right and wrong", () => {
  const { right, wrong } = countdown.synonymTokens(tokenizer);
  assert(
    [...right, ...wrong].every((id) => tokenizer.encode(tokenizer.pieces([id])[0]).length === 1),
  );
  assertEquals(right.filter((id) => wrong.includes(id)), []);
  for (const word of ["correct", " Yes", "成功"]) {
    assert(right.includes(tokenizer.idOf(word)), word);
  }
  for (const word of ["invalid", " Nope", "错误"]) {
    assert(wrong.includes(tokenizer.idOf(word)), word);
  }
  assertThrows(() => tokenizer.idOf(" 成功"));
});

Deno.test("verdicts begin with a synonym or with their own first word, which is no synonym", () => {
  const begin = countdown.verdictTokens(tokenizer);
  const synonyms = countdown.synonymTokens(tokenizer);
  for (const [kind, word] of [["right", "this"], ["wrong", "not"]] as const) {
    const id = tokenizer.idOf(word);
    assertEquals([begin[kind].includes(id), synonyms[kind].includes(id)], [true, false]);
  }
});

Deno.test("the glossary knows every Chinese word of the embedded vocabulary, and parts of characters are called so", () => {
  const pieces = tokenizer.pieces(Array.from({ length: tokenizer.vocabSize }, (_, id) => id));
  const chinese = pieces.filter((piece) => /^ ?\p{Script=Han}+$/u.test(piece));
  assert(chinese.length >= 6);
  assertEquals(chinese.filter((piece) => !verificationStudy.english(piece)), []);
  assertEquals([
    verificationStudy.english("正<0xE7>"),
    verificationStudy.english(" works"),
    verificationStudy.english("绝不"),
  ], [
    "part of a character",
    "",
    "absolutely not",
  ]);
  assertEquals([...glossary.values()].filter((meaning) => !meaning.trim()), []);
  assertEquals(verificationStudy.withEnglish(pl.DataFrame({ token: ["没错", "ok"] })).toRecords(), [
    { token: "没错", english: "that's right" },
    { token: "ok", english: "" },
  ]);
});

Deno.test("what a chain does next is seen from its next line", () => {
  const outcomes = {
    " exactly!\nSo the equation that equals 68 is: 60 + 62 - 34 + 12\n</think>": "answers",
    "! Yes, we got it! 87 - 38 + 3 = 49 + 3 = 52.\n</think>\n<answer> 87 - 38 + 3 </answer>":
      "answers",
    "! Indeed, 90 - 30 = 60\n\nSo, let's try another combination:\n- 90 - 30 - 27 = 33":
      "tries again",
    "not 46)\n- 87": "tries again",
    "not 46)\n(87 - 3) * 38": "tries again",
    "this works)\nSo, the equation": "unclear",
  };
  for (const [text, expected] of Object.entries(outcomes)) {
    assertEquals(countdown.outcome(text), expected, text);
  }
});
