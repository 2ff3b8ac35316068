/** Notebook 06: a contrastive vector that ends or prolongs the reasoning. @module */
export * from "./contrast_of.ts";
export { type Example, examples, type Place, positionsAt } from "./examples.ts";
export * from "./judged.ts";
export * from "./starts.ts";
export * from "./steered.ts";
export * from "./sums_and_products.ts";
export * from "./tally.ts";
