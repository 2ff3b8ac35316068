import { assert, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { checkpoints, CircuitbookError, countdown } from "circuitbook";

const tokenizer = await checkpoints.loadTokenizer(
  fromFileUrl(new URL("../../../../data/models/countdown-r1", import.meta.url)),
);
const [chain] = countdown.chains([countdown.problem([5, 9, 20], 24)]);
const told = "User: Using the numbers [5, 9, 20], create an equation that equals 24.\n" +
  "Assistant: Let me solve this step by step.\n<think> We have the numbers 5, 9, and 20. Let's try different combinations:\n";
const said = (positions: readonly number[], tokens: readonly number[]) =>
  tokenizer.decode(positions.map((position) => tokens[position]));

Deno.test("a text that is only cut ends right after the parenthesis", () => {
  const { text, tokens, positions, ...rest } = countdown.alter(chain, tokenizer, { attempt: 2 });
  const written = told +
    "- 20 - 9 - 5 = 11 - 5 = 6 (not 24)\n- 20 - 9 + 5 = 11 + 5 = 16 (not 24)\n- 20 + 9 - 5 = 29 - 5 = 24 (";
  assertEquals([text, tokenizer.decode(tokens)], [written, written]);
  assertEquals(rest, {
    index: 2,
    expression: "20 + 9 - 5",
    stated: 24,
    statesTruth: true,
    expected: { prompt: "right", copies: "right", arithmetic: "right" },
  });
  assertEquals(positions.open, tokens.length - 1);
  assertEquals(
    [positions.target, ...positions.copies, positions.digits].map((at) => said(at, tokens)),
    [
      "24",
      "24",
      "24",
      "24",
    ],
  );
  assertEquals(positions.numbers.map((at) => said(at, tokens)), ["5", "9", "20"]);
  assertEquals(positions.equals.map((at) => said([at], tokens)), [" =", " ="]);
});

Deno.test("each number is replaced where it is asked for, and nowhere else", () => {
  const line = "- 20 - 9 - 5 = 11 - 5 = 6 (not 24)\n- 20 - 9 + 5 = 11 + 5 = 16 (";
  const altered = (change: Omit<countdown.Alteration, "attempt">) =>
    countdown.alter(chain, tokenizer, { attempt: 1, ...change });
  assertEquals(altered({ result: 24 }).text, told + line.replace("16 (", "24 ("));
  assertEquals(altered({ target: 57 }).text, told.replace("24", "57") + line);
  assertEquals(altered({ copies: 57 }).text, told + line.replace("24", "57"));
  assertEquals(altered({ target: null }).text, told.replace(" 24", "") + line);
  assertEquals(altered({ copies: null }).text, told + line.replace(" 24", ""));
  assertEquals(altered({ number: [1, 8] }).text, told.replace("9", "8") + line);
  assertEquals(altered({ number: [1, null] }).text, told.replace("[5, 9, 20]", "[5, 20]") + line);
  assertEquals(altered({ number: [2, null] }).text, told.replace("[5, 9, 20]", "[5, 9]") + line);
  assertEquals(altered({ keep: 0 }).text, told + line.split("\n")[1]);
});

Deno.test("what the verdict should be depends on what it goes by", () => {
  const expected = (change: countdown.Alteration) =>
    countdown.alter(chain, tokenizer, change).expected;
  assertEquals(expected({ attempt: 1, result: 24 }), {
    prompt: "right",
    copies: "right",
    arithmetic: "wrong",
  });
  assertEquals(expected({ attempt: 2, result: 25 }), {
    prompt: "wrong",
    copies: "wrong",
    arithmetic: "right",
  });
  assertEquals(expected({ attempt: 2, target: 57 }), {
    prompt: "wrong",
    copies: "right",
    arithmetic: "right",
  });
  assertEquals(expected({ attempt: 1, target: 16 }), {
    prompt: "right",
    copies: "wrong",
    arithmetic: "wrong",
  });
  assertEquals(expected({ attempt: 2, target: null }), {
    prompt: undefined,
    copies: "right",
    arithmetic: "right",
  });
  assertEquals(expected({ attempt: 2, keep: 0 }), {
    prompt: "right",
    copies: undefined,
    arithmetic: "right",
  });
});

Deno.test("positions follow what was taken out", () => {
  const { tokens, positions } = countdown.alter(chain, tokenizer, {
    attempt: 2,
    target: null,
    number: [0, null],
    keep: 1,
  });
  assertEquals(positions.target, []);
  assertEquals(positions.copies.map((at) => said(at, tokens)), ["24"]);
  assertEquals(positions.numbers.map((at) => said(at, tokens)), ["9", "20"]);
  assertEquals(said([...positions.digits, positions.open], tokens), "24 (");
});

Deno.test("a text with TinyZero's prompt keeps the example answer in it", () => {
  const [long] = countdown.chains([countdown.problem([5, 9, 20], 24)], { template: "tinyzero" });
  const { text } = countdown.alter(long, tokenizer, { attempt: 1, target: 57, copies: 58 });
  assert(
    text.includes("create an equation that equals 57. You can use") &&
      text.includes("<answer> (1 + 2) / 3 </answer>"),
  );
  assert(text.endsWith("= 6 (not 58)\n- 20 - 9 + 5 = 11 + 5 = 16 ("));
});

Deno.test("what is not in the text is refused with what to do", () => {
  const altered = (change: countdown.Alteration) => () => countdown.alter(chain, tokenizer, change);
  assertThrows(altered({ attempt: 3 }), CircuitbookError, "Expected an attempt 3 with");
  assertThrows(
    altered({ attempt: 1, number: [3, 8] }),
    CircuitbookError,
    "Expected a number from 0 to 2 but found 3",
  );
  assertThrows(
    altered({ attempt: 1, keep: 2 }),
    CircuitbookError,
    "Expected to keep 0 to 1 earlier attempts but found 2",
  );
  assertThrows(altered({ attempt: 1, results: 3 } as never), CircuitbookError, 'nearest: "result"');
});

Deno.test("a tokenizer that joins the parenthesis and the verdict is refused", () => {
  const joined = {
    encode: (text: string) =>
      [...text.matchAll(/ \(\w+|[^(]/gs)].map(([piece]) => piece).map((piece) =>
        pieces.push(piece) - 1
      ),
    decode: (ids: readonly number[]) => ids.map((id) => pieces[id]).join(""),
    pieces: (ids: readonly number[]) => ids.map((id) => pieces[id]),
  };
  const pieces: string[] = [];
  assertThrows(
    () => countdown.alter(chain, joined, { attempt: 2 }),
    CircuitbookError,
    "to be a token of its own",
  );
});
