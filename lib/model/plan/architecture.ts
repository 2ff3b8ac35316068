/**
 * The tensor names of one layer's weights. A name that a family does not have is absent.
 */
export interface LayerWeights {
  /** The norm before attention. */
  ln1?: NormWeights;
  /** The query projection. */
  q?: LinearWeights;
  /** The key projection. */
  k?: LinearWeights;
  /** The value projection. */
  v?: LinearWeights;
  /** One matrix that computes queries, keys and values side by side (GPT-2's `c_attn`), instead of q, k and v. */
  qkv?: LinearWeights;
  /** The output projection of attention. */
  o: LinearWeights;
  /** The gain of the RMS norm on each head's queries (Qwen3). */
  qNorm?: string;
  /** The gain of the RMS norm on each head's keys (Qwen3). */
  kNorm?: string;
  /** The norm before the MLP. */
  ln2?: NormWeights;
  /** The MLP matrix whose output passes through the activation (`gate_proj`, GPT-2's `c_fc`). */
  gate?: LinearWeights;
  /** The linear branch of a gated MLP (`up_proj`). */
  up?: LinearWeights;
  /** The output matrix of the MLP (`down_proj`, GPT-2's second `c_proj`). */
  down?: LinearWeights;
}

/**
 * The tensor names of a linear map. `linearLayout` of the {@link Architecture} says whether matrices are stored
 * [out, in] or [in, out].
 */
export interface LinearWeights {
  /** The matrix. */
  weight: string;
  /** The bias [out]; absent without one. */
  bias?: string;
}

/** The tensor names of a norm. */
export interface NormWeights {
  /** The gain [d_model]. */
  weight: string;
  /** The bias [d_model] of a LayerNorm; absent for RMS norms. */
  bias?: string;
}

/** A rotary position embedding (Su et al., arXiv 2104.09864). */
export interface Rope {
  /** The base of the wavelengths. */
  theta: number;
  /** Llama 3's scaling of low frequencies (arXiv 2407.21783), where the checkpoint has it. */
  scaling?: {
    factor: number;
    lowFreqFactor: number;
    highFreqFactor: number;
    originalContext: number;
  };
}

/**
 * Everything that the decoder knows about a checkpoint: sizes, switches and weight names. A family turns a
 * `config.json` into an architecture.
 */
export interface Architecture {
  /** The family, as `model_type` in `config.json` names it. */
  family: string;
  /** The number of layers. */
  layers: number;
  /** The width of the residual stream. */
  dModel: number;
  /** Attention heads in each layer. */
  heads: number;
  /** Heads that have keys and values of their own; a divisor of `heads`. */
  kvHeads: number;
  /** The width of one head. */
  headSize: number;
  /** Neurons in each MLP; 0 in an attention-only model. */
  dMlp: number;
  /** The number of token ids. */
  vocab: number;
  /** The longest text that the model can read, in tokens. */
  context: number;
  /** The norm before attention, before the MLP and before the unembedding. */
  norm: { kind: "rms" | "layer"; eps: number } | { kind: "none" };
  /** The rotary position embedding; absent in models with learned positions or with none. */
  rope?: Rope;
  /** The nonlinearity of the MLP. */
  activation: "silu" | "gelu" | "gelu_new" | "relu";
  /** How matrices are stored: [out, in] (PyTorch's `nn.Linear`) or [in, out] (GPT-2's `Conv1D`). */
  linearLayout: "out-in" | "in-out";
  /** The tensor names of the weights. */
  weights: {
    /** The token embedding [vocab, d_model]. */
    embed: string;
    /** Learned positions [position, d_model]. */
    positions?: string;
    /** The norm before the unembedding. */
    finalNorm?: NormWeights;
    /** The unembedding [vocab, d_model]; the same name as `embed` when the two are tied. */
    unembed: string;
    /** Returns the tensor names of a layer, counted from 0. */
    layer: (index: number) => LayerWeights;
  };
  /** The shape of every tensor that the decoder reads, by name, as `config.json` implies it. */
  shapes: ReadonlyMap<string, readonly number[]>;
  /** The tokens that end a text. */
  endTokens: readonly number[];
  /** What a user should know about how the configuration was read, in whole sentences. */
  notes: readonly string[];
  /** Patterns of tensors that a checkpoint of this family may hold and the decoder does not read, such as masks. */
  harmlessTensors?: readonly RegExp[];
  /** If the embeddings are tied: the tensor in which a checkpoint may repeat the embedding as its unembedding. */
  tiedHead?: string;
}
