import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { llama3Divisors } from "../llama3_rope.ts";
import type { GgufTensor } from "./header.ts";
import type { Notes } from "./notes.ts";

/** The architectures of GGUF files that are read. */
const ARCHITECTURES = ["llama", "qwen2", "qwen3", "gpt2"] as const;

/** An architecture of a GGUF file; the `model_type` of the configuration has the same name. */
export type GgufArchitecture = typeof ARCHITECTURES[number];

/** Notes of an architecture that are read, or that change no number. */
const KNOWN_NOTES: ReadonlySet<string> = new Set([
  "vocab_size",
  "context_length",
  "embedding_length",
  "block_count",
  "feed_forward_length",
  "rope.dimension_count",
  "rope.freq_base",
  "rope.scaling.type",
  "rope.scaling.factor",
  "rope.scaling.original_context_length",
  "rope.scaling.finetuned",
  "attention.head_count",
  "attention.head_count_kv",
  "attention.key_length",
  "attention.value_length",
  "attention.layer_norm_rms_epsilon",
  "attention.layer_norm_epsilon",
]);

/**
 * Returns the architecture of a GGUF file.
 *
 * @throws CircuitbookError if the architecture is not supported, or if a note of the architecture
 * may change a number and is not known.
 */
export function architectureOfNotes(notes: Notes): GgufArchitecture {
  const name = notes.text("general.architecture");
  const known = ARCHITECTURES.find((one) => one === name);
  if (!known) {
    throw new CircuitbookError(
      `Expected one of the architectures ${ARCHITECTURES.join(", ")} in ${notes.path} but found ${
        shown(name)
      }; other architectures are read from folders in the Hugging Face layout.`,
    );
  }
  for (const note of notes.names()) {
    if (!note.startsWith(`${known}.`) || KNOWN_NOTES.has(note.slice(known.length + 1))) continue;
    const value = notes.raw(note);
    if (!value || value === 0n) continue;
    throw new CircuitbookError(
      `Expected only notes of the architecture ${known} that are known but found "${note}" in ` +
        `${notes.path}; it may change the result and is not supported.`,
    );
  }
  return known;
}

/**
 * Returns the content that `config.json` would have for a GGUF file.
 *
 * @param ropeFactors by how much `rope_freqs.weight` divides each frequency; undefined without the
 * tensor.
 * @throws CircuitbookError if a note is missing or asks for something that no configuration says.
 */
export function configOf(
  notes: Notes,
  tensors: readonly GgufTensor[],
  ropeFactors: Float32Array | undefined,
): Record<string, unknown> {
  const architecture = architectureOfNotes(notes);
  const note = (name: string) => `${architecture}.${name}`;
  const names = new Set(tensors.map(({ name }) => name));
  const common = {
    model_type: architecture,
    vocab_size: tensors.find(({ name }) => name === "token_embd.weight")?.shape[0],
    tie_word_embeddings: !names.has("output.weight"),
    eos_token_id: notes.number("tokenizer.ggml.eos_token_id"),
  };
  if (architecture === "gpt2") {
    return {
      ...common,
      n_embd: notes.needed(note("embedding_length")),
      n_layer: notes.needed(note("block_count")),
      n_head: notes.needed(note("attention.head_count")),
      n_positions: notes.needed(note("context_length")),
      n_inner: notes.number(note("feed_forward_length")),
      layer_norm_epsilon: notes.needed(note("attention.layer_norm_epsilon")),
      activation_function: "gelu_new",
    };
  }
  const heads = notes.needed(note("attention.head_count"));
  const width = notes.needed(note("embedding_length"));
  const headSize = notes.number(note("attention.key_length")) ?? width / heads;
  for (const other of ["attention.value_length", "rope.dimension_count"]) {
    const size = notes.number(note(other)) ?? headSize;
    if (size !== headSize) throw notes.refusal(note(other), `the size of a head (${headSize})`);
  }
  return {
    ...common,
    hidden_size: width,
    intermediate_size: notes.needed(note("feed_forward_length")),
    num_hidden_layers: notes.needed(note("block_count")),
    num_attention_heads: heads,
    num_key_value_heads: notes.number(note("attention.head_count_kv")) ?? heads,
    head_dim: headSize,
    hidden_act: "silu",
    max_position_embeddings: notes.needed(note("context_length")),
    rms_norm_eps: notes.needed(note("attention.layer_norm_rms_epsilon")),
    rope_theta: notes.number(note("rope.freq_base")),
    rope_scaling: ropeScaling(notes, architecture, headSize, ropeFactors),
    ...architecture === "llama"
      ? { attention_bias: names.has("blk.0.attn_q.bias"), mlp_bias: names.has("blk.0.ffn_up.bias") }
      : {},
  };
}

/** Returns what `generation_config.json` would say: every token that ends a text. */
export function generationConfigOf(notes: Notes): { eos_token_id: number[] } {
  const ends = ["eos", "eot", "eom"].map((name) => notes.number(`tokenizer.ggml.${name}_token_id`));
  return { eos_token_id: ends.filter((id) => id !== undefined) };
}

/**
 * The numbers of Llama 3's scaling that all published models share; the factor differs (8 or 32).
 */
const LLAMA3 = { low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

/** By how much the factors of a file may differ from Llama 3's formula: they are stored as f32. */
const TOLERANCE = 1e-5;

function ropeScaling(
  notes: Notes,
  architecture: GgufArchitecture,
  headSize: number,
  factors: Float32Array | undefined,
): Record<string, unknown> | undefined {
  const note = (name: string) => `${architecture}.rope.scaling.${name}`;
  const type = notes.text(note("type")) ?? "none";
  if (factors) {
    const theta = notes.number(`${architecture}.rope.freq_base`) ?? 10_000;
    const scaling = { ...LLAMA3, factor: factors.reduce((a, b) => Math.max(a, b), 0) };
    // The notes may claim heads of any size, so the file's own list says how many factors to
    // expect.
    const expected = llama3Divisors(scaling, theta, 2 * factors.length);
    const fits = 2 * factors.length === headSize &&
      factors.every((value, i) => Math.abs(value / expected[i] - 1) < TOLERANCE);
    if (fits && type === "none") return { rope_type: "llama3", ...scaling };
    throw new CircuitbookError(
      `Expected Llama 3's factors in "rope_freqs.weight" of ${notes.path} but found others; ` +
        "use the model's folder in the Hugging Face layout.",
    );
  }
  if (type === "none") return undefined;
  const original = notes.number(note("original_context_length"));
  return {
    rope_type: type,
    factor: notes.needed(note("factor")),
    // With linear scaling the number is not used.
    ...original === undefined || type === "linear"
      ? {}
      : { original_max_position_embeddings: original },
  };
}
