import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import type { Architecture } from "../plan/architecture.ts";
import { endTokens } from "./fields.ts";
import { HARMFUL_WORDS, HARMLESS, HARMLESS_AT, TRAINING_WORDS } from "./harmless.ts";

/** The facts that a family reads besides `config.json`. */
export interface FamilyContext {
  /** The tensor names of the checkpoint, for families whose checkpoints differ in their names. */
  tensorNames?: ReadonlySet<string>;
  /** The parsed `generation_config.json`, which may name more end tokens. */
  generationConfig?: unknown;
}

/** A model family: how its `config.json` describes a decoder. */
export interface Family {
  /** `model_type` in `config.json`. */
  modelType: string;
  /** The attributes of `config.json` that the family reads. */
  fields: z.ZodRawShape;
  /**
   * Returns the architecture that a configuration describes.
   *
   * @throws CircuitbookError if the configuration asks for something that the decoder cannot do.
   */
  describe(config: unknown, context: FamilyContext): Architecture;
}

/**
 * Returns the attributes of a `config.json` that are unknown and that, by their names, change no
 * logit.
 *
 * @throws CircuitbookError if the name or the value of an attribute speaks of something that may
 * change a logit.
 */
export function unknownAttributes(
  { modelType, fields }: Family,
  config: object,
): string[] {
  return Object.entries(config).flatMap(([name, value]) => {
    if (Object.hasOwn(fields, name) || isHarmless(name, value)) return [];
    if (name === "auto_map" && namesOwnClasses(value, modelType)) return [];
    const known = Object.hasOwn(HARMLESS_AT, name);
    if (!known && isEmpty(value)) return [];
    if (!known && !HARMFUL_WORDS.test(name)) return [name];
    throw new CircuitbookError(
      `Expected only attributes that the ${modelType} family knows but found "${name}": ${
        shown(value)
      } in config.json, which may change the result. If it does not, load the model with loadModel(name, { ignoreConfig: [${
        JSON.stringify(name)
      }] }), or add --ignore-config ${name} to the deno task.`,
    );
  });
}

/**
 * Returns the attributes of a `config.json` that a family reads, checked, with transformers'
 * defaults for absent ones.
 *
 * @throws CircuitbookError if an attribute has a wrong value.
 */
export function parseConfig<T extends z.ZodRawShape>(
  shape: T,
  config: unknown,
): z.output<z.ZodObject<T>> {
  const parsed = z.object(shape).safeParse(config);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    config,
  );
  throw refusal(path.join("."), message, value);
}

/**
 * Throws if a list of the kinds of layers does not have one entry for each layer, because missing
 * kinds would have to be guessed.
 *
 * @param types the content of `layer_types`, if the configuration has it.
 * @param layers the number of layers.
 * @throws CircuitbookError if the list has another length.
 */
export function verifyLayerTypes(
  types: readonly string[] | null | undefined,
  layers: number,
): void {
  if (!types || types.length === layers) return;
  throw refusal("layer_types", `to name the kinds of ${layers} layers (num_hidden_layers)`, types);
}

/**
 * Returns an error about one attribute: `Expected "hidden_act" to be … but found "tanh" in
 * config.json.`
 */
export function refusal(attribute: string, expected: string, found: unknown): CircuitbookError {
  return new CircuitbookError(
    `Expected "${attribute}" ${expected} but found ${shown(found)} in config.json.`,
  );
}

/**
 * Returns the tokens that end a text, from `config.json` and `generation_config.json`, each once.
 */
export function allEndTokens(
  fromConfig: z.output<typeof endTokens>,
  generationConfig: unknown,
): number[] {
  const parsed = z.object({ eos_token_id: endTokens }).optional().safeParse(generationConfig);
  if (!parsed.success) {
    throw new CircuitbookError(
      `Expected "eos_token_id" to be a token id or a list of them but found ${
        shown((generationConfig as { eos_token_id?: unknown })?.eos_token_id)
      } in generation_config.json.`,
    );
  }
  return [...new Set([fromConfig ?? [], parsed.data?.eos_token_id ?? []].flat())];
}

/**
 * Returns whether an `auto_map` names only classes of a family. Many repositories have such an
 * `auto_map`, because their code became part of transformers later. For the family `phi3`, an
 * example is `configuration_phi3.Phi3Config`, with or without the id of a repository before it. The
 * entry `AutoTokenizer` is not checked, because tokenizers are read from their own files.
 *
 * @param autoMap the content of `auto_map` in `config.json`.
 * @param modelType the `model_type` of the family.
 */
export function namesOwnClasses(autoMap: unknown, modelType: string): boolean {
  if (typeof autoMap !== "object" || autoMap === null) return false;
  const classes = Object.entries(autoMap).flatMap(([key, name]) =>
    key === "AutoTokenizer" ? [] : [name]
  );
  const family = modelType.replaceAll("_", "");
  const own = new RegExp(
    `^([\\w.-]+/[\\w.-]+--)?(configuration|modeling)_${modelType}\\.${family}`,
    "i",
  );
  return classes.every((name) => typeof name === "string" && own.test(name));
}

/** Returns whether an attribute is known to change no logit at this value. */
function isHarmless(name: string, value: unknown): boolean {
  if (value === null || HARMLESS.has(name) || TRAINING_WORDS.test(name)) return true;
  return Object.hasOwn(HARMLESS_AT, name) &&
    JSON.stringify(value) === JSON.stringify(HARMLESS_AT[name]);
}

/**
 * Returns whether a value switches nothing on: false, an empty text, an empty list or an empty
 * object.
 */
function isEmpty(value: unknown): boolean {
  return value === false || ["", "[]", "{}"].includes(
    typeof value === "string" ? value : JSON.stringify(value),
  );
}
