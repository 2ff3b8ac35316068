/** Token ids by what the tokens say, such as `{ right: […], wrong: […] }`. */
export type TokenClasses = Readonly<Record<string, readonly number[]>>;

/** Returns the first class that a token belongs to, or `other`. */
export function classOf(classes: TokenClasses, id: number): string {
  return Object.entries(classes).find(([, ids]) => ids.includes(id))?.[0] ?? "other";
}
