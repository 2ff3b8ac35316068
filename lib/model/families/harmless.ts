/** Attributes of a `config.json` that change no logit, whatever their value, in any of the families. */
export const HARMLESS: ReadonlySet<string> = new Set([
  // Where the checkpoint comes from.
  ...["architectures", "model_type", "_name_or_path", "name_or_path", "transformers_version", "tokenizer_class"],
  ...["unsloth_fixed", "unsloth_version", "_commit_hash"],
  // How it is stored and run: the files say their dtype, and the decoder is our own.
  ...[
    "torch_dtype",
    "dtype",
    "use_cache",
    "torchscript",
    "use_bfloat16",
    "low_cpu_mem_usage",
    "gradient_checkpointing",
  ],
  ...["_attn_implementation", "_attn_implementation_autoset", "attn_implementation", "_attn_implementation_internal"],
  ...["return_dict", "return_dict_in_generate", "output_hidden_states", "output_attentions", "output_scores"],
  ...["chunk_size_feed_forward", "reorder_and_upcast_attn", "use_return_dict"],
  // Training only.
  ...["attention_dropout", "hidden_dropout", "resid_pdrop", "embd_pdrop", "attn_pdrop", "classifier_dropout"],
  ...["summary_first_dropout", "initializer_range", "gradient_checkpointing_kwargs"],
  // Tokens that the tokenizer adds; eos_token_id is read where the description of a family names it.
  ...["bos_token_id", "pad_token_id", "sep_token_id", "decoder_start_token_id", "forced_bos_token_id"],
  ...["forced_eos_token_id", "prefix"],
  // Heads for other tasks than the next token.
  ...["summary_activation", "summary_proj_to_labels", "summary_type", "summary_use_proj", "task_specific_params"],
  ...["id2label", "label2id", "num_labels", "problem_type", "finetuning_task"],
  // Defaults for generation that old configurations repeat; `generate` has its own.
  ...["max_length", "min_length", "max_new_tokens", "do_sample", "early_stopping", "num_beams", "num_beam_groups"],
  ...["diversity_penalty", "temperature", "top_k", "top_p", "typical_p", "repetition_penalty", "length_penalty"],
  ...["no_repeat_ngram_size", "encoder_no_repeat_ngram_size", "bad_words_ids", "num_return_sequences"],
  ...["exponential_decay_length_penalty", "suppress_tokens", "begin_suppress_tokens", "remove_invalid_values"],
  ...["tf_legacy_loss", "predict_special_tokens", "_num_labels"],
]);

/** Attributes that change nothing at the value given, and are refused at any other. */
export const HARMLESS_AT: Readonly<Record<string, unknown>> = {
  is_encoder_decoder: false,
  add_cross_attention: false,
  tie_encoder_decoder: false,
  is_decoder: false,
  use_mrope: false,
  pretraining_tp: 1,
  partial_rotary_factor: 1,
  pruned_heads: {},
  n_special: 0,
};
