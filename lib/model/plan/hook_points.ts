import { checkArguments } from "../../base/arguments.ts";
import { anArchitecture } from "./kinds.ts";
import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import type { Architecture } from "./architecture.ts";

/** A named activation of the decoder, which can be tapped and edited. */
export interface HookPoint {
  /** The name in TransformerLens, such as `blocks.3.attn.hook_z`. */
  readonly name: string;
  /** The layer, counted from 0; undefined for points outside the layers. */
  readonly layer?: number;
  /** The names of the axes, in order, `batch` first. */
  readonly axes: readonly string[];
  /** The sizes of the axes that the architecture fixes. */
  readonly sizes: Readonly<Record<string, number>>;
}

/**
 * Returns every hook point of a decoder, in the order in which a forward pass reaches them.
 *
 * Names, axes and meaning follow TransformerLens
 * (https://github.com/TransformerLensOrg/TransformerLens).
 *
 * @param architecture the architecture of a model.
 * @returns the hook points, from `hook_embed` to `logits`.
 *
 * @example
 * ```ts
 * import { hookPoints, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * assertEquals(hookPoints(model.architecture)[0].name, "hook_embed");
 * ```
 */
export function hookPoints(architecture: Architecture): readonly HookPoint[] {
  checkArguments("hookPoints", {
    architecture: [architecture, anArchitecture],
  });

  const points = KNOWN.get(architecture) ?? pointsOf(architecture);
  KNOWN.set(architecture, points);
  return points;
}

/** The hook points of each architecture: every run asks for them many times. */
const KNOWN = new WeakMap<Architecture, readonly HookPoint[]>();

function pointsOf(architecture: Architecture): readonly HookPoint[] {
  const layers = Array.from(
    { length: architecture.layers },
    (_, layer) => layerPoints(architecture, layer),
  );
  return [
    residual("hook_embed", architecture),
    ...(architecture.weights.positions ? [residual("hook_pos_embed", architecture)] : []),
    ...layers.flat(),
    ...normPoints("ln_final", architecture),
    point("logits", ["batch", "position", "vocab"], { vocab: architecture.vocab }),
  ];
}

/**
 * The most characters of a glob. No name of a point comes near, and looking for the nearest names
 * would take long.
 */
const LONGEST_GLOB = 1000;

/**
 * Returns the hook points that a name or a glob matches.
 *
 * @param glob a name; `*` stands for any characters but a dot, `**` for any characters.
 * @param points the hook points to choose from. They are not checked: a sweep asks thousands of
 * times.
 * @returns at least one hook point, in the order of `points`.
 * @throws CircuitbookError if nothing matches; the message names the nearest hook points.
 */
export function matchPoints(glob: string, points: readonly HookPoint[]): HookPoint[] {
  if (glob.length > LONGEST_GLOB) {
    throw new CircuitbookError(
      `Expected a hook point but found ${shown(glob)}, which is longer than any name.`,
    );
  }
  if (!glob.includes("*")) {
    const exact = points.find(({ name }) => name === glob);
    if (exact) return [exact];
  }
  const pattern = new RegExp(`^${glob.split(/(\*\*|\*)/).map(globPart).join("")}$`);
  const matches = points.filter((candidate) => pattern.test(candidate.name));
  if (matches.length) return matches;
  throw new CircuitbookError(
    `Expected a hook point but found "${glob}", which matches none; ${hint(glob, points)}`,
  );
}

/** Returns the names that a name without a match may have meant. */
function hint(glob: string, points: readonly HookPoint[]): string {
  const anyLayer = glob.replace(/^blocks\.\d+\./, "blocks.*.");
  const layers = points.filter(({ layer, name }) =>
    layer !== undefined && name.replace(/\d+/, "*") === anyLayer
  );
  if (layers.length) {
    return `it is there in the layers ${layers[0].layer} to ${layers.at(-1)!.layer}.`;
  }
  const names = points.map(({ name }) =>
    glob.includes("*") ? name.replace(/^blocks\.\d+\./, "blocks.*.") : name
  );
  return `nearest: ${nearestNames(glob, names).join(", ")}.`;
}

