import { checkArguments, is } from "../base/arguments.ts";
import { anArchitecture } from "../model/plan/kinds.ts";
import { normal, seededRandom } from "../base/random.ts";
import type { Architecture } from "../model/plan/architecture.ts";
import { product } from "../base/lists.ts";

/**
 * Returns random weights for a new model, f32 by name. Matrices are normal; those that write to the
 * residual stream (attention output, MLP output) are smaller by √(2 layers), as in GPT-2 (Radford
 * et al., 2019). Gains are 1 and biases 0.
 *
 * @param architecture the names and shapes of the weights.
 * @param options `seed` of the random numbers; `deviation`, the standard deviation of the other
 * matrices, is 0.02 by default.
 * @returns the weights by name, row-major.
 *
 * @example
 * ```ts
 * import { loadModel, training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { architecture } = await loadModel("countdown-r1");
 * const weights = training.initialWeights(architecture, { seed: 1 });
 * assertEquals(weights.get("model.norm.weight"), new Float32Array(192).fill(1));
 * ```
 */
export function initialWeights(
  architecture: Architecture,
  options: { seed: number; deviation?: number },
): Map<string, Float32Array<ArrayBuffer>> {
  checkArguments("initialWeights", {
    architecture: [architecture, anArchitecture],
    options: [options, is.like("an object", "seed")],
  });
  const { seed, deviation = 0.02 } = options;

  const random = seededRandom(seed);
  const { layers } = architecture;
  const { ones, zeros, outputs } = roles(architecture);
  return new Map([...architecture.shapes].map(([name, shape]) => {
    const values = new Float32Array(product(shape));
    if (ones.has(name)) values.fill(1);
    else if (!zeros.has(name)) {
      const own = outputs.has(name) ? deviation / Math.sqrt(2 * layers) : deviation;
      for (let i = 0; i < values.length; i++) values[i] = own * normal(random);
    }
    return [name, values];
  }));
}

/** Returns the names of gains, of biases, and of matrices that write to the residual stream. */
function roles(
  { layers, weights }: Architecture,
): Record<"ones" | "zeros" | "outputs", Set<string>> {
  const all = Array.from({ length: layers }, (_, index) => weights.layer(index));
  const norms = [
    weights.finalNorm,
    ...all.flatMap(({ ln1, ln1Post, ln2, ln2Post }) => [ln1, ln1Post, ln2, ln2Post]),
  ];
  const linears = all.flatMap((
    { q, k, v, qkv, o, gate, up, down },
  ) => [q, k, v, qkv, o, gate, up, down]);
  const gains = [
    ...norms.map((norm) => norm?.weight),
    ...all.flatMap(({ qNorm, kNorm }) => [qNorm, kNorm]),
  ];
  const biases = [...norms, ...linears].map((names) => names?.bias);
  return {
    ones: named(gains),
    zeros: named(biases),
    outputs: named(all.flatMap(({ o, down }) => [o.weight, down?.weight])),
  };
}

function named(names: readonly (string | undefined)[]): Set<string> {
  return new Set(names.filter((name) => name !== undefined));
}
