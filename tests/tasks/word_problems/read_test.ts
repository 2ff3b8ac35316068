import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CircuitbookError, wordProblems } from "circuitbook";

const own = { id: "a1", question: "Half of 48?", chain: "48 / 2 = 24.\nSo 24.", answer: "24" };
const gsm8k = {
  question: "A shop sold 48 clips in April and half as many in May. How many in all?",
  answer:
    "In May it sold 48/2 = <<48/2=24>>24 clips.\nIn all it sold 48+24 = <<48+24=1072>>1,072 clips.\n#### 1,072",
};
const lines = (...items: unknown[]) =>
  items.map((item) => typeof item === "string" ? item : JSON.stringify(item)).join("\n");

async function withFile(text: string, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  try {
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("problems with their own chain, and GSM8K's, are read from one file; empty lines and a byte order mark do not count", () => {
  const { problems, bad } = wordProblems.parse(`\uFEFF${lines(own, "", gsm8k)}\r\n\r\n`);
  assertEquals(bad, []);
  assertEquals(problems[0], { ...own, calculations: [] });
  assertEquals(problems[1], {
    id: "line 3",
    question: gsm8k.question,
    chain: "In May it sold 48/2 = 24 clips.\nIn all it sold 48+24 = 1,072 clips.",
    answer: "1072",
    calculations: [{ expression: "48/2", result: "24" }, { expression: "48+24", result: "1072" }],
  });
});

Deno.test("answers lose their signs: thousands, currency, per cent; minus and decimals stay", () => {
  const answers = ["$1,080", " 35%", "-7", "2.50", "24.", "€ 3"].map((answer) => ({
    ...own,
    answer,
  }));
  const { problems, bad } = wordProblems.parse(lines(...answers, { ...own, answer: 12 }));
  assertEquals(bad, []);
  assertEquals(problems.map(({ answer }) => answer), ["1080", "35", "-7", "2.5", "24", "3", "12"]);
});

Deno.test("each bad line is named with what was expected and found, and good lines are kept beside them", () => {
  const { problems, bad } = wordProblems.parse(lines(
    own,
    '{"question": "cut o',
    { question: "Who?" },
    { ...gsm8k, answer: "24 clips" },
    { ...gsm8k, answer: "24 clips\n#### many" },
    { ...gsm8k, answer: "24 <<48/2 clips\n#### 24" },
    { ...own, question: " " },
    { ...own, answer: "24 or 25" },
    { ...own, answer: ["24"] },
    "[1]",
    gsm8k,
  ));
  assertEquals(problems.map(({ id }) => id), ["a1", "line 11"]);
  assertEquals(bad.map(({ line }) => line), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const parts = [
    ["JSON", "cut o"],
    ['"answer" to be a text', "nothing"],
    ['"#### N"', "0", "24 clips"],
    ['"####"', '"many"'],
    ["<<48/2=24>>", "<<48/2 clips"],
    ['"question" not to be empty', '" "'],
    ['one number as "answer"', '"24 or 25"'],
    ['"answer" to be a text or a number', '["24"]'],
    ["a line to be an object", "[1]"],
  ];
  parts.forEach((expected, i) => {
    for (const part of expected) assertStringIncludes(bad[i].reason, part);
    assertStringIncludes(bad[i].reason, "but found");
  });
});

Deno.test("a file with bad lines is refused with all of them, or read without them", async () => {
  await withFile(lines("nonsense", own, { question: 3 }), async (path) => {
    const error = await assertRejects(
      () => wordProblems.read(path),
      CircuitbookError,
      "found 2 bad lines",
    );
    for (
      const part of [
        "beside 1 good",
        "line 1: Expected JSON",
        'line 3: Expected "question"',
        "skipBad",
      ]
    ) {
      assertStringIncludes(error.message, part);
    }
    assertEquals((await wordProblems.read(path, { skipBad: true })).map(({ id }) => id), ["a1"]);
  });
});

Deno.test("of very many bad lines the first twenty are told, and how many more there are", async () => {
  await withFile("no\n".repeat(25), async (path) => {
    const error = await assertRejects(
      () => wordProblems.read(path),
      CircuitbookError,
      "and 5 more lines",
    );
    assertEquals(error.message.match(/line \d+:/g)?.length, 20);
    await assertRejects(
      () => wordProblems.read(path, { skipBad: true }),
      CircuitbookError,
      "found none",
    );
  });
});

Deno.test("a file that is not there is named", async () => {
  await assertRejects(() => wordProblems.read("nowhere.jsonl"), CircuitbookError, "nowhere.jsonl");
});
