/** Linear probes: what a layer's activations say of a label, and in which direction. @module */
export { LayerProbe } from "./layer_probe.ts";
export type { Activations } from "./layers.ts";
export { probe, type ProbeOptions } from "./probe.ts";
export { Probes } from "./probes.ts";
export { type Group, shuffledLabels, type Split, splitByGroup } from "./split.ts";
export * from "./accuracy.ts";
export * from "./neighbours.ts";
