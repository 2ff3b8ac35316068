import { join } from "deno-std/path/mod.js";
import { checkArguments, is } from "../../base/arguments.ts";
import { naming, writeWhole } from "../files.ts";
import { ADAPTER_CONFIG, ADAPTER_WEIGHTS } from "./config.ts";
import { halvedTensors } from "../safetensors/halved_tensors.ts";
import { CHAT_TEMPLATE } from "../tokenizer/load.ts";
import { writeSafetensors } from "../safetensors/write.ts";

/** The content of an adapter's folder. */
export interface AdapterFiles {
  /** The matrices, f32 by their name in PEFT's format, row-major. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /** The shapes of the matrices, by name. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** The rank of each product. */
  readonly rank: number;
  /** The products are multiplied by `alpha / rank`. */
  readonly alpha: number;
  /** The modules whose matrices have a product. */
  readonly targets: readonly string[];
  /** The name or Hub id of the base model. */
  readonly base: string;
  /** The content of `README.md`: the model card. */
  readonly card: string;
  /** The chat template of the prompts that the adapter learned, in Jinja. By default the base's. */
  readonly chatTemplate?: string;
}

/**
 * Writes a LoRA adapter in PEFT's format, which `loadModel` and PEFT open: `adapter_config.json`,
 * `adapter_model.safetensors` in f16, `README.md`, and `chat_template.jinja` if the adapter learned
 * prompts of its own.
 *
 * @param folder the folder; it is created if it is missing, and files in it are replaced.
 * @param files the matrices, the settings, the base model and the card.
 * @throws CircuitbookError if a number is too large for f16, or if the folder cannot be written to.
 *
 * @example
 * ```ts
 * import { checkpoints } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const folder = await Deno.makeTempDir();
 * const name = "base_model.model.model.layers.0.self_attn.q_proj";
 * await checkpoints.writeAdapter(folder, {
 *   weights: new Map([[`${name}.lora_A.weight`, new Float32Array(8)], [
 *     `${name}.lora_B.weight`,
 *     new Float32Array(8),
 *   ]]),
 *   shapes: new Map([[`${name}.lora_A.weight`, [1, 8]], [`${name}.lora_B.weight`, [8, 1]]]),
 *   rank: 1,
 *   alpha: 2,
 *   targets: ["q_proj"],
 *   base: "countdown-base",
 *   card: "# A toy",
 * });
 * const config = JSON.parse(await Deno.readTextFile(`${folder}/adapter_config.json`));
 * assertEquals(config.lora_alpha, 2);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeAdapter(folder: string, files: AdapterFiles): Promise<void> {
  checkArguments("writeAdapter", {
    folder: [folder, is.text],
    files: [files, is.like("the files of an adapter", "weights", "shapes", "rank")],
  });

  const { weights, shapes, rank, alpha, targets, base, card, chatTemplate } = files;
  const tensors = halvedTensors(weights, shapes);
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    base_model_name_or_path: base,
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    target_modules: targets,
    bias: "none",
    fan_in_fan_out: false,
    inference_mode: true,
  };
  await naming("write", folder, () => Deno.mkdir(folder, { recursive: true }));
  await writeSafetensors(join(folder, ADAPTER_WEIGHTS), tensors, {
    format: "pt",
  });
  await writeWhole(
    join(folder, ADAPTER_CONFIG),
    `${JSON.stringify(config, null, 2)}\n`,
  );
  if (chatTemplate !== undefined) await writeWhole(join(folder, CHAT_TEMPLATE), chatTemplate);
  await writeWhole(join(folder, "README.md"), card);
}
