import { checkArguments, is } from "../../base/arguments.ts";
import type { Architecture } from "../../model/plan/architecture.ts";
import { Drawing, escapeHtml, formatNumber, framed } from "../../plot/mod.ts";
import { parametersInWords } from "../parameters.ts";

/** What {@link modelCard} draws; a `Model` has it. */
export interface ModelCardData {
  /** The name or folder that the model was loaded by. */
  name: string;
  /** Family and sizes. */
  architecture: Architecture;
  /** The device that the model runs on, such as "cpu". */
  device: string;
  /** Why this device was chosen. */
  deviceReason?: string;
  /** The number type of the computation, such as "f32". */
  dtype: string;
  /**
   * What the weights are made of, where they are not those of a model folder: a GGUF file, an
   * adapter.
   */
  checkpoint?: { readonly notes?: readonly string[] };
}

/**
 * Returns a card of a model: its family, its sizes, and the device that it runs on.
 *
 * @param data name, architecture and device; a `Model` has them.
 * @returns a drawing for a notebook cell.
 *
 * @example
 * ```ts
 * import { loadModel, notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * assert(notebook.modelCard(await loadModel("countdown-r1")).text.includes("8 layers"));
 * ```
 */
export function modelCard(data: ModelCardData): Drawing {
  checkArguments("modelCard", {
    data: [data, is.like("a model", "name", "architecture", "device")],
  });

  const { name, architecture, device, deviceReason, dtype } = data;
  const rows = Object.entries(facts(architecture));
  const notes = data.checkpoint?.notes ?? [];
  if (notes.length) rows.push(["weights", notes.join("; ")]);
  const reason = deviceReason ? ` (${deviceReason.replace(/\.$/, "")})` : "";
  rows.push(["runs on", `${device}, in ${dtype}${reason}`]);
  if (architecture.notes.length) rows.push(["to know", architecture.notes.join(" ")]);
  const body = rows.map(([term, fact]) =>
    `<tr><th scope="row">${escapeHtml(term)}</th><td>${escapeHtml(fact)}</td></tr>`
  );
  const text = `${name}: ${rows.map(([term, fact]) => `${term} ${fact}`).join("; ")}`;
  return new Drawing(
    framed(`<table><tbody>${body.join("")}</tbody></table>`, { title: name }),
    text,
  );
}

function facts(architecture: Architecture): Record<string, string> {
  const {
    family,
    layers,
    dModel,
    heads,
    kvHeads,
    headSize,
    dMlp,
    vocab,
    context,
    norm,
    rope,
    activation,
    weights,
  } = architecture;
  const n = (value: number) => formatNumber(value);
  const shared = kvHeads === heads ? "" : `, ${n(kvHeads)} for keys and values`;
  const scaled = rope?.divisors ? `, stretched up to ${n(Math.max(...rope.divisors))} times` : "";
  const positions = rope
    ? `rotary, base ${n(rope.theta)}${scaled}`
    : weights.positions
    ? "learned"
    : "none";
  return {
    family: `${family}, ${parametersInWords(architecture)}`,
    decoder: `${n(layers)} ${layers === 1 ? "layer" : "layers"}, d_model ${n(dModel)}`,
    attention: `${n(heads)} heads of size ${n(headSize)}${shared}`,
    MLP: dMlp ? `d_mlp ${n(dMlp)}, ${activation}${weights.layer(0).up ? ", gated" : ""}` : "none",
    norm: { rms: "RMS", layer: "LayerNorm", none: "none" }[norm.kind],
    positions: `${positions}, up to ${n(context)} tokens`,
    vocabulary: `${n(vocab)} tokens, ${
      weights.unembed === weights.embed ? "tied" : "untied"
    } embeddings`,
  };
}
