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
  /**
   * One matrix that computes queries, keys and values side by side (GPT-2's `c_attn`), instead of
   * q, k and v.
   */
  qkv?: LinearWeights;
  /** The output projection of attention. */
  o: LinearWeights;
  /**
   * The gain of the RMS norm on the queries; `qkNorm` of the {@link Architecture} says what is
   * normalised together.
   */
  qNorm?: string;
  /** The gain of the RMS norm on the keys. */
  kNorm?: string;
  /**
   * The norm of what attention writes, before it is added to the residual stream (Gemma 2, OLMo 2).
   */
  ln1Post?: NormWeights;
  /** The norm before the MLP. */
  ln2?: NormWeights;
  /**
   * The norm of what the MLP writes, before it is added to the residual stream (Gemma 2, OLMo 2).
   */
  ln2Post?: NormWeights;
  /** The MLP matrix whose output passes through the activation (`gate_proj`, GPT-2's `c_fc`). */
  gate?: LinearWeights;
  /** The linear branch of a gated MLP (`up_proj`). */
  up?: LinearWeights;
  /** The output matrix of the MLP (`down_proj`, GPT-2's second `c_proj`). */
  down?: LinearWeights;
}

/**
 * The tensor names of a linear map. `linearLayout` of the {@link Architecture} says whether
 * matrices are stored [out, in] or [in, out].
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
  /** How many dimensions of a head are rotated, the first ones; absent where all are. */
  dims?: number;
  /** A divisor for the frequency of each rotated pair; absent if no frequency is divided. */
  divisors?: readonly number[];
  /** A factor of all cosines and sines; absent if it is 1. */
  magnitude?: number;
}

/**
 * A tensor that is computed from a tensor of the checkpoint: a part of a fused matrix, or a gain
 * that the checkpoint stores minus 1.
 */
export interface TensorPart {
  /** The name of the stored tensor. */
  readonly of: string;
  /** The shape of the stored tensor. */
  readonly stored: readonly number[];
  /** The shape of the part. */
  readonly shape: readonly number[];
  /** The rows that are taken, from and up to. */
  readonly rows?: readonly [from: number, to: number];
  /**
   * The index that is taken of the second axis, if the first axis is read as [heads, kinds, head
   * size].
   */
  readonly byHead?: { readonly heads: number; readonly kinds: number; readonly kind: number };
  /** A number that is added to every element. */
  readonly plus?: number;
}

/**
 * Everything that the decoder knows about a checkpoint: sizes, switches and weight names. A family
 * turns a `config.json` into an architecture.
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
  /** The rotary embedding of layers with a sliding window, if it differs from `rope` (Gemma 3). */
  localRope?: Rope;
  /**
   * A sliding window: in some layers a token attends only to itself and the `size` − 1 tokens
   * before it.
   */
  window?: {
    /** The number of tokens. */
    size: number;
    /** For each layer, whether it has the window. */
    layers: readonly boolean[];
  };
  /**
   * What RMS norms on queries and keys normalise: each head alone (default), or all heads together
   * (OLMo 2).
   */
  qkNorm?: "head" | "width";
  /**
   * Whether the MLP reads the residual stream before attention, as attention does (GPT-NeoX).
   * Default false.
   */
  parallel?: boolean;
  /** A factor of the token embeddings (Gemma). Default 1. */
  embedScale?: number;
  /** The factor of attention scores. Default 1 / √`headSize`. */
  scoreScale?: number;
  /**
   * The limit c of attention scores, which become c · tanh(score / c) (Gemma 2); absent without
   * one.
   */
  scoreCap?: number;
  /** The limit c of logits, which become c · tanh(logit / c) (Gemma 2); absent without one. */
  logitCap?: number;
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
  /**
   * The shape of every tensor of the checkpoint that is read, by name, as `config.json` implies it.
   */
  shapes: ReadonlyMap<string, readonly number[]>;
  /**
   * The tensors that are computed from tensors of the checkpoint, by the names that `weights` gives
   * them.
   */
  parts: ReadonlyMap<string, TensorPart>;
  /** The tokens that end a text. */
  endTokens: readonly number[];
  /** Notes for the user on how the configuration was read, in whole sentences. */
  notes: readonly string[];
  /**
   * Patterns of tensors that a checkpoint of this family may hold and the decoder does not read,
   * such as masks.
   */
  harmlessTensors?: readonly RegExp[];
  /**
   * If the embeddings are tied: the tensor in which a checkpoint may repeat the embedding as its
   * unembedding.
   */
  tiedHead?: string;
}
