/** Chains of thought of any task: where they state their answer, what they do next, whether they are right. @module */
export { worked, written, type WrittenRow } from "./chains.ts";
export { type Example, examples, type Place, positionsAt } from "./examples.ts";
export { judged, outcome, type ReasoningOutcome } from "./outcome.ts";
export type * from "./problem.ts";
export { statedEnds } from "./sentences.ts";
export { type Start, startsAt, startsOf } from "./starts.ts";
export { ofCountdown, ofWords, type PromptTokenizer } from "./tasks.ts";
