/**
 * An exact fraction in lowest terms, so that no score hangs on a rounding error.
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

  /** The fraction `numerator / denominator`. @throws RangeError when the denominator is 0 or a number is not whole. */
  static of(numerator: bigint | number, denominator: bigint | number = 1n): Rational {
    const [top, bottom] = [BigInt(numerator), BigInt(denominator)];
    if (bottom === 0n) throw new RangeError("Expected a denominator other than 0.");
    const sign = bottom < 0n ? -1n : 1n;
    const divisor = greatestCommonDivisor(top, bottom);
    return new Rational(sign * top / divisor, sign * bottom / divisor);
  }

  /** The value of a literal such as `52` or `1.25`. @throws SyntaxError when it is no plain decimal number. */
  static parse(literal: string): Rational {
    const [whole, decimals = ""] = literal.split(".");
    return Rational.of(BigInt(whole + decimals), 10n ** BigInt(decimals.length));
  }

  /** The sum. */
  plus(other: Rational): Rational {
    const top = this.numerator * other.denominator + other.numerator * this.denominator;
    return Rational.of(top, this.denominator * other.denominator);
  }

  /** The difference. */
  minus(other: Rational): Rational {
    return this.plus(other.negated());
  }

  /** The product. */
  times(other: Rational): Rational {
    return Rational.of(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  /** The quotient, or `undefined` where the other is 0. */
  dividedBy(other: Rational): Rational | undefined {
    if (other.numerator === 0n) return undefined;
    return Rational.of(this.numerator * other.denominator, this.denominator * other.numerator);
  }

  /** The number with the other sign. */
  negated(): Rational {
    return new Rational(-this.numerator, this.denominator);
  }

  /** Whether both are the same number. */
  equals(other: Rational | number): boolean {
    const { numerator, denominator } = typeof other === "number" ? Rational.of(other) : other;
    return this.numerator === numerator && this.denominator === denominator;
  }

  /** The nearest floating-point number. */
  toNumber(): number {
    return Number(this.numerator) / Number(this.denominator);
  }

  /** `52`, or `10/7`. */
  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`;
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  [a, b] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (b) [a, b] = [b, a % b];
  return a;
}
