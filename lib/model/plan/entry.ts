/** An activation that a run can start from. */
export interface Entry {
  readonly layer: number;
  readonly kind: "pre" | "z" | "mid";
}

/** How a graph starts in the middle: at an entry, and whether keys and values of earlier positions come in. */
export interface PlannedStart extends Entry {
  readonly past: boolean;
}

/** The hook point of each kind of entry, within its layer. */
export const entryNames: Readonly<Record<Entry["kind"], string>> = {
  pre: "hook_resid_pre",
  z: "attn.hook_z",
  mid: "hook_resid_mid",
};

/** The hook point of an entry. */
export function entryName(layer: number, kind: Entry["kind"]): string {
  return `blocks.${layer}.${entryNames[kind]}`;
}
