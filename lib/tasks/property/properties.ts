import { checkArguments, is } from "../../base/arguments.ts";

/**
 * A property that a result has or lacks: a multiple of 7 between 20 and 60, or a prime below 100.
 */
export type Property = "multiple" | "prime";

/** The names of the properties. */
export const PROPERTIES = ["multiple", "prime"] as const satisfies readonly Property[];

/**
 * The words of a prompt for each property. No word is a number that has the property, so that
 * nothing in a text can be compared with a result.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(property.propertyWords.prime, "a prime below 100");
 * ```
 */
export const propertyWords: Readonly<Record<Property, string>> = {
  multiple: "a multiple of 7 between 20 and 60",
  prime: "a prime below 100",
};

/** The largest number that has a property. */
const LARGEST: Readonly<Record<Property, number>> = { multiple: 60, prime: 99 };

/** The smallest number that has a property. */
const SMALLEST: Readonly<Record<Property, number>> = { multiple: 20, prime: 2 };

/**
 * Returns whether a number has a property.
 *
 * @param value the number.
 * @param property the property.
 * @returns true if the number has the property.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([49, 63, 50].map((value) => property.hasProperty(value, "multiple")), [
 *   true,
 *   false,
 *   false,
 * ]);
 * assertEquals([2, 51, 101].map((value) => property.hasProperty(value, "prime")), [
 *   true,
 *   false,
 *   false,
 * ]);
 * ```
 */
export function hasProperty(value: number, property: Property): boolean {
  checkArguments("hasProperty", {
    value: [value, is.number],
    property: [property, is.oneOf(...PROPERTIES)],
  });

  if (!Number.isInteger(value)) return false;
  if (value < SMALLEST[property] || value > LARGEST[property]) return false;
  return property === "multiple" ? value % 7 === 0 : isPrime(value);
}

/** The names of the mistakes. */
export const LURES = ["neighbour", "lookalike"] as const;

/**
 * Why a result that lacks a property is taken for one that has it: a `neighbour` is one or two away
 * from a number with the property. A `lookalike` is a multiple of 7 outside the range, an odd
 * number below 100 that is not prime and does not end in 5, or a prime above 100.
 */
export type Lure = typeof LURES[number];

/**
 * Returns whether a number lacks a property and is one of the numbers that are easily mistaken.
 *
 * @param value the number.
 * @param property the property.
 * @param lure the kind of mistake.
 * @returns true if the number is such a number.
 *
 * @example
 * ```ts
 * import { property } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals([50, 63, 49].map((value) => property.isLure(value, "multiple", "neighbour")), [
 *   true,
 *   false,
 *   false,
 * ]);
 * assertEquals([51, 101, 55].map((value) => property.isLure(value, "prime", "lookalike")), [
 *   true,
 *   true,
 *   false,
 * ]);
 * ```
 */
export function isLure(value: number, property: Property, lure: Lure): boolean {
  checkArguments("isLure", {
    value: [value, is.number],
    property: [property, is.oneOf(...PROPERTIES)],
    lure: [lure, is.oneOf(...LURES)],
  });

  if (value < 1 || hasProperty(value, property)) return false;
  if (lure === "neighbour") {
    return [-2, -1, 1, 2].some((step) => hasProperty(value + step, property));
  }
  if (property === "multiple") return value < 100 && value % 7 === 0;
  return value < 100 ? value % 2 === 1 && value % 5 !== 0 : value < 200 && isPrime(value);
}

function isPrime(value: number): boolean {
  if (value < 2) return false;
  for (let factor = 2; factor * factor <= value; factor++) {
    if (value % factor === 0) return false;
  }
  return true;
}
