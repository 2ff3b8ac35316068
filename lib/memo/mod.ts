/**
 * Results that are computed once and kept by content: {@link memo}.
 *
 * @module
 */

export * from "./memo.ts";
