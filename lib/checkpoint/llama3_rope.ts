/**
 * The numbers of Llama 3's scaling of the rotary embedding, as `rope_scaling` of a `config.json`
 * names them.
 */
export interface Llama3Scaling {
  /** By how much the lowest frequencies are divided. */
  readonly factor: number;
  /** Pairs that turn less often within the original context are divided by the whole factor. */
  readonly low_freq_factor: number;
  /** Pairs that turn more often within the original context keep their frequency. */
  readonly high_freq_factor: number;
  /** The context that the model was first trained on, in tokens. */
  readonly original_max_position_embeddings: number;
}

/**
 * Returns by how much Llama 3's scaling divides the frequency of each rotated pair.
 *
 * Source: The Llama 3 Herd of Models (arXiv 2407.21783), as transformers computes it.
 *
 * @param theta the base of the wavelengths.
 * @param dims how many dimensions of a head are rotated.
 * @returns `dims / 2` numbers from 1 to `factor`. A GGUF file stores them as "rope_freqs.weight".
 */
export function llama3Divisors(scaling: Llama3Scaling, theta: number, dims: number): number[] {
  const { factor, low_freq_factor: low, high_freq_factor: high } = scaling;
  return Array.from({ length: dims / 2 }, (_, pair) => {
    const wavelength = 2 * Math.PI * theta ** (2 * pair / dims);
    const turns = scaling.original_max_position_embeddings / wavelength;
    // Frequencies are blended, not divisors: the divisor in between is the inverse of a mean of
    // inverses.
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return 1 / (kept + (1 - kept) / factor);
  });
}
