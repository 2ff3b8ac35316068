/** Notebooks: the model that a notebook is about, claims, views of values, progress under the cell. @module */
export { type Claim, Claims, claims } from "./claims.ts";
export * from "./display.ts";
export { installInKernel } from "./lab.ts";
export * from "./ledger.ts";
export * from "./notebook_model.ts";
export { type Bar, type DrawBars, progressMeter } from "./progress_bar.ts";
export { terminalProgress } from "./progress_display.ts";
export * from "./views/cache_view.ts";
export * from "./views/generation_view.ts";
export * from "./views/live_loss_curve.ts";
export * from "./views/means_view.ts";
export * from "./views/model_card.ts";
export * from "./views/probes_view.ts";
export * from "./views/shares_view.ts";
