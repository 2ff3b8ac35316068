/** Attributes of a `config.json` that change no logit in any family with any value. */
export const HARMLESS: ReadonlySet<string> = new Set([
  // The origin of the checkpoint.
  "architectures",
  "model_type",
  "_name_or_path",
  "name_or_path",
  "transformers_version",
  "tokenizer_class",
  "unsloth_fixed",
  "unsloth_version",
  "_commit_hash",
  "_model_name_or_path",
  "model_name",
  "is_llama_config",
  // How the checkpoint is stored and run: the files name their own dtypes, and the decoder is
  // written here.
  "torch_dtype",
  "dtype",
  "use_cache",
  "torchscript",
  "use_bfloat16",
  "low_cpu_mem_usage",
  "gradient_checkpointing",
  "_attn_implementation",
  "_attn_implementation_autoset",
  "attn_implementation",
  "_attn_implementation_internal",
  "return_dict",
  "return_dict_in_generate",
  "output_hidden_states",
  "output_attentions",
  "output_scores",
  "chunk_size_feed_forward",
  "reorder_and_upcast_attn",
  "use_return_dict",
  "output_past",
  "transformers.js_config",
  // How many slices the matrices were trained in: the slices' products sum to the whole product.
  "pretraining_tp",
  "is_decoder",
  // Used in training only.
  "attention_dropout",
  "hidden_dropout",
  "resid_pdrop",
  "embd_pdrop",
  "attn_pdrop",
  "classifier_dropout",
  "summary_first_dropout",
  "initializer_range",
  "gradient_checkpointing_kwargs",
  // Tokens that the tokenizer adds. Families read eos_token_id.
  "bos_token_id",
  "pad_token_id",
  "unk_token_id",
  "cls_token_id",
  "mask_token_id",
  "sep_token_id",
  "decoder_start_token_id",
  "forced_bos_token_id",
  "forced_eos_token_id",
  "prefix",
  // Heads for other tasks than the next token.
  "summary_activation",
  "summary_proj_to_labels",
  "summary_type",
  "summary_use_proj",
  "task_specific_params",
  "id2label",
  "label2id",
  "num_labels",
  "problem_type",
  "finetuning_task",
  "num_logits_to_keep",
  // Defaults for generation in old configurations; `generate` has its own defaults.
  "max_length",
  "min_length",
  "max_new_tokens",
  "do_sample",
  "early_stopping",
  "num_beams",
  "num_beam_groups",
  "diversity_penalty",
  "temperature",
  "top_k",
  "top_p",
  "typical_p",
  "repetition_penalty",
  "length_penalty",
  "no_repeat_ngram_size",
  "encoder_no_repeat_ngram_size",
  "bad_words_ids",
  "num_return_sequences",
  "exponential_decay_length_penalty",
  "suppress_tokens",
  "begin_suppress_tokens",
  "remove_invalid_values",
  "tf_legacy_loss",
  "predict_special_tokens",
  "_num_labels",
]);

/**
 * Attributes that change no logit at the given value, and are refused at any other value but null.
 */
export const HARMLESS_AT: Readonly<Record<string, unknown>> = {
  is_causal: true,
  is_encoder_decoder: false,
  add_cross_attention: false,
  tie_encoder_decoder: false,
  use_mrope: false,
  partial_rotary_factor: 1,
  pruned_heads: {},
  n_special: 0,
};

/**
 * Words in the name of an unknown attribute that speak of the computation of logits: what
 * positions, attention, norms, experts, residual streams and matrices are computed from.
 */
export const HARMFUL_WORDS =
  /rope|rotary|alibi|att(ention|n)|window|norm|bias|scal(e|ing)|multiplier|soft_?cap|clip|expert|moe|quanti[sz]|residual|layer|chunk|cross|mup|auto_map/i;

/** Words in the name of an attribute that only training uses. */
export const TRAINING_WORDS = /dropout|_drop$|_pdrop$/i;
