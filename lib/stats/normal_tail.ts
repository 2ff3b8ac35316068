/**
 * Returns the probability that a standard normal number exceeds z. M. Abramowitz and I. Stegun
 * (1964), 26.2.17.
 */
export function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const t = 1 / (1 + 0.2316419 * z);
  const series = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const sum = series.reduceRight((inner, factor) => t * (factor + inner), 0);
  return sum * Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
}
