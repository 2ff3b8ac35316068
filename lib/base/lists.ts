/** Returns the product of numbers, such as the number of elements of a shape; 1 for no numbers. */
export function product(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a * b, 1);
}

/** Returns the length of the longest list, such as the longest row of tokens; −∞ for no lists. */
export function longestOf(lists: readonly { readonly length: number }[]): number {
  return Math.max(...lists.map(({ length }) => length));
}

/** Returns each of some numbers once, in ascending order. */
export function distinct(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}
