import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertThrows,
} from "@std/assert";
import { checkpoints, CircuitbookError, countdown, property } from "circuitbook";
import { fromFileUrl } from "@std/path";

const tokenizer = await checkpoints.loadTokenizer(
  fromFileUrl(new URL("../../../data/models/countdown-base", import.meta.url)),
);

/** The numbers that have each property, written out. */
// deno-fmt-ignore
const KNOWN: Record<property.Property, number[]> = {
  multiple: [21, 28, 35, 42, 49, 56],
  prime: [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97],
};

/**
 * Reads the attempts of a text without the library's parser: the value of each expression, the
 * result, and the verdict.
 */
function read(text: string) {
  return [...text.matchAll(/^- ([^=\n]+) = [^\n]*?(-?\d+)(?: \(|[.,] ?|。)([^)\n]*)/gm)].map(
    ([, expression, stated, verdict]) => ({
      value: new Function(`return ${expression}`)() as number,
      stated: Number(stated),
      verdict,
    }),
  );
}

for (const asked of property.PROPERTIES) {
  Deno.test(`${asked}: the numbers that have the property are the known ones`, () => {
    const found = Array.from({ length: 400 }, (_, i) => i - 150).filter((value) =>
      property.hasProperty(value, asked)
    );
    assertEquals(found, KNOWN[asked]);
    assertEquals(property.hasProperty(21.5, asked), false);
  });

  Deno.test(`${asked}: neighbours and lookalikes lack the property`, () => {
    for (let value = -50; value < 250; value++) {
      for (const lure of ["neighbour", "lookalike"] as const) {
        if (!property.isLure(value, asked, lure)) continue;
        assert(!KNOWN[asked].includes(value), `${value}`);
        if (lure === "neighbour") {
          assert(KNOWN[asked].some((known) => Math.abs(known - value) <= 2), `${value}`);
        }
      }
    }
    const lookalikes = asked === "multiple" ? [7, 14, 63, 98] : [9, 51, 91, 101, 103];
    assert(lookalikes.every((value) => property.isLure(value, asked, "lookalike")));
  });

  Deno.test(`${asked}: worked chains are true, and end with the only attempt that has the property`, () => {
    const problems = property.problems({ n: 60, seed: 4, property: asked });
    assertEquals(new Set(problems.map(({ id }) => id)).size, 60);
    for (const { problem, text } of property.chains(problems, { seed: 2 })) {
      assert(countdown.heldOut(problem.numbers));
      const tried = read(text);
      const right = tried.map(({ value }) => KNOWN[asked].includes(value));
      assertEquals(right.indexOf(true), tried.length - 1);
      for (const [i, { value, stated, verdict }] of tried.entries()) {
        assertEquals([stated, verdict], [value, right[i] ? "this works" : "not it"]);
      }
      assert(property.score(text, problem).correct);
    }
  });
}

Deno.test("about half of the wrong results are easily mistaken", () => {
  const wrong = property.chains(property.problems({ n: 300, seed: 9 })).flatMap((
    { problem, text },
  ) => read(text).slice(0, -1).map(({ value }) => ({ value, asked: problem.property })));
  const lures = wrong.filter(({ value, asked }) =>
    property.isLure(value, asked, "neighbour") || property.isLure(value, asked, "lookalike")
  );
  assert(lures.length > wrong.length / 2 && lures.length < 0.9 * wrong.length);
});

Deno.test("attempts say whether the stated result and the true value have the property", () => {
  const problem = {
    id: "13,40=prime",
    numbers: [40, 13],
    property: "prime",
    solution: "40 + 13",
  } as const;
  const text = "- 40 - 13 = 53 (this works)\n- 40 + 13 = 54 (not it)\n- 40 * 13 = 520 (no)\n";
  const found = property.attempts(text, problem);
  assertEquals(
    found.map(({ statesTarget, reachesTarget, statesTruth, verdict }) => [
      statesTarget,
      reachesTarget,
      statesTruth,
      verdict,
    ]),
    [[true, false, false, "this"], [false, true, false, "not"], [false, false, true, "other"]],
  );
});

