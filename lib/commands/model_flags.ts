import type { Flags } from "./flags.ts";
import { CommandError } from "./repository.ts";

/** The model that a task runs, as its flags name it. */
export interface ModelArguments {
  /** An embedded name, a folder, a GGUF file or a Hub id. */
  readonly model: string;
  /** The folder of a LoRA adapter. */
  readonly adapter?: string;
  /** Attributes of the model's `config.json` that are left out. */
  readonly ignoreConfig?: readonly string[];
}

/**
 * The lines of help on the flags that say which model a task runs, for all tasks that take these
 * flags.
 */
export const MODEL_USAGE =
  `  --model NAME|PATH|HUBID  an embedded model, a folder in the Hugging Face layout, a GGUF file, or a Hub id (Qwen/Qwen2.5-3B)
  --adapter FOLDER         a LoRA adapter in PEFT's format, merged with the model's weights
  --ignore-config KEY,…    attributes of config.json that are read as if they were not there, such as logit_scale or
                           rope_parameters.factor`;

/** The flags of {@link ModelArguments}, each with a value. */
export const MODEL_FLAGS = ["model", "adapter", "ignore-config"] as const;

/**
 * Returns the model that the flags of a task name.
 *
 * @throws CommandError if no model is named, or if a name in the list of attributes is empty.
 */
export function modelOf(
  flags: Pick<Flags<typeof MODEL_FLAGS[number], never>, "needed" | "single">,
): ModelArguments {
  return {
    model: flags.needed("model"),
    adapter: flags.single("adapter"),
    ignoreConfig: attributesIn(flags.single("ignore-config")),
  };
}

/**
 * Returns the attributes of `config.json` that `--ignore-config` names; undefined if the flag was
 * not given.
 *
 * @throws CommandError if a name is empty.
 */
export function attributesIn(value: string | undefined): string[] | undefined {
  const keys = value?.split(",").map((key) => key.trim());
  if (keys?.includes("")) {
    throw new CommandError(
      `Expected names of attributes, with commas between them, after --ignore-config but found "${value}".`,
    );
  }
  return keys;
}

/** The lines of help on the flags that say how a task computes. */
export const DEVICE_USAGE = `  --device DEVICE          auto, cuda, webgpu or cpu. Default: auto
  --dtype DTYPE            f32, f16, bf16 or, on the CPU, int8. Default: f32 on the CPU, else that of the checkpoint`;
