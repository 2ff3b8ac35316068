import { join } from "deno-std/path/mod.js";
import { z } from "zod";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { readText } from "../files.ts";

/** The file that says how an adapter is merged. */
export const ADAPTER_CONFIG = "adapter_config.json";

/** The file that holds the matrices of an adapter. */
export const ADAPTER_WEIGHTS = "adapter_model.safetensors";

/** Attributes that say nothing about the merged weights: the origin, the training, and what the weights show. */
const HARMLESS: ReadonlySet<string> = new Set([
  "auto_mapping",
  "base_model_name_or_path",
  "exclude_modules",
  "inference_mode",
  "layers_pattern",
  "layers_to_transform",
  "lora_dropout",
  "megatron_core",
  "peft_version",
  "qalora_group_size",
  "revision",
  "target_modules",
  "task_type",
]);

/** Ways to start a training that change no weight of the base model. */
const PLAIN_STARTS: ReadonlySet<unknown> = new Set([true, false, null, "gaussian", "orthogonal"]);

const pattern = z.record(
  z.string().regex(/^[\w.-]+$/, "to have names of modules as keys (expressions are not supported)"),
  z.number().positive(),
).nullish();

const schema = z.object({
  peft_type: z.literal("LORA", { error: "to be LORA (the supported kind)" }),
  r: z.int().positive(),
  lora_alpha: z.number(),
  use_rslora: z.boolean().nullish(),
  rank_pattern: pattern,
  alpha_pattern: pattern,
  modules_to_save: z.array(z.string()).nullish(),
  bias: z.literal("none", { error: 'to be "none" (trained biases are not supported)' }).nullish(),
  fan_in_fan_out: z.boolean().nullish(),
  init_lora_weights: z.unknown().refine((value) => PLAIN_STARTS.has(value ?? null), {
    error: "to be a start that leaves the base model as it is",
  }).optional(),
});

/** How the matrices of an adapter are scaled, and which modules it replaces. */
export type AdapterConfig = z.output<typeof schema>;

/**
 * Reads the `adapter_config.json` of a folder.
 *
 * @returns the configuration, and the text of the file.
 * @throws CircuitbookError if there is no such file, or if the adapter is of a kind that is not supported; the
 * message names the attribute.
 */
export async function readAdapterConfig(
  folder: string,
): Promise<{ config: AdapterConfig; text: string }> {
  const path = join(folder, ADAPTER_CONFIG);
  const text = await readText(path);
  if (text === undefined) {
    throw new CircuitbookError(
      `Expected an adapter in PEFT's format, with an ${ADAPTER_CONFIG}, but found none in ${folder}.`,
    );
  }
  const json = parse(text, path);
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    const [{ path: keys, message }] = parsed.error.issues;
    const value = keys.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      json,
    );
    throw new CircuitbookError(
      `Expected "${keys.join(".")}" ${message} but found ${shown(value)} in ${path}.`,
    );
  }
  for (const [name, value] of Object.entries(json as Record<string, unknown>)) {
    if (Object.hasOwn(schema.shape, name) || HARMLESS.has(name) || isEmpty(value)) continue;
    throw new CircuitbookError(
      `Expected an adapter without "${name}" but found ${shown(value)} in ${path}; ` +
        "it may change the merged weights and is not supported.",
    );
  }
  return { config: parsed.data, text };
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CircuitbookError(`Expected JSON in ${path} but found: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0;
  return !value;
}

/** Returns the rank that an adapter gives to a module, by its whole name. */
export function rankOf(config: AdapterConfig, module: string): number {
  return byPattern(config.rank_pattern, module) ?? config.r;
}

/** Returns the factor of an adapter's product at a module: alpha / rank, or alpha / √rank. */
export function scalingOf(config: AdapterConfig, module: string): number {
  const alpha = byPattern(config.alpha_pattern, module) ?? config.lora_alpha;
  const rank = rankOf(config, module);
  return alpha / (config.use_rslora ? Math.sqrt(rank) : rank);
}

/** Returns the number of the first name in a pattern that a module's name ends with. */
function byPattern(numbers: AdapterConfig["rank_pattern"], module: string): number | undefined {
  const key = Object.keys(numbers ?? {}).find((name) => endsWithModule(module, name));
  return key === undefined ? undefined : numbers?.[key];
}

/** Returns whether the name of a module ends with the whole names of another. */
export function endsWithModule(module: string, name: string): boolean {
  return module === name || module.endsWith(`.${name}`);
}