Deno.test("an answer is scored by the property and the use of the numbers", () => {
  const problem = {
    id: "3,4,12=multiple",
    numbers: [3, 4, 12],
    property: "multiple",
    solution: "",
  } as const;
  const scored = (answer: string) => property.score(`<answer> ${answer} </answer>`, problem);
  assertEquals(scored("12 * 4 - 3").reason, "equals 45, not a multiple of 7 between 20 and 60");
  assertEquals(scored("(12 * 3) - 4 * 2").reason, "does not use each of 3, 4, 12 once");
  assertEquals(scored("3 * 12 + 4 - 12").correct, false);
  assertEquals(property.score("no answer", problem).correct, false);
  const full =
    "- 3 * 4 + 12 = 24 (not it)\n- x\n</think>\n<answer> 4 * 12 - 3 </answer><|endoftext|>";
  assertEquals(property.reward(full, problem), {
    total: 0.25,
    answer: 0,
    format: 0.5,
    arithmetic: 0.5,
  });
});

Deno.test("the corpus has many verdicts, none of which names a number, and no held-out numbers", () => {
  assertThrows(() => property.corpus({ blok: 2 } as never), CircuitbookError, '"blok"');
  const texts = property.corpus({ n: 200, block: 2, seed: 1 }).map(({ text }) => text);
  assertEquals(property.corpus({ n: 200, block: 2, seed: 1 }).map(({ text }) => text), texts);
  assertNotEquals(property.corpus({ n: 200, block: 3, seed: 1 }).map(({ text }) => text), texts);
  const verdicts = texts.flatMap((text) => read(text).map(({ verdict }) => verdict));
  assert(new Set(verdicts).size > 20);
  assert(verdicts.every((verdict) => !/\d|target/.test(verdict)), verdicts.join("|"));
  for (const text of texts) {
    const [, numbers] = text.match(/\[([\d, ]+)\]/)!;
    assert(!countdown.heldOut(numbers.split(", ").map(Number)));
  }
  const canonical = verdicts.filter((verdict) => verdict === "not it").length / verdicts.length;
  assertAlmostEquals(canonical, 0.09, 0.05);
});

Deno.test("the two prompts of a pair differ in digits of the result, one of which has the property", () => {
  for (const pair of property.pairs(tokenizer, { n: 40, seed: 5, before: 2 })) {
    const { correct, wrong, positions, problem, right, other } = pair;
    assertEquals(correct.length, wrong.length);
    assertEquals(positions.open, correct.length - 1);
    const changed = correct.flatMap((token, i) => token === wrong[i] ? [] : [i]);
    assert(changed.length > 0 && changed.every((at) => positions.digits.includes(at)));
    const stated = [correct, wrong].map((tokens) =>
      Number(tokenizer.decode(tokens).match(/= (-?\d+) \($/)![1])
    );
    assertEquals(stated, [right, other]);
    assertEquals(stated.map((value) => KNOWN[problem.property].includes(value)), [true, false]);
    const [, expression] = tokenizer.decode(correct).match(/- ([^=\n]+) = [^\n]*\($/)!;
    const value = Number(new Function(`return ${expression}`)());
    assert(!stated.includes(value), "neither equation is true");
    assert(property.LURES.some((lure) => property.isLure(other, problem.property, lure)));
    assertEquals(tokenizer.decode(correct).match(/\(not it\)/g)?.length, 2);
  }
});

Deno.test("a property that does not exist is refused with the names of those that do", () => {
  const error = assertThrows(
    () => property.hasProperty(3, "even" as property.Property),
    CircuitbookError,
  );
  assert(error.message.includes("multiple") && error.message.includes("prime"), error.message);
});

Deno.test("numbers that allow no wrong result are given up with a message", () => {
  const problem = { id: "7=prime", numbers: [7], property: "prime", solution: "7" } as const;
  assertThrows(
    () => property.chains([problem], { wrong: 1 }),
    CircuitbookError,
    "Expected 1 wrong attempts of 7=prime but found only 0",
  );
});
