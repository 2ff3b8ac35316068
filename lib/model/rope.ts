import type { Rope } from "./architecture.ts";

/**
 * Cosines and sines of the rotary position embedding's angles, each [position, d_head / 2].
 *
 * Su et al., RoFormer (arXiv 2104.09864); the frequency scaling is Llama 3's.
 */
export function ropeTables(rope: Rope, headSize: number, positions: number): { cos: Float32Array; sin: Float32Array } {
  const frequencies = Array.from({ length: headSize / 2 }, (_, i) => scaled(rope, rope.theta ** (-2 * i / headSize)));
  const angles = Array.from({ length: positions }, (_, t) => frequencies.map((frequency) => t * frequency)).flat();
  return { cos: Float32Array.from(angles, Math.cos), sin: Float32Array.from(angles, Math.sin) };
}

/** Llama 3: low frequencies are divided by the factor, high ones kept, those between are blended. */
function scaled({ scaling }: Rope, frequency: number): number {
  if (!scaling) return frequency;
  const { factor, lowFreqFactor, highFreqFactor, originalContext } = scaling;
  const turns = originalContext * frequency / (2 * Math.PI);
  const kept = Math.min(1, Math.max(0, (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor)));
  return frequency * (kept + (1 - kept) / factor);
}
