import { assertEquals, assertThrows } from "@std/assert";
import { countdown, integer, seededRandom } from "circuitbook";

const { expressionAt, Rational } = countdown;

const value = (text: string) => String(expressionAt(text, 0)?.value);

Deno.test("an expression is read by the rules of arithmetic, exactly", () => {
  assertEquals(value("1 - 2 - 3"), "-4");
  assertEquals(value("2 + 3 * 4"), "14");
  assertEquals(value("(2 + 3) × 4"), "20");
  assertEquals(value("100 / 7 / 2"), "50/7");
  assertEquals(value("8 ÷ 3 * 3"), "8");
  assertEquals(value("-55 + 1"), "-54");
  assertEquals(value("3 - -5"), "8");
  assertEquals(value("1.5 * 2"), "3");
  assertEquals(value("0.1 + 0.2 − 0.3"), "0");
});

Deno.test("random expressions have the value that the host language gives them", () => {
  const random = seededRandom(5);
  for (let i = 0; i < 300; i++) {
    const text = Array.from({ length: integer(random, 1, 6) }, (_, at) => {
      const number = integer(random, 1, 99);
      const operand = integer(random, 0, 3)
        ? `${number}`
        : `(${number} - ${integer(random, 1, 99)})`;
      return at ? ` ${"+-*"[integer(random, 0, 2)]} ${operand}` : operand;
    }).join("");
    assertEquals(value(text), String(new Function(`return ${text}`)() + 0), text);
  }
});

Deno.test("division by zero has no value", () => {
  const found = expressionAt("5 / (3 - 3) + 1", 0);
  assertEquals([found?.end, found?.value], [15, undefined]);
});

Deno.test("an expression ends where arithmetic does", () => {
  assertEquals(expressionAt("113 (not 46)", 0)?.end, 3);
  assertEquals(expressionAt("52! Yes", 0)?.end, 2);
  assertEquals(expressionAt("46 - this works", 0)?.end, 2);
  assertEquals(expressionAt("120 +", 0), undefined);
  assertEquals(expressionAt("120 + (3 * 4", 0), undefined);
  assertEquals(expressionAt("not 46", 0), undefined);
});

Deno.test("nesting and literals beyond reason are no expressions", () => {
  assertEquals(expressionAt("(".repeat(100_000) + "1", 0), undefined);
  assertEquals(expressionAt("-".repeat(100_000) + "1", 0), undefined);
  assertEquals(expressionAt("9".repeat(100_000), 0), undefined);
});

Deno.test("a fraction is in lowest terms, its sign above", () => {
  assertEquals(String(Rational.of(6, -4)), "-3/2");
  assertEquals(Rational.of(1, 8).toNumber(), 0.125);
  assertThrows(() => Rational.of(1, 0), RangeError);
});
