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

/** Returns a function from the number of a layer, counted from 0, to the name of a hook point. */
function inBlock(point: string): (layer: number) => string {
  return (layer) => `${blockAt(layer)}.${point}`;
}

/**
 * Functions from the number of a layer, counted from 0, to the names of its hook points. The scales
 * of norms have {@link scaleAt}.
 */
export const pointAt = {
  residPre: inBlock("hook_resid_pre"),
  residMid: inBlock("hook_resid_mid"),
  residPost: inBlock("hook_resid_post"),
  q: inBlock("attn.hook_q"),
  k: inBlock("attn.hook_k"),
  v: inBlock("attn.hook_v"),
  rotQ: inBlock("attn.hook_rot_q"),
  rotK: inBlock("attn.hook_rot_k"),
  scores: inBlock("attn.hook_attn_scores"),
  pattern: inBlock("attn.hook_pattern"),
  z: inBlock("attn.hook_z"),
  result: inBlock("attn.hook_result"),
  attnOut: inBlock("hook_attn_out"),
  mlpPre: inBlock("mlp.hook_pre"),
  mlpPreLinear: inBlock("mlp.hook_pre_linear"),
  mlpPost: inBlock("mlp.hook_post"),
  mlpOut: inBlock("hook_mlp_out"),
};

/** A norm of a layer: before or after (`_post`) its attention (`ln1`) or its MLP (`ln2`). */
export type LayerNorm = "ln1" | "ln1_post" | "ln2" | "ln2_post";

/** Returns the name of a layer, with which the names of the layer's hook points begin. */
export function blockAt(layer: number): string {
  return `blocks.${layer}`;
}

/** Returns the name of a norm of a layer, with which the names of the norm's hook points begin. */
export function normAt(layer: number, norm: LayerNorm): string {
  return `${blockAt(layer)}.${norm}`;
}

/** Returns the name of the hook point of the scale by which a norm of a layer divides. */
export function scaleAt(layer: number, norm: LayerNorm): string {
  return `${normAt(layer, norm)}.hook_scale`;
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
    residual(pointAt.residPre(layer), architecture, layer),
    ...weights.ln1 ? normPoints(normAt(layer, "ln1"), architecture, layer) : [],
    q(pointAt.q(layer)),
    kv(pointAt.k(layer)),
    kv(pointAt.v(layer)),
    ...(architecture.rope ? [q(pointAt.rotQ(layer)), kv(pointAt.rotK(layer))] : []),
    grid(pointAt.scores(layer)),
    grid(pointAt.pattern(layer)),
    q(pointAt.z(layer)),
    point(pointAt.result(layer), ["batch", "position", "head", "d_model"], {
      head: heads,
      d_model: dModel,
    }, layer),
    ...weights.ln1Post ? normPoints(normAt(layer, "ln1_post"), architecture, layer) : [],
    residual(pointAt.attnOut(layer), architecture, layer),
    ...(dMlp
      ? [
        ...parallel ? [] : [residual(pointAt.residMid(layer), architecture, layer)],
        ...weights.ln2 ? normPoints(normAt(layer, "ln2"), architecture, layer) : [],
        neurons(pointAt.mlpPre(layer)),
        ...(weights.up ? [neurons(pointAt.mlpPreLinear(layer))] : []),
        neurons(pointAt.mlpPost(layer)),
        ...weights.ln2Post ? normPoints(normAt(layer, "ln2_post"), architecture, layer) : [],
        residual(pointAt.mlpOut(layer), architecture, layer),
      ]
      : []),
    residual(pointAt.residPost(layer), architecture, layer),
  ];
}

/** Returns the hook point of the residual stream that a layer's MLP reads. */
export function mlpStream({ parallel }: Architecture, layer: number): string {
  return parallel ? pointAt.residPre(layer) : pointAt.residMid(layer);
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
