import { z } from "zod";
import { llama3Divisors, type Llama3Scaling } from "../../checkpoint/llama3_rope.ts";
import type { Architecture, Rope } from "../plan/architecture.ts";
import { refusal } from "./config.ts";
import { positive } from "./fields.ts";

/**
 * The attributes of a `config.json` that describe the rotary embedding: older ones and the newer
 * `rope_parameters`.
 */
export const ropeFields = {
  rope_theta: positive.nullish(),
  rope_scaling: z.record(z.string(), z.unknown()).nullish(),
  rope_parameters: z.record(z.string(), z.unknown()).nullish(),
  original_max_position_embeddings: positive.nullish(),
};

const DEFAULT_THETA = 10_000;

/** The required and the optional attributes of each kind of rotary embedding. */
const KINDS: Readonly<Record<string, { needs: readonly string[]; knows: readonly string[] }>> = {
  default: { needs: [], knows: [] },
  linear: { needs: ["factor"], knows: [] },
  dynamic: { needs: ["factor"], knows: [] },
  llama3: {
    needs: ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
    knows: [],
  },
  yarn: {
    needs: ["factor"],
    knows: [
      "original_max_position_embeddings",
      "attention_factor",
      "beta_fast",
      "beta_slow",
      "mscale",
      "mscale_all_dim",
      "truncate",
    ],
  },
  longrope: {
    needs: ["short_factor"],
    knows: ["long_factor", "factor", "attention_factor"],
  },
};

/** The values on which a rotary embedding depends besides its own attributes. */
export interface RopeSizes {
  /** The width of a head. */
  readonly headSize: number;
  /** The longest text that the configuration names, in tokens. */
  readonly context: number;
  /**
   * The part of a head that is rotated if the configuration does not name one; absent if a part is
   * not supported.
   */
  readonly partial?: number;
  /** The base if the configuration does not name one. Default 10,000. */
  readonly theta?: number;
}

/** A rotary embedding, and the length up to which it is exact. */
export interface ReadRope {
  readonly rope: Rope;
  /**
   * The number of tokens up to which the embedding does not depend on the length of the text;
   * absent without a limit.
   */
  readonly limit?: number;
}

/**
 * Returns the rotary embedding that a configuration asks for, by `rope_theta` with `rope_scaling`
 * or by `rope_parameters`.
 *
 * The supported kinds are `default`, `linear`, `dynamic`, `llama3` (arXiv 2407.21783), `yarn`
 * (arXiv 2309.00071) and `longrope` (arXiv 2402.13753), as in transformers. The frequencies of
 * `dynamic` and `longrope` depend on the length of the whole text once the text is longer than the
 * original context; up to there they are fixed.
 *
 * @throws CircuitbookError if the kind is not supported, if one of its numbers is missing, or if
 * older and newer attributes disagree.
 */
export function ropeOf(
  config: z.output<z.ZodObject<typeof ropeFields>> & { partial_rotary_factor?: number | null },
  sizes: RopeSizes,
): ReadRope {
  const { rope_theta, rope_scaling, rope_parameters, partial_rotary_factor } = config;
  const { original_max_position_embeddings } = config;
  const common = { rope_theta, partial_rotary_factor, original_max_position_embeddings };
  const older = parseRope("rope_scaling", withCommon(common, rope_scaling), sizes);
  if (!rope_parameters) return older;
  const newer = parseRope("rope_parameters", withCommon(common, rope_parameters), sizes);
  const disagree = rope_theta != null && rope_theta !== newer.rope.theta ||
    rope_scaling && differs(older.rope, newer.rope);
  if (disagree) {
    throw refusal("rope_parameters", "to agree with rope_theta and rope_scaling", rope_parameters);
  }
  return newer;
}

/**
 * Returns the attributes of a rotary embedding. Attributes that the embedding does not have are
 * taken from the level above it in `config.json`.
 */
function withCommon(
  common: Record<string, unknown>,
  own: Record<string, unknown> | null | undefined,
): Record<string, unknown> {
  return Object.assign({}, common, own);
}

