/** Notebook 06: a contrastive vector that ends or prolongs the reasoning. @module */
export type { Contrast, ContrastNorm } from "../../steering/contrast.ts";
export type { GenerationSweepOptions } from "../../steering/sweep_generations.ts";
export type { SteeringVector } from "../../steering/steering_vector.ts";
export type {
  ClaimKind,
  Criterion,
  Headline,
  ResultWords,
  Statement,
  Statements,
} from "../../base/statements.ts";
export type { Tensor } from "../../base/tensor.ts";
export type { TableOf } from "../../table/table.ts";
export type { Problem } from "../../tasks/countdown/problems/problem.ts";
export type { ReasoningOutcome } from "../../tasks/reasoning/outcome.ts";
export type { Chain, ReasoningProblem } from "../../tasks/reasoning/problem.ts";
export type { TextTokenizer } from "../../tasks/text/tokenizer.ts";

export * from "./contrast_of.ts";
export { type Example, examples, type Place } from "./examples.ts";
export * from "./judged.ts";
export * from "./next_tokens.ts";
export { noteExamples } from "./note_examples.ts";
export * from "./starts.ts";
export * from "./steered.ts";
export * from "./sums_and_products.ts";
export * from "./tally.ts";
export { statements } from "./statements.ts";
export { streamLength } from "./stream_length.ts";
