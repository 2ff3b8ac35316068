import { assert, assertEquals } from "@std/assert";
import { checkpoints, countdown, type Model, steering, verification } from "circuitbook";
import { tokenSpans } from "../../../lib/tasks/text/token_spans.ts";

/**
 * Small tokenizers that split texts as those of five families do; tests/data/task_tokenizers.py
 * makes them.
 */
const FAMILIES = ["llama2", "llama3", "qwen", "smollm2", "gemma"];

const problem = countdown.problem([11, 5, 68], 62);
const [chain] = countdown.chains([problem], { template: "tinyzero" });

for (const family of FAMILIES) {
  const tokenizer = await checkpoints.loadTokenizer(`tests/data/task_tokenizers/${family}`);

  /** The text of some positions of a row. */
  const textAt = (tokens: readonly number[], positions: readonly number[]) => {
    const text = tokenizer.decode(tokens);
    const spans = tokenSpans(text, tokenizer.pieces(tokens));
    return positions.map((at) => text.slice(spans[at].start, spans[at].end)).join("");
  };

  Deno.test(`${family}: the verdict's words are the tokens that follow " (" in a chain`, () => {
    const { right, wrong } = countdown.verdictStarts(tokenizer);
    const tokens = tokenizer.encode(chain.text);
    const attempts = countdown.attempts(
      tokenizer.decode(tokens),
      problem,
      tokenizer.pieces(tokens),
    );
    assert(attempts.length >= 2);
    for (const { verdict, tokens: at } of attempts) {
      assertEquals(at.verdict, at.open! + 1);
      assertEquals(tokens[at.verdict!], verdict === "this" ? right : wrong);
    }
  });

  Deno.test(`${family}: parts of an attempt and of the prompt are found by what they mean`, () => {
    const last = countdown.attempts(chain.text, problem).length - 1;
    const { tokens, positions } = countdown.alter(chain, tokenizer, { attempt: last });
    assertEquals(textAt(tokens, positions.digits).trim(), "62");
    assertEquals(textAt(tokens, positions.target).trim(), "62");
    assertEquals(positions.numbers.map((number) => textAt(tokens, number).trim()), [
      "11",
      "5",
      "68",
    ]);
    for (const copy of positions.copies) assertEquals(textAt(tokens, copy).trim(), "62");
    assertEquals(textAt(tokens, positions.equals).replaceAll(" ", "")[0], "=");
    assert(tokenizer.decode(tokens).endsWith(" ("));
    assertEquals(positions.open, tokens.length - 1);
  });

  Deno.test(`${family}: pairs of a right and a wrong result agree in their positions`, () => {
    const { pairs } = countdown.matchedPairs(tokenizer, { n: 4, seed: 3, template: "tinyzero" });
    for (const { correct, wrong, changed, positions } of pairs) {
      assertEquals(correct.length, wrong.length);
      const named = [...positions.target, ...positions.copies.flat()];
      assertEquals(changed.filter((at) => !named.includes(at)), []);
    }
  });

  Deno.test(`${family}: every second " (" is found, and so is where a result is judged`, () => {
    const tokens = tokenizer.encode(chain.completion);
    const model = { tokenizer } as Model;
    const context = (length: number) => ({
      tokens: tokens.slice(0, length),
      promptLength: 0,
      row: 0,
    });
    const lengths = tokens.map((_, i) => i + 1);
    const second = steering.everyNth(model, " (", 2);
    const held = lengths.filter((length) => second(context(length)));
    const opens = (length: number) =>
      tokenizer.decode(tokens.slice(0, length)).split(" (").length - 1;
    assertEquals(
      held,
      lengths.filter((length) => opens(length) % 2 === 0 && opens(length) > opens(length - 1)),
    );
    const judging = countdown.whileJudging(tokenizer);
    const judged = lengths.filter((length) => judging(context(length)));
    // By hand: from an "=" on, as long as no operator and no line break follows.
    const byText = lengths.filter((length) =>
      /=(?: ?-?\d*)(?: \((?:not|this)?[^\n]*)?$|=[^\n+*/-]*$/.test(
        tokenizer.decode(tokens.slice(0, length)),
      )
    );
    assertEquals(judged, byText);
  });

  Deno.test(`${family}: Yes and No are the tokens that follow the question`, () => {
    const { yes, no } = verification.answerStarts(tokenizer);
    const question = {
      numbers: [11, 5, 68],
      target: 62,
      attempt: "68 - 11 + 5 = 62",
      result: "62",
    };
    const asked = verification.prompts.full(question);
    const length = tokenizer.encode(asked).length;
    assertEquals(tokenizer.encode(`${asked} Yes`).slice(length), [yes]);
    assertEquals(tokenizer.encode(`${asked} No`).slice(length), [no]);
    const { tokens, positions } = verification.locate(question, tokenizer, "full");
    assertEquals(textAt(tokens, positions.target).replaceAll(" ", ""), "6262");
    assertEquals(textAt(tokens, positions.result).replaceAll(" ", ""), "6262");
  });
}
