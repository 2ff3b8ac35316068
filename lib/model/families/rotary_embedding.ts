import { z } from "zod";
import type { Rope } from "../plan/architecture.ts";
import { refusal } from "./config.ts";
import { positive } from "./fields.ts";

/** The attributes of a `config.json` that describe the rotary embedding: two older ones and the newer `rope_parameters`. */
export const ropeFields = {
  rope_theta: positive.nullish(),
  rope_scaling: z.record(z.string(), z.unknown()).nullish(),
  rope_parameters: z.record(z.string(), z.unknown()).nullish(),
};

const DEFAULT_THETA = 10_000;

/** The numbers of Llama 3's scaling. */
const LLAMA3_FIELDS = [
  "factor",
  "low_freq_factor",
  "high_freq_factor",
  "original_max_position_embeddings",
] as const;

/**
 * Returns the rotary embedding that a configuration asks for, by `rope_theta` with `rope_scaling` or by
 * `rope_parameters`.
 *
 * The supported kinds are `default` and `llama3` (arXiv 2407.21783, as in `_compute_llama3_parameters` of transformers).
 *
 * @throws CircuitbookError if the kind is not supported, if one of its numbers is missing, or if older and newer
 * attributes disagree.
 */
export function ropeOf(config: z.output<z.ZodObject<typeof ropeFields>>): Rope {
  const { rope_theta, rope_scaling, rope_parameters } = config;
  const older = parse("rope_scaling", { rope_theta, ...rope_scaling });
  if (!rope_parameters) return older;
  const newer = parse("rope_parameters", { rope_theta, ...rope_parameters });
  const disagree = rope_theta != null && rope_theta !== newer.theta ||
    rope_scaling && differs(older, newer);
  if (disagree) {
    throw refusal("rope_parameters", "to agree with rope_theta and rope_scaling", rope_parameters);
  }
  return newer;
}

function parse(attribute: string, values: Record<string, unknown>): Rope {
  const kind = values.rope_type ?? values.type ?? "default";
  if (kind !== "default" && kind !== "llama3") {
    throw refusal(`${attribute}.rope_type`, "to be default or llama3 (the supported kinds)", kind);
  }
  const known = new Set<string>([
    "rope_type",
    "type",
    "rope_theta",
    ...kind === "llama3" ? LLAMA3_FIELDS : [],
  ]);
  for (const [name, value] of Object.entries(values)) {
    const harmless = name === "partial_rotary_factor" && value === 1;
    if (!known.has(name) && value != null && !harmless) {
      throw refusal(`${attribute}.${name}`, `to be absent for the kind ${kind}`, value);
    }
  }
  const theta = values.rope_theta == null ? DEFAULT_THETA : number(attribute, "rope_theta", values);
  if (kind === "default") return { theta };
  const [factor, lowFreqFactor, highFreqFactor, originalContext] = LLAMA3_FIELDS.map((name) =>
    number(attribute, name, values)
  );
  return { theta, scaling: { factor, lowFreqFactor, highFreqFactor, originalContext } };
}

function number(attribute: string, name: string, values: Record<string, unknown>): number {
  const parsed = positive.safeParse(values[name]);
  if (!parsed.success) {
    throw refusal(`${attribute}.${name}`, "to be a number above 0", values[name]);
  }
  return parsed.data;
}

/** Returns whether two embeddings are scaled differently. */
function differs(a: Rope, b: Rope): boolean {
  return JSON.stringify(a.scaling) !== JSON.stringify(b.scaling);
}
