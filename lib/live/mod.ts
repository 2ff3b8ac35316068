/**
 * The live page: a model that runs in the reader's browser, from one HTML file.
 *
 * @module
 */
export type { LiveFactsOptions } from "./facts.ts";
export { panel, save } from "./panel.ts";
