/**
 * Notebooks: the model that a notebook is about, claims, drawings of values, progress under the
 * cell.
 *
 * @module
 */

// The model.
export * from "./models.ts";

// What the model can do, and how fast.
export type {
  ClaimKind,
  Criterion,
  Headline,
  ResultWords,
  Statement,
  Statements,
} from "../base/statements.ts";
export { Pace, pace, type PaceOptions } from "./pace.ts";

// Claims.
export type { Claim, ClaimRun, Verdict } from "./claims/claim.ts";
export { Claims, claims } from "./claims/claims.ts";
export * from "./claims/ledger.ts";
export * from "./claims/run.ts";

// Drawings of values.
export * from "./kernel/display.ts";
export * from "./views/abilities_view.ts";
export * from "./views/cache_view.ts";
export * from "./views/folded_view.ts";
export * from "./views/generation_view.ts";
export * from "./views/live_loss_curve.ts";
export * from "./views/model_card.ts";
export * from "./views/probes_view.ts";
export * from "./views/shares_view.ts";

// Files.
export { writeTable } from "./write_table.ts";

// The kernel and progress.
export { installInKernel } from "./kernel/lab.ts";
export {
  type Bar,
  type DrawBars,
  type EndedWork,
  progressMeter,
  type ProgressMeterOptions,
} from "./progress/meter.ts";
export { terminalProgress } from "./progress/terminal.ts";
