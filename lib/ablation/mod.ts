/**
 * Ablation: what a model does without some of its parts.
 *
 * @module
 */
export { allHeads, type Metric, sweepHeads, type SweepOptions } from "./sweep_heads.ts";
