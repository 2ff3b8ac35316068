import { checkArguments } from "../../base/arguments.ts";
import { aCheckpoint } from "../../checkpoint/checkpoint.ts";
import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { Architecture } from "../plan/architecture.ts";
import { attentionOnly } from "./attention_only.ts";
import { verifyBounds } from "./bounds.ts";
import { type Family, type FamilyContext, namesOwnClasses, unknownAttributes } from "./config.ts";
import { gemma2, gemma3 } from "./gemma.ts";
import { gpt2 } from "./gpt2.ts";
import { gptNeox } from "./gpt_neox.ts";
import { llama } from "./llama.ts";
import { mistral } from "./mistral.ts";
import { olmo2 } from "./olmo2.ts";
import { phi3 } from "./phi3.ts";
import { qwen2 } from "./qwen2.ts";
import { qwen3 } from "./qwen3.ts";
import { checkWeights } from "./weights.ts";

const FAMILIES: ReadonlyMap<string, Family> = new Map(
  [qwen2, qwen3, llama, mistral, gemma2, gemma3, gptNeox, olmo2, phi3, gpt2, attentionOnly].map((
    family,
  ) => [family.modelType, family]),
);

/** Every `model_type` that can be loaded. */
export const supportedFamilies: readonly string[] = [...FAMILIES.keys()];

/**
 * Returns the architecture that a `config.json` describes.
 *
 * @param config the parsed `config.json`.
 * @param context the tensor names and `generation_config.json` of the checkpoint, where there are
 * any.
 * @returns sizes, switches and weight names.
 * @throws CircuitbookError if the family is unknown, if an attribute asks for something that the
 * decoder cannot do, or if a number of layers or a width is larger than in any model.
 *
 * @example
 * ```ts
 * import { families } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const config = JSON.parse(await Deno.readTextFile("data/models/countdown-r1/config.json"));
 * assertEquals(families.architectureOf(config).headSize, 32);
 * ```
 */
export function architectureOf(config: unknown, context: FamilyContext = {}): Architecture {
  const modelType = (config as { model_type?: unknown } | null | undefined)?.model_type;
  const family = typeof modelType === "string" ? FAMILIES.get(modelType) : undefined;
  if (family) {
    const unknown = unknownAttributes(family, config as object);
    verifyBounds(family, config as Record<string, unknown>, context);
    const architecture = family.describe(config, context);
    const notes = [...unknownNote(unknown), ...ownCodeNote(config as object, family.modelType)];
    return { ...architecture, notes: [...architecture.notes, ...notes] };
  }
  const names = typeof modelType === "string"
    ? nearestNames(modelType, FAMILIES.keys(), FAMILIES.size)
    : FAMILIES.keys();
  throw new CircuitbookError(
    `Expected a "model_type" out of ${[...names].join(", ")} but found ${
      JSON.stringify(modelType) ?? "none"
    } ` +
      `in config.json; other families are not supported.`,
  );
}

/** Returns the note on a configuration that names code of its own repository, or no note. */
function ownCodeNote(config: { auto_map?: unknown }, modelType: string): string[] {
  if (!config.auto_map || !namesOwnClasses(config.auto_map, modelType)) return [];
  return [
    `config.json names code of its own repository (auto_map); the model is read as ${modelType}, as ` +
    "transformers reads it without trust_remote_code.",
  ];
}

/** Returns the notes on attributes that were ignored. */
function unknownNote(names: readonly string[]): string[] {
  if (!names.length) return [];
  const listed = names.map((name) => JSON.stringify(name)).join(", ");
  return [`Attributes of config.json that nobody here knows were ignored: ${listed}.`];
}

/**
 * Returns the architecture of an opened checkpoint, with its configuration and its tensors checked
 * against each other.
 *
 * @param checkpoint the files of a model.
 * @returns sizes, switches and weight names.
 * @throws CircuitbookError if the configuration is not supported, or if it does not fit the
 * weights.
 *
 * @example
 * ```ts
 * import { checkpoints, families } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const checkpoint = await checkpoints.openCheckpoint("data/models/countdown-r1");
 * assertEquals(families.architectureOfCheckpoint(checkpoint).family, "qwen2");
 * ```
 */
export function architectureOfCheckpoint(checkpoint: Checkpoint): Architecture {
  checkArguments("architectureOfCheckpoint", {
    checkpoint: [checkpoint, aCheckpoint],
  });

  const architecture = architectureOf(checkpoint.config, {
    tensorNames: new Set(checkpoint.tensors.keys()),
    generationConfig: checkpoint.generationConfig,
  });
  checkWeights(architecture, checkpoint);
  return architecture;
}
