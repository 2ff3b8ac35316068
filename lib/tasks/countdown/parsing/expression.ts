import { checkArguments, is } from "../../../base/arguments.ts";
import { Rational } from "../../text/rational.ts";

/** An arithmetic expression in a text. */
export interface Expression {
  /** The index of the first character. */
  start: number;
  /** The index after the last character. */
  end: number;
  /** The exact value; `undefined` if the expression divides by zero. */
  value: Rational | undefined;
  /** The numbers of the expression in order, without their signs. */
  numbers: Rational[];
}

const LONGEST_LITERAL = 40;
const DEEPEST = 100;
const ONLY_ARITHMETIC = /[\d \t.+\-−*×/÷()]*(?=\n|$)/y;

/**
 * Returns the longest arithmetic expression that starts at an index of a text.
 *
 * It may have whole and decimal numbers, `+ - * /` (and `× ÷ −`), signs and parentheses, on one
 * line. `*` and `/` bind tighter; operators that bind equally are applied from left to right. There
 * is no expression if the end of the line cuts it off after an operator or inside a parenthesis, if
 * a literal has more than 40 characters, or if parentheses are nested more than 100 deep. In `46 -
 * right` the dash is punctuation.
 *
 * @param text any text.
 * @param start the index at which the expression starts.
 * @returns the expression; `undefined` if none starts there.
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
  checkArguments("expressionAt", { text: [text, is.text], start: [start, is.number] });

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

  /** Takes one of the characters if it comes next, after spaces. */
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

  /**
   * Whether the rest of the line is arithmetic only. If such a rest cannot be read, the text was
   * cut off there.
   */
  #restIsArithmetic(): boolean {
    ONLY_ARITHMETIC.lastIndex = this.end;
    return ONLY_ARITHMETIC.test(this.#text);
  }

  #skipSpaces(): void {
    while (this.#text[this.end] === " " || this.#text[this.end] === "\t") this.end++;
  }
}
