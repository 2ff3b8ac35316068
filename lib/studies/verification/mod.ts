/** The verification articles (notebooks 01 to 04): the heads and words that the source names. @module */
export * from "./ask_under.ts";
export * from "./from_attempt.ts";
export * from "./glossary.ts";
export * from "./published_heads.ts";
