/** The lines of help on the flags that say which model a task runs, for all tasks that take these flags. */
export const MODEL_USAGE =
  `  --model NAME|PATH|HUBID  an embedded model, a folder in the Hugging Face layout, a GGUF file, or a Hub id (Qwen/Qwen2.5-3B)
  --adapter FOLDER         a LoRA adapter in PEFT's format, merged with the model's weights`;

/** The lines of help on the flags that say how a task computes. */
export const DEVICE_USAGE = `  --device DEVICE          auto, cuda, webgpu or cpu. Default: auto
  --dtype DTYPE            f32, f16, bf16 or, on the CPU, int8. Default: f32 on the CPU, else that of the checkpoint`;
