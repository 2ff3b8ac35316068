/** Tables: polars frames as rows, and the rows that an experiment selects. @module */
export * from "./rows.ts";
export * from "./table.ts";