/** Returns the name of the head axis at a hook point; undefined where there is none. */
export function headAxis(point: HookPoint): "head" | "kv_head" | undefined {
  return point.axes.includes("head")
    ? "head"
    : point.axes.includes("kv_head")
    ? "kv_head"
    : undefined;
}

/** Returns whether the axes of a hook point are batch, head, query, key. */
export function isAttentionGrid(point: HookPoint): boolean {
  return point.axes.includes("query");
}

function globPart(part: string): string {
  if (part === "**") return ".*";
  if (part === "*") return "[^.]*";
  return part.replace(/[.\\+^$()[\]{}|?]/g, "\\$&");
}

function layerPoints(architecture: Architecture, layer: number): HookPoint[] {
  const { heads, kvHeads, headSize, dModel, dMlp, parallel } = architecture;
  const weights = architecture.weights.layer(layer);
  const block = `blocks.${layer}`;
  const attn = `${block}.attn`;
  const mlp = `${block}.mlp`;
  const q = (name: string) =>
    point(name, ["batch", "position", "head", "d_head"], { head: heads, d_head: headSize }, layer);
  const kv = (name: string) =>
    point(
      name,
      ["batch", "position", "kv_head", "d_head"],
      { kv_head: kvHeads, d_head: headSize },
      layer,
    );
  const grid = (name: string) =>
    point(name, ["batch", "head", "query", "key"], { head: heads }, layer);
  const neurons = (name: string) =>
    point(name, ["batch", "position", "d_mlp"], { d_mlp: dMlp }, layer);
  return [
    residual(`${block}.hook_resid_pre`, architecture, layer),
    ...weights.ln1 ? normPoints(`${block}.ln1`, architecture, layer) : [],
    q(`${attn}.hook_q`),
    kv(`${attn}.hook_k`),
    kv(`${attn}.hook_v`),
    ...(architecture.rope ? [q(`${attn}.hook_rot_q`), kv(`${attn}.hook_rot_k`)] : []),
    grid(`${attn}.hook_attn_scores`),
    grid(`${attn}.hook_pattern`),
    q(`${attn}.hook_z`),
    point(`${attn}.hook_result`, ["batch", "position", "head", "d_model"], {
      head: heads,
      d_model: dModel,
    }, layer),
    ...weights.ln1Post ? normPoints(`${block}.ln1_post`, architecture, layer) : [],
    residual(`${block}.hook_attn_out`, architecture, layer),
    ...(dMlp
      ? [
        ...parallel ? [] : [residual(`${block}.hook_resid_mid`, architecture, layer)],
        ...weights.ln2 ? normPoints(`${block}.ln2`, architecture, layer) : [],
        neurons(`${mlp}.hook_pre`),
        ...(weights.up ? [neurons(`${mlp}.hook_pre_linear`)] : []),
        neurons(`${mlp}.hook_post`),
        ...weights.ln2Post ? normPoints(`${block}.ln2_post`, architecture, layer) : [],
        residual(`${block}.hook_mlp_out`, architecture, layer),
      ]
      : []),
    residual(`${block}.hook_resid_post`, architecture, layer),
  ];
}

/** Returns the hook point of the residual stream that a layer's MLP reads. */
export function mlpStream({ parallel }: Architecture, layer: number): string {
  return `blocks.${layer}.${parallel ? "hook_resid_pre" : "hook_resid_mid"}`;
}

function normPoints(name: string, architecture: Architecture, layer?: number): HookPoint[] {
  if (architecture.norm.kind === "none") return [];
  return [
    point(`${name}.hook_scale`, ["batch", "position", "scale"], { scale: 1 }, layer),
    residual(`${name}.hook_normalized`, architecture, layer),
  ];
}

function residual(name: string, { dModel }: Architecture, layer?: number): HookPoint {
  return point(name, ["batch", "position", "d_model"], { d_model: dModel }, layer);
}

function point(
  name: string,
  axes: readonly string[],
  sizes: Record<string, number>,
  layer?: number,
): HookPoint {
  return { name, axes, sizes, layer };
}
