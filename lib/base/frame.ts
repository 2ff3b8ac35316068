/** The part of a polars frame that the library reads. */
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
 * Returns whether a value is a polars frame. A frame is a proxy of an object without a class, so
 * the frame is recognised by its tag, as in polars' own `isDataFrame`. The function does not call
 * polars, because pages in a browser lack it.
 */
export function isFrame(value: unknown): value is Frame {
  return (value as { [Symbol.toStringTag]?: unknown } | null | undefined)?.[Symbol.toStringTag] ===
    "DataFrame";
}
