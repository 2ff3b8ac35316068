/** Where a weight of the decoder stands in the checkpoint. */
export interface LayerWeights {
  /** Norm before attention: gain, and bias for LayerNorm. */
  ln1?: NormWeights;
  q?: LinearWeights;
  k?: LinearWeights;
  v?: LinearWeights;
  /** Instead of q, k and v: one matrix that makes all three, side by side (GPT-2's `c_attn`). */
  qkv?: LinearWeights;
  o: LinearWeights;
  /** Gains of the per-head RMS norms of queries and keys (Qwen3). */
  qNorm?: string;
  kNorm?: string;
  ln2?: NormWeights;
  /** The first MLP matrix that passes through the activation (`gate_proj`, GPT-2's `c_fc`). */
  gate?: LinearWeights;
  /** The second, linear branch of a gated MLP (`up_proj`). */
  up?: LinearWeights;
  down?: LinearWeights;
}

/** Tensor names of a linear map; the architecture says whether the matrix is stored [out, in] or [in, out]. */
export interface LinearWeights {
  weight: string;
  bias?: string;
}

/** Tensor names of a norm. */
export interface NormWeights {
  weight: string;
  bias?: string;
}

/** Rotary position embedding: base, and Llama 3's frequency scaling where the checkpoint has it. */
export interface Rope {
  theta: number;
  scaling?: {
    factor: number;
    lowFreqFactor: number;
    highFreqFactor: number;
    originalContext: number;
  };
}

/**
 * What the decoder needs to know about a checkpoint: sizes, switches and weight names.
 * A family turns a `config.json` into one of these; the decoder knows nothing else of families.
 */
export interface Architecture {
  family: string;
  layers: number;
  dModel: number;
  heads: number;
  kvHeads: number;
  headSize: number;
  /** 0 in an attention-only model. */
  dMlp: number;
  vocab: number;
  /** The longest text, in tokens. */
  context: number;
  norm: { kind: "rms" | "layer"; eps: number } | { kind: "none" };
  rope?: Rope;
  activation: "silu" | "gelu" | "gelu_new" | "relu";
  /** Stored [out, in] (`nn.Linear`) or [in, out] (GPT-2's `Conv1D`). */
  linearLayout: "out-in" | "in-out";
  weights: {
    embed: string;
    /** Learned positions [position, d_model]. */
    positions?: string;
    finalNorm?: NormWeights;
    /** Equal to `embed` when the embeddings are tied. Stored [vocab, d_model]. */
    unembed: string;
    layer: (index: number) => LayerWeights;
  };
  /** The shape of every tensor the decoder reads, by name, as the config implies it. */
  shapes: ReadonlyMap<string, readonly number[]>;
  /** Tokens that end a text. */
  endTokens: readonly number[];
  /** Tensors that a checkpoint of this family may hold and the decoder does not need: masks, tied copies. */
  harmlessTensors?: readonly RegExp[];
}
