import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { Architecture } from "../plan/architecture.ts";
import { endTokens } from "./fields.ts";
import { HARMLESS, HARMLESS_AT } from "./harmless.ts";

/** What a family may look at beside `config.json`. */
export interface FamilyContext {
  /** The names of the checkpoint's tensors, where a family's checkpoints name them in more than one way. */
  tensorNames?: ReadonlySet<string>;
  /** `generation_config.json`: it may name more end tokens. */
  generationConfig?: unknown;
}

/** A model family: how its `config.json` describes the one decoder. */
export interface Family {
  /** `model_type` in `config.json`. */
  modelType: string;
  /** @throws CircuitbookError when the configuration asks for what the decoder does not do. */
  describe(config: unknown, context: FamilyContext): Architecture;
}

/**
 * The attributes of a `config.json` that a family reads, checked; every other attribute must be known to be harmless.
 *
 * @throws CircuitbookError that names the attribute, what was expected and what was found.
 */
export function parseConfig<T extends z.ZodRawShape>(
  family: string,
  shape: T,
  config: unknown,
): z.output<z.ZodObject<T>> {
  const record = z.record(z.string(), z.unknown()).safeParse(config);
  if (!record.success) {
    throw new CircuitbookError(`Expected a JSON object in config.json but found ${show(config)}.`);
  }
  for (const [name, value] of Object.entries(record.data)) {
    if (!Object.hasOwn(shape, name) && !isHarmless(name, value)) {
      throw new CircuitbookError(
        `Expected only attributes that the ${family} family knows but found "${name}": ${
          show(value)
        } in config.json; ` +
          `it may change the result and is not supported.`,
      );
    }
  }
  const parsed = z.object(shape).safeParse(config);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  const value = path.reduce<unknown>(
    (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
    config,
  );
  throw refusal(path.join("."), message, value);
}

/** An error about one attribute: `Expected "hidden_act" to be … but found "tanh" in config.json.` */
export function refusal(attribute: string, expected: string, found: unknown): CircuitbookError {
  return new CircuitbookError(
    `Expected "${attribute}" ${expected} but found ${show(found)} in config.json.`,
  );
}

/** The tokens that end a text: those of `config.json` and of `generation_config.json`, each once. */
export function allEndTokens(
  fromConfig: z.output<typeof endTokens>,
  generationConfig: unknown,
): number[] {
  const parsed = z.object({ eos_token_id: endTokens }).optional().safeParse(generationConfig);
  if (!parsed.success) {
    throw new CircuitbookError(
      `Expected "eos_token_id" to be a token id or a list of them but found ${
        show((generationConfig as { eos_token_id?: unknown })?.eos_token_id)
      } in generation_config.json.`,
    );
  }
  return [...new Set([fromConfig ?? [], parsed.data?.eos_token_id ?? []].flat())];
}

function isHarmless(name: string, value: unknown): boolean {
  if (value === null || HARMLESS.has(name)) return true;
  return Object.hasOwn(HARMLESS_AT, name) &&
    JSON.stringify(value) === JSON.stringify(HARMLESS_AT[name]);
}

function show(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
