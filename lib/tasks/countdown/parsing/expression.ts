import { Rational } from "../../text/rational.ts";

/** An arithmetic expression found in a text. */
export interface Expression {
  /** Characters, `end` excluded. */
  start: number;
  end: number;
  /** The exact value; `undefined` where it divides by zero. */
  value: Rational | undefined;
  /** The numbers written in it, in order, without their signs. */
  numbers: Rational[];
}

const LONGEST_LITERAL = 40;
const DEEPEST = 100;
const ONLY_ARITHMETIC = /[\d \t.+\-−*×/÷()]*(?=\n|$)/y;

/**
 * The longest arithmetic expression that starts at a character of a text, or `undefined` where none does.
 *
 * Reads whole and decimal numbers, `+ - * /` (and `× ÷ −`), signs and parentheses on one line; `*` and `/` bind
 * tighter, equals go from left to right. An expression that the end of the line cuts off after an operator or inside a
 * parenthesis, literals over 40 characters and nesting over 100 deep count as none; in `46 - right` the dash is
 * punctuation.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const found = countdown.expressionAt("38 * 3 - 87 = 27", 0);
 * assertEquals([found?.end, String(found?.value)], [11, "27"]);
 * assertEquals(countdown.expressionAt("60 +", 0), undefined);
 * ```
 */
export function expressionAt(text: string, start: number): Expression | undefined {
  const reader = new Reader(text, start);
  const value = reader.sum(0);
  return value === "none" ? undefined : { start, end: reader.end, value, numbers: reader.numbers };
}

type Value = Rational | undefined | "none";

class Reader {
  readonly numbers: Rational[] = [];

  readonly #text: string;

  constructor(text: string, public end: number) {
    this.#text = text;
  }

  sum(depth: number): Value {
    return this.#leftToRight(
      "+-−",
      () => this.#product(depth),
      (a, sign, b) => sign === "+" ? a.plus(b) : a.minus(b),
    );
  }

  #product(depth: number): Value {
    return this.#leftToRight(
      "*×/÷",
      () => this.#factor(depth),
      (a, sign, b) => sign === "*" || sign === "×" ? a.times(b) : a.dividedBy(b),
    );
  }

  #leftToRight(
    operators: string,
    operand: () => Value,
    apply: (a: Rational, operator: string, b: Rational) => Rational | undefined,
  ): Value {
    let left = operand();
    while (left !== "none") {
      const { end, numbers: { length } } = this;
      const operator = this.#take(operators);
      if (!operator) return left;
      const breaksOff = this.#restIsArithmetic();
      const right = operand();
      if (right === "none") {
        this.end = end;
        this.numbers.length = length;
        return breaksOff ? "none" : left;
      }
      left = left && right && apply(left, operator, right);
    }
    return "none";
  }

  #factor(depth: number): Value {
    if (depth > DEEPEST) return "none";
    if (this.#take("-−")) {
      const value = this.#factor(depth + 1);
      return value instanceof Rational ? value.negated() : value;
    }
    if (this.#take("(")) {
      const value = this.sum(depth + 1);
      return value !== "none" && this.#take(")") ? value : "none";
    }
    return this.#literal();
  }

  #literal(): Value {
    this.#skipSpaces();
    const [literal = ""] =
      this.#text.slice(this.end, this.end + LONGEST_LITERAL + 1).match(/^\d+(\.\d+)?/) ?? [];
    if (!literal || literal.length > LONGEST_LITERAL) return "none";
    this.end += literal.length;
    const value = Rational.parse(literal);
    this.numbers.push(value);
    return value;
  }

  /** Takes one of the characters, if it is next after spaces. */
  #take(characters: string): string | undefined {
    const before = this.end;
    this.#skipSpaces();
    const next = this.#text[this.end];
    if (next !== undefined && characters.includes(next)) {
      this.end++;
      return next;
    }
    this.end = before;
    return undefined;
  }

  /** Whether the line goes on with nothing but arithmetic: if that cannot be read, the text was cut there. */
  #restIsArithmetic(): boolean {
    ONLY_ARITHMETIC.lastIndex = this.end;
    return ONLY_ARITHMETIC.test(this.#text);
  }

  #skipSpaces(): void {
    while (this.#text[this.end] === " " || this.#text[this.end] === "\t") this.end++;
  }
}
