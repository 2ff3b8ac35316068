/**
 * The tokens of each text of a generation, prompt and new ones: what `model.run` takes to look inside a text that the
 * model wrote.
 *
 * @example
 * ```ts
 * import { wholeRows } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(wholeRows({ rows: [{ promptTokens: [1, 2], tokens: [3] }] }), [[1, 2, 3]]);
 * ```
 */
export function wholeRows(
  { rows }: {
    readonly rows: readonly { readonly promptTokens: readonly number[]; readonly tokens: readonly number[] }[];
  },
): number[][] {
  return rows.map(({ promptTokens, tokens }) => [...promptTokens, ...tokens]);
}
