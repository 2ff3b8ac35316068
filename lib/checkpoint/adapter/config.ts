import { dirname, join } from "deno-std/path/mod.js";
import { z } from "zod";
import { isObject } from "../../base/arguments.ts";
import { CircuitbookError, messageOf } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { fileSize, infoOf, readText } from "../files.ts";
import { lateExpression } from "../tokenizer/expressions.ts";
import { missingWeights, namesIn } from "../weight_files.ts";

/** The file that says how an adapter is merged. */
export const ADAPTER_CONFIG = "adapter_config.json";

/** The file that holds the matrices of an adapter. */
export const ADAPTER_WEIGHTS = "adapter_model.safetensors";

/**
 * Attributes that say nothing about the merged weights: the origin, the training, and what the
 * weights show.
 */
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

const trueOrFalse = z.boolean({ error: "to be true or false" }).nullish();

/** Returns the schema of numbers by expressions of module names. */
function numbersByModule<Value extends z.ZodType>(value: Value) {
  return z.record(z.string(), value, { error: "to be numbers by names of modules" }).nullish();
}

const rank = z.int({ error: "to be a whole number above 0" }).positive({
  error: "to be a whole number above 0",
});
const alpha = z.number({ error: "to be a number" });

const schema = z.object({
  peft_type: z.literal("LORA", { error: "to be LORA (the supported kind)" }),
  // PEFT takes 8 for both if they are absent.
  r: rank.default(8),
  lora_alpha: alpha.default(8),
  use_rslora: trueOrFalse,
  rank_pattern: numbersByModule(rank),
  alpha_pattern: numbersByModule(alpha),
  modules_to_save: z.array(z.string({ error: "to be the name of a module" }), {
    error: "to be a list of names of modules",
  }).nullish(),
  bias: z.literal("none", { error: 'to be "none" (trained biases are not supported)' }).nullish(),
  fan_in_fan_out: trueOrFalse,
  init_lora_weights: z.unknown().refine((value) => PLAIN_STARTS.has(value ?? null), {
    error: "to be a start that leaves the base model as it is",
  }).optional(),
});

/** How the matrices of an adapter are scaled, and which modules it replaces. */
export interface AdapterConfig extends z.output<typeof schema> {
  /**
   * The ranks and the factors of single modules: the first expression that a module's name matches
   * counts.
   */
  readonly patterns: { readonly rank: Patterns; readonly alpha: Patterns };
}

/** Numbers by expressions that match names of modules, in the order of the file. */
type Patterns = readonly {
  readonly key: string;
  readonly expression: RegExp;
  readonly value: number;
}[];

/**
 * Reads the `adapter_config.json` of a folder.
 *
 * @returns the configuration, and the text of the file.
 * @throws CircuitbookError if there is no such file, or if the adapter is of a kind that is not
 * supported; the message names the attribute.
 */
export async function readAdapterConfig(
  folder: string,
): Promise<{ config: AdapterConfig; text: string }> {
  const path = join(folder, ADAPTER_CONFIG);
  const text = await readText(path);
  if (text === undefined) throw await missing(folder);
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
  const patterns = {
    rank: compiled("rank_pattern", parsed.data.rank_pattern, path),
    alpha: compiled("alpha_pattern", parsed.data.alpha_pattern, path),
  };
  await verifyQuick([...patterns.rank, ...patterns.alpha], path);
  return { config: { ...parsed.data, patterns }, text };
}

/**
 * Returns the path of the file with an adapter's matrices.
 *
 * @throws CircuitbookError if there is none; the message names the matrices in another format, if
 * there are any.
 */
export async function adapterWeights(folder: string): Promise<string> {
  const path = join(folder, ADAPTER_WEIGHTS);
  if (await fileSize(path) !== undefined) return path;
  throw missingWeights(ADAPTER_WEIGHTS, folder, await namesIn(folder));
}

/** Returns the error for a path without an adapter: says whether there is anything at the path. */
async function missing(folder: string): Promise<CircuitbookError> {
  const info = await infoOf(folder);
  const expected = `Expected the folder of an adapter in PEFT's format, with an ${ADAPTER_CONFIG},`;
  if (info?.isDirectory) {
    return new CircuitbookError(`${expected} but found no such file in ${folder}.`);
  }
  if (info) {
    return new CircuitbookError(
      `${expected} but found the file ${folder}; name the folder of the adapter, ${
        dirname(folder)
      }.`,
    );
  }
  return new CircuitbookError(
    `${expected} but found nothing at ${folder}; an adapter is taken from a local folder, so download an ` +
      "adapter of the Hub first and name its folder.",
  );
}

/**
 * Returns the expressions of a pattern as PEFT matches them: with the whole name of a module, or
 * with the end of the name after a dot.
 *
 * @throws CircuitbookError if a key is no valid expression, or if Python and JavaScript would read
 * the expression differently.
 */
function compiled(
  attribute: string,
  numbers: Readonly<Record<string, number>> | null | undefined,
  path: string,
): Patterns {
  return Object.entries(numbers ?? {}).map(([key, value]) => {
    // A class that begins with a closing bracket is empty in JavaScript, and holds the bracket in
    // Python.
    const expression = /\[\^?\]/.test(key) ? undefined : expressionOf(key);
    if (expression) return { key, expression, value };
    throw new CircuitbookError(
      `Expected the keys of "${attribute}" to be names or simple expressions of modules but found ${
        shown(key)
      } in ${path}; write out the names of the modules.`,
    );
  });
}

/**
 * Returns PEFT's expression for a key, with its two groups, so that numbers of groups in the key
 * stay right.
 */
function expressionOf(key: string): RegExp | undefined {
  try {
    // With the flag u, syntax that only Python knows is an error.
    return new RegExp(`^(.*\\.)?(${key})$`, "u");
  } catch {
    return undefined;
  }
}

/** Refuses expressions that take long on short names: nothing can stop a running expression. */
async function verifyQuick(patterns: Patterns, path: string): Promise<void> {
  const tried = patterns.filter(({ key }) => !/^[\w.-]+$/.test(key));
  const late = await lateExpression(tried.map(({ expression: { source } }) => source));
  if (late === undefined) return;
  const { key } = tried.find(({ expression: { source } }) => source === late)!;
  throw new CircuitbookError(
    `Expected expressions that match names of modules quickly in ${path} but found ${
      shown(key)
    }, which takes seconds on a short name; write out the names of the modules.`,
  );
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
  if (isObject(value)) return Object.keys(value).length === 0;
  return !value;
}

/** Returns the rank that an adapter gives to a module, by its whole name. */
export function rankOf({ patterns, r }: AdapterConfig, module: string): number {
  return byPattern(patterns.rank, module) ?? r;
}

/** Returns the factor of an adapter's product at a module: alpha / rank, or alpha / √rank. */
export function scalingOf(config: AdapterConfig, module: string): number {
  const alpha = byPattern(config.patterns.alpha, module) ?? config.lora_alpha;
  const rank = rankOf(config, module);
  return alpha / (config.use_rslora ? Math.sqrt(rank) : rank);
}

/** Returns the number of the first expression that the name of a module matches. */
function byPattern(patterns: Patterns, module: string): number | undefined {
  return patterns.find(({ expression }) => expression.test(module))?.value;
}
