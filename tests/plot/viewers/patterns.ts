import { seededRandom, Tensor } from "circuitbook";
import { normal } from "../../../lib/base/random.ts";

const WORDS = ["<s>", " 9", "+", "53", "=", "62", " (", "not", " 37", ")", "\n"];

/** A text of so many tokens. */
export function words(count: number): string[] {
  return Array.from({ length: count }, (_, i) => WORDS[i % WORDS.length]);
}

/**
 * Heads of the kinds that models have: much on the first token, on the token before, on equal
 * tokens, or spread out.
 */
export function causalPatterns(
  { layers, heads, keys }: { layers: number; heads: number; keys: number },
): Tensor {
  const random = seededRandom(11);
  const data = new Float32Array(layers * heads * keys * keys);
  const noise = Float32Array.from({ length: 10_007 }, () => 0.8 * normal(random));
  for (let head = 0, at = 0; head < layers * heads; head++) {
    const sink = 3 + 6 * random();
    const before = random() < 0.4 ? 6 * random() : 0;
    const equal = random() < 0.2 ? 5 * random() : 0;
    const reach = 5 + 40 * random();
    const first = Math.floor(10_007 * random());
    for (let query = 0; query < keys; query++, at += keys) {
      let sum = 0;
      for (let key = 0; key <= query; key++) {
        const score = (key === 0 ? sink : 0) + (key === query - 1 ? before : 0) +
          (key % WORDS.length === query % WORDS.length ? equal : 0) - (query - key) / reach +
          noise[(first + query * 131 + key * 17) % noise.length];
        sum += data[at + key] = Math.exp(score);
      }
      for (let key = 0; key <= query; key++) data[at + key] /= sum;
    }
  }
  return new Tensor(data, { layer: layers, head: heads, query: keys, key: keys });
}
