import { z } from "zod";
import { CircuitbookError, nearestNames } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import type { LiveProduct } from "../checkpoint/checkpoint.ts";
import type { Architecture } from "../model/plan/architecture.ts";

/** A LoRA adapter to train: which matrices get a low-rank product, and of which rank. */
export interface AdapterSettings {
  /** The rank of each product. */
  readonly rank: number;
  /** The products are multiplied by `alpha / rank`. */
  readonly alpha: number;
  /** The modules whose matrices get a product, by the last part of their names: `q_proj`. */
  readonly targets: readonly string[];
}

/** Checks the settings of an adapter. */
export const adapterSettings: z.ZodType<AdapterSettings, AdapterSettings> = z.strictObject({
  rank: z.int("to be a whole number of at least 1").min(1, "to be a whole number of at least 1"),
  alpha: z.number("to be a number above 0").positive("to be a number above 0"),
  targets: z.array(z.string("to be names of modules"), "to be names of modules")
    .min(1, "to be names of modules"),
}, "to be an adapter, { rank, alpha, targets }");

/** The matrices of an adapter, and the weights that they are added to. */
export interface AdapterMatrices {
  /** The matrices, f32 by their name in PEFT's format. */
  readonly weights: Map<string, Float32Array<ArrayBuffer>>;
  /** The shapes of the matrices, by name. */
  readonly shapes: ReadonlyMap<string, readonly [number, number]>;
  /** The matrices of each weight, by the name of the weight. */
  readonly products: ReadonlyMap<string, LiveProduct>;
}

/**
 * Returns the matrices of a new adapter. A is uniform between −1/√in and 1/√in, and B is 0, so that
 * the adapter changes nothing at first (Hu et al. 2021, arXiv 2106.09685, with PEFT's
 * distribution).
 *
 * @param architecture the names and shapes of the base model's weights.
 * @param settings the rank, alpha, and the modules.
 * @param seed the seed of the random numbers.
 * @throws CircuitbookError if the base model has no matrix of a module that is named.
 */
export function adapterMatrices(
  architecture: Architecture,
  { rank, alpha, targets }: AdapterSettings,
  seed: number,
): AdapterMatrices {
  const random = seededRandom(seed);
  const weights = new Map<string, Float32Array<ArrayBuffer>>();
  const shapes = new Map<string, readonly [number, number]>();
  const products = new Map<string, LiveProduct>();
  for (const name of targetWeights(architecture, targets)) {
    const [rows, columns] = architecture.shapes.get(name)!;
    const [outputs, inputs] = architecture.linearLayout === "out-in"
      ? [rows, columns]
      : [columns, rows];
    const [a, b] = ["A", "B"].map((half) =>
      `base_model.model.${name.replace(/\.weight$/, "")}.lora_${half}.weight`
    );
    const bound = 1 / Math.sqrt(inputs);
    weights.set(a, Float32Array.from({ length: rank * inputs }, () => bound * (2 * random() - 1)));
    weights.set(b, new Float32Array(outputs * rank));
    shapes.set(a, [rank, inputs]).set(b, [outputs, rank]);
    products.set(name, { a, b, scaling: alpha / rank });
  }
  return { weights, shapes, products };
}

/** Returns the matrices of the modules that are named, layer by layer. */
function targetWeights(architecture: Architecture, targets: readonly string[]): string[] {
  const linears = Array.from(
    { length: architecture.layers },
    (_, index) => architecture.weights.layer(index),
  ).flatMap(({ q, k, v, qkv, o, gate, up, down }) => [q, k, v, qkv, o, gate, up, down])
    .flatMap((linear) => linear && architecture.shapes.has(linear.weight) ? [linear.weight] : []);
  const modules = [...new Set(linears.map(moduleOf))];
  for (const target of targets) {
    if (modules.includes(target)) continue;
    const nearest = nearestNames(target, modules, modules.length).join(", ");
    throw new CircuitbookError(
      `Expected modules of the model as targets of the adapter but found "${target}"; the model has ${nearest}.`,
    );
  }
  return linears.filter((name) => targets.includes(moduleOf(name)));
}

/**
 * Returns the last part of a module's name: `q_proj` of `model.layers.0.self_attn.q_proj.weight`.
 */
function moduleOf(weight: string): string {
  return weight.split(".").at(-2)!;
}
