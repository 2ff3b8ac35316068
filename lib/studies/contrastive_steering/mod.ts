/** Notebook 06: a contrastive vector that ends or prolongs the reasoning. @module */
export * from "./steered.ts";
export * from "./sums_and_products.ts";
export * from "./tally.ts";
