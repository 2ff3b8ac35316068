/** What the library reads of a polars frame. */
export interface Frame {
  /** The number of rows. */
  readonly height: number;
  /** Returns the rows as objects. */
  toRecords(): Readonly<Record<string, unknown>>[];
  /** Returns the first rows as a frame. */
  limit?(count: number): Frame;
  /** The element types of the columns. */
  readonly schema?: Readonly<Record<string, { readonly variant: string }>>;
}

/**
 * Returns whether a value is a polars frame. A frame is a proxy of an object without a class, so its tag
 * tells, as in polars' own `isDataFrame`. Polars itself is not asked, because pages in a browser lack it.
 */
export function isFrame(value: unknown): value is Frame {
  return (value as { [Symbol.toStringTag]?: unknown } | null | undefined)?.[Symbol.toStringTag] ===
    "DataFrame";
}
