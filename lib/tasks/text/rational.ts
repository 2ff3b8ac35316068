/**
 * An exact fraction in lowest terms. Scores computed with fractions do not depend on rounding.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const third = countdown.Rational.of(1).dividedBy(countdown.Rational.of(3))!;
 * assertEquals(String(third.plus(third)), "2/3");
 * ```
 */
export class Rational {
  private constructor(readonly numerator: bigint, readonly denominator: bigint) {}

  /**
   * Returns the fraction `numerator / denominator`.
   *
   * @param numerator a whole number.
   * @param denominator a whole number other than 0. Default 1.
   * @returns the fraction in lowest terms.
   * @throws RangeError if the denominator is 0 or a number is not whole.
   */
  static of(numerator: bigint | number, denominator: bigint | number = 1n): Rational {
    const [top, bottom] = [BigInt(numerator), BigInt(denominator)];
    if (bottom === 0n) throw new RangeError("Expected a denominator other than 0.");
    const sign = bottom < 0n ? -1n : 1n;
    const divisor = greatestCommonDivisor(top, bottom);
    return new Rational(sign * top / divisor, sign * bottom / divisor);
  }

  /**
   * Returns the value of a literal such as `52` or `1.25`.
   *
   * @param literal digits, with or without a decimal point.
   * @returns the exact value.
   * @throws SyntaxError if the literal is not a plain decimal number.
   */
  static parse(literal: string): Rational {
    const [whole, decimals = ""] = literal.split(".");
    return Rational.of(BigInt(whole + decimals), 10n ** BigInt(decimals.length));
  }

  /**
   * Returns the sum.
   *
   * @param other the second summand.
   * @returns the sum.
   */
  plus(other: Rational): Rational {
    const top = this.numerator * other.denominator + other.numerator * this.denominator;
    return Rational.of(top, this.denominator * other.denominator);
  }

  /**
   * Returns the difference.
   *
   * @param other the number that is subtracted.
   * @returns the difference.
   */
  minus(other: Rational): Rational {
    return this.plus(other.negated());
  }

  /**
   * Returns the product.
   *
   * @param other the second factor.
   * @returns the product.
   */
  times(other: Rational): Rational {
    return Rational.of(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  /**
   * Returns the quotient.
   *
   * @param other the divisor.
   * @returns the quotient; `undefined` if the divisor is 0.
   */
  dividedBy(other: Rational): Rational | undefined {
    if (other.numerator === 0n) return undefined;
    return Rational.of(this.numerator * other.denominator, this.denominator * other.numerator);
  }

  /**
   * Returns the number with the opposite sign.
   *
   * @returns the negated number.
   */
  negated(): Rational {
    return new Rational(-this.numerator, this.denominator);
  }

  /**
   * Returns whether both numbers are equal.
   *
   * @param other a fraction, or a whole number.
   * @returns true if the numbers are equal.
   */
  equals(other: Rational | number): boolean {
    const { numerator, denominator } = typeof other === "number" ? Rational.of(other) : other;
    return this.numerator === numerator && this.denominator === denominator;
  }

  /**
   * Returns the nearest floating-point number.
   *
   * @returns numerator over denominator.
   */
  toNumber(): number {
    return Number(this.numerator) / Number(this.denominator);
  }

  /**
   * Returns the number as text.
   *
   * @returns `52`, or `10/7`.
   */
  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`;
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  [a, b] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (b) [a, b] = [b, a % b];
  return a;
}
