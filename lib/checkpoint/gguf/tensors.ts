import { naming } from "../files.ts";
import { readExactly } from "../safetensors/read_exactly.ts";
import type { TensorEntry } from "../safetensors/stored_tensor.ts";
import type { RowRange } from "../safetensors/weight.ts";
import { transposed } from "../transposed.ts";
import type { GgufArchitecture } from "./config.ts";
import type { GgufTensor } from "./header.ts";
import { product } from "../../base/lists.ts";

/** How the rows and columns of a tensor differ from those of a Hugging Face checkpoint. */
interface Layout {
  /** Rows and columns are exchanged: GPT-2's matrices are [in, out] in Hugging Face's layout. */
  readonly transposed?: boolean;
  /** The number of heads whose rows are paired for another form of rotary embedding. */
  readonly pairedHeads?: number;
}

/** A tensor of a GGUF file under its Hugging Face name. */
export interface NamedTensor {
  readonly entry: TensorEntry;
  readonly stored: GgufTensor;
  readonly layout: Layout;
}

const LLAMA_NAMES: Readonly<Record<string, string>> = {
  token_embd: "model.embed_tokens",
  output_norm: "model.norm",
  output: "lm_head",
  attn_norm: "input_layernorm",
  attn_q: "self_attn.q_proj",
  attn_k: "self_attn.k_proj",
  attn_v: "self_attn.v_proj",
  attn_output: "self_attn.o_proj",
  attn_q_norm: "self_attn.q_norm",
  attn_k_norm: "self_attn.k_norm",
  ffn_norm: "post_attention_layernorm",
  ffn_gate: "mlp.gate_proj",
  ffn_up: "mlp.up_proj",
  ffn_down: "mlp.down_proj",
};

const GPT2_NAMES: Readonly<Record<string, string>> = {
  token_embd: "transformer.wte",
  position_embd: "transformer.wpe",
  output_norm: "transformer.ln_f",
  output: "lm_head",
  attn_norm: "ln_1",
  attn_qkv: "attn.c_attn",
  attn_output: "attn.c_proj",
  ffn_norm: "ln_2",
  ffn_up: "mlp.c_fc",
  ffn_down: "mlp.c_proj",
};

/** GPT-2's matrices that Hugging Face's checkpoints store [in, out]. */
const TRANSPOSED = /^blk\.\d+\.(attn_qkv|attn_output|ffn_up|ffn_down)\.weight$/;

/**
 * Returns a tensor of a GGUF file under the name that a Hugging Face checkpoint gives to the
 * tensor. A tensor that no such checkpoint has keeps its own name.
 *
 * @param heads how many heads there are for queries, and for keys and values.
 */
export function namedTensor(
  stored: GgufTensor,
  architecture: GgufArchitecture,
  heads: { readonly heads: number; readonly kvHeads: number },
): NamedTensor {
  const layout = layoutOf(stored.name, architecture, heads);
  const { type, shape, file, offset, byteLength } = stored;
  const plain = type.name === "F32" || type.name === "F16" || type.name === "BF16";
  const changed = layout.transposed || layout.pairedHeads !== undefined;
  const entry: TensorEntry = {
    name: huggingFaceName(stored.name, architecture),
    dtype: plain && !changed ? type.name as TensorEntry["dtype"] : "F32",
    shape: layout.transposed ? shape.toReversed() : shape,
    file,
    offset,
    byteLength,
  };
  if (!plain || changed) {
    entry.conversion = `widened from ${type.name}${changed ? ", with its rows reordered" : ""}`;
  }
  return { entry, stored, layout };
}

function huggingFaceName(name: string, architecture: GgufArchitecture): string {
  const names = architecture === "gpt2" ? GPT2_NAMES : LLAMA_NAMES;
  const [, block, base, kind] = /^(?:blk\.(\d+)\.)?([^.]+)\.(weight|bias)$/.exec(name) ?? [];
  if (base === undefined || !Object.hasOwn(names, base)) return name;
  const layers = architecture === "gpt2" ? "transformer.h" : "model.layers";
  return `${block === undefined ? "" : `${layers}.${block}.`}${names[base]}.${kind}`;
}

function layoutOf(
  name: string,
  architecture: GgufArchitecture,
  { heads, kvHeads }: { readonly heads: number; readonly kvHeads: number },
): Layout {
  if (architecture === "gpt2") return { transposed: TRANSPOSED.test(name) };
  // llama.cpp rotates neighbouring numbers in this architecture, and files are written for that.
  if (architecture !== "llama") return {};
  const [, part] = /^blk\.\d+\.attn_([qk])\.(?:weight|bias)$/.exec(name) ?? [];
  if (part === undefined) return {};
  return { pairedHeads: part === "q" ? heads : kvHeads };
}

/** Returns numbers of a tensor as f32, in the order of a Hugging Face checkpoint. */
export async function readNamedTensor(
  { entry, stored, layout }: NamedTensor,
  rows: RowRange = { from: 0, to: entry.shape[0] },
): Promise<Float32Array<ArrayBuffer>> {
  const width = product(entry.shape.slice(1));
  if (entry.shape.length === 2 && !layout.transposed && !layout.pairedHeads) {
    return await readStored(stored, rows);
  }
  const all = await readStored(stored, { from: 0, to: stored.shape[0] });
  const ordered = layout.transposed
    ? transposed(all, stored.shape[0], stored.shape[1])
    : layout.pairedHeads
    ? unpaired(all, layout.pairedHeads, width)
    : all;
  return rows.from === 0 && rows.to === entry.shape[0]
    ? ordered
    : ordered.slice(rows.from * width, rows.to * width);
}

/** Returns rows of a tensor as the file orders them. */
async function readStored(
  { type, shape, file, offset, byteLength }: GgufTensor,
  { from, to }: RowRange,
): Promise<Float32Array<ArrayBuffer>> {
  const bytesPerRow = byteLength / shape[0];
  using handle = await naming("open", file, () => Deno.open(file));
  const start = shape.length === 1 ? offset : offset + from * bytesPerRow;
  const length = shape.length === 1 ? byteLength : (to - from) * bytesPerRow;
  return type.widen(await readExactly(handle, file, start, length));
}

/**
 * Returns rows in which the two numbers that a rotation mixes lie half a head apart, from rows in
 * which they are neighbours (`LlamaModel.permute` of llama.cpp's convert_hf_to_gguf.py, undone).
 */
function unpaired(
  values: Float32Array<ArrayBuffer>,
  heads: number,
  width: number,
): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length);
  const headSize = values.length / width / heads;
  const half = headSize / 2;
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headSize; row++) {
      const from = (head * headSize + 2 * (row % half) + Math.floor(row / half)) * width;
      out.set(values.subarray(from, from + width), (head * headSize + row) * width);
    }
  }
  return out;
}
