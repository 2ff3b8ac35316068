import { blockAt } from "./hook_points.ts";

/** An activation that a run can start from: the residual stream or the head outputs of a layer. */
export interface Entry {
  readonly layer: number;
  readonly kind: "pre" | "z" | "mid";
}

/** How a graph starts in the middle of the model. */
export interface PlannedStart extends Entry {
  /** Whether the keys and values of earlier positions are inputs of the graph. */
  readonly past: boolean;
}

/** The hook point of each kind of entry, without the layer. */
export const ENTRY_NAMES: Readonly<Record<Entry["kind"], string>> = {
  pre: "hook_resid_pre",
  z: "attn.hook_z",
  mid: "hook_resid_mid",
};

/** Returns the hook point of an entry. */
export function entryName(layer: number, kind: Entry["kind"]): string {
  return `${blockAt(layer)}.${ENTRY_NAMES[kind]}`;
}