/** Returns the rotary embedding that the values of one attribute describe. */
export function parseRope(
  attribute: string,
  values: Record<string, unknown>,
  sizes: RopeSizes,
): ReadRope {
  const kind = values.rope_type ?? values.type ?? "default";
  if (typeof kind !== "string" || !Object.hasOwn(KINDS, kind)) {
    const kinds = Object.keys(KINDS).join(", ");
    throw refusal(`${attribute}.rope_type`, `to be one of ${kinds} (the supported kinds)`, kind);
  }
  verifyNames(attribute, kind, values, sizes);
  const read = (name: string) => number(attribute, name, values);
  const or = (name: string, fallback: number) => values[name] == null ? fallback : read(name);
  const theta = or("rope_theta", sizes.theta ?? DEFAULT_THETA);
  const part = or("partial_rotary_factor", sizes.partial ?? 1);
  const dims = Math.floor(sizes.headSize * part);
  if (dims % 2 || dims > sizes.headSize) {
    throw refusal(`${attribute}.partial_rotary_factor`, "to rotate an even part of a head", part);
  }
  const plain: Rope = dims === sizes.headSize ? { theta } : { theta, dims };
  const original = or("original_max_position_embeddings", sizes.context);
  for (const name of KINDS[kind].needs) if (name !== "short_factor") read(name);
  switch (kind) {
    case "linear":
      return { rope: { ...plain, divisors: new Array(dims / 2).fill(read("factor")) } };
    // Up to the context, a dynamic embedding is the plain one.
    case "dynamic":
      return { rope: plain, limit: sizes.context };
    case "llama3": {
      const scaling: Llama3Scaling = {
        factor: read("factor"),
        low_freq_factor: read("low_freq_factor"),
        high_freq_factor: read("high_freq_factor"),
        original_max_position_embeddings: original,
      };
      return { rope: { ...plain, divisors: llama3Divisors(scaling, theta, dims) } };
    }
    case "yarn":
      return { rope: { ...plain, ...yarn(values, or, { theta, dims, original }) } };
    case "longrope": {
      const divisors = pairFactors(attribute, "short_factor", values, dims);
      const factor = or("factor", sizes.context / original);
      // Larger cosines and sines make larger scores, so that the softmax stays as sharp over a
      // longer context.
      const grown = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(original));
      const magnitude = or("attention_factor", grown);
      return { rope: { ...plain, divisors, magnitude }, limit: original };
    }
  }
  return { rope: plain };
}

/** Refuses attributes that a kind does not have. */
function verifyNames(
  attribute: string,
  kind: string,
  values: Record<string, unknown>,
  { partial }: RopeSizes,
): void {
  const { needs, knows } = KINDS[kind];
  const known = new Set<string>([
    "rope_type",
    "type",
    "rope_theta",
    // Kinds that do not read the original context do not depend on it.
    "original_max_position_embeddings",
    ...partial === undefined ? [] : ["partial_rotary_factor"],
    ...needs,
    ...knows,
  ]);
  for (const [name, value] of Object.entries(values)) {
    const isWhole = name === "partial_rotary_factor" && value === 1;
    if (!known.has(name) && value != null && !isWhole) {
      throw refusal(`${attribute}.${name}`, `to be absent for the kind ${kind}`, value);
    }
  }
}

/**
 * Returns YaRN's divisors and factor of cosines: pairs that turn often within the original context
 * keep their frequency, pairs that turn rarely are slowed by the factor, and pairs in between are
 * blended.
 */
function yarn(
  values: Record<string, unknown>,
  or: (name: string, fallback: number) => number,
  { theta, dims, original }: { theta: number; dims: number; original: number },
): Pick<Rope, "divisors" | "magnitude"> {
  const factor = or("factor", 1);
  const growth = (scale: number) => factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  const both = values.mscale != null && values.mscale_all_dim != null;
  const ratio = both ? growth(or("mscale", 1)) / growth(or("mscale_all_dim", 1)) : growth(1);
  const magnitude = or("attention_factor", ratio);
  const pairAt = (turns: number) =>
    dims * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
  const whole = values.truncate !== false;
  const first = pairAt(or("beta_fast", 32));
  const last = pairAt(or("beta_slow", 1));
  // The range is widened to whole pairs, as in transformers, unless the configuration sets
  // `truncate` to false.
  const low = Math.max(0, whole ? Math.floor(first) : first);
  const end = Math.min(dims - 1, whole ? Math.ceil(last) : last);
  // If both ends are one pair, the blend below would divide by 0.
  const high = end === low ? end + 0.001 : end;
  const divisors = Array.from({ length: dims / 2 }, (_, pair) => {
    const slowed = Math.min(1, Math.max(0, (pair - low) / (high - low)));
    return 1 / (slowed / factor + 1 - slowed);
  });
  return { divisors, magnitude };
}

/** Returns a list with a factor for each rotated pair. */
function pairFactors(
  attribute: string,
  name: string,
  values: Record<string, unknown>,
  dims: number,
): number[] {
  const parsed = z.array(positive).length(dims / 2).safeParse(values[name]);
  if (parsed.success) return parsed.data;
  throw refusal(`${attribute}.${name}`, `to be ${dims / 2} numbers above 0`, values[name]);
}

function number(attribute: string, name: string, values: Record<string, unknown>): number {
  const parsed = positive.safeParse(values[name]);
  if (!parsed.success) {
    throw refusal(`${attribute}.${name}`, "to be a number above 0", values[name]);
  }
  return parsed.data;
}

/** Returns whether two embeddings differ in more than their base. */
function differs(a: Rope, b: Rope): boolean {
  const without = (rope: Rope) => JSON.stringify({ ...rope, theta: 0 });
  return without(a) !== without(b);
}

/**
 * Returns an architecture whose context ends where a part of the model would begin to depend on the
 * length of the text, with a note that says so.
 *
 * @param limit the number of tokens; undefined changes nothing.
 * @param what what holds up to the limit, in a clause.
 */
export function upTo(
  architecture: Architecture,
  limit: number | undefined,
  what: string,
): Architecture {
  const { context, notes } = architecture;
  if (limit === undefined || limit >= context) return architecture;
  const note = `The context is ${limit} tokens, up to which ${what}; config.json names ${context}.`;
  return { ...architecture, context: limit, notes: [...notes, note] };
}
