import { z } from "zod";
import { wholeNumber } from "../base/options.ts";

/** Token ids by what the tokens say, such as `{ right: […], wrong: […] }`. */
export type TokenClasses = Readonly<Record<string, readonly number[]>>;

/** The schema of {@link TokenClasses}. */
export const tokenClasses = z.record(
  z.string(),
  z.array(wholeNumber, "to be a list of token ids"),
  "to be an object with a list of token ids for each class",
);

/** Returns the first class that a token belongs to, or `other`. */
export function classOf(classes: TokenClasses, id: number): string {
  return Object.entries(classes).find(([, ids]) => ids.includes(id))?.[0] ?? "other";
}
