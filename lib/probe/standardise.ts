/** Means and inverse deviations of features; a feature that does not vary has the inverse deviation 0 and so no say. */
export interface Scaling {
  mean: Float64Array;
  inverse: Float64Array;
}

const SMALLEST_DEVIATION = 1e-6;

/** The scaling that gives the features of the chosen rows mean 0 and deviation 1. */
export function scalingOf(
  values: ArrayLike<number>,
  rows: readonly number[],
  width: number,
): Scaling {
  const mean = new Float64Array(width);
  const squares = new Float64Array(width);
  for (const row of rows) {
    for (let i = 0; i < width; i++) mean[i] += values[row * width + i] / rows.length;
  }
  for (const row of rows) {
    for (let i = 0; i < width; i++) {
      squares[i] += (values[row * width + i] - mean[i]) ** 2 / rows.length;
    }
  }
  const inverse = squares.map((variance, i) => {
    const deviation = Math.sqrt(variance);
    return deviation > SMALLEST_DEVIATION * Math.max(1, Math.abs(mean[i])) ? 1 / deviation : 0;
  });
  return { mean, inverse };
}

/** Writes the chosen rows, scaled, each with a 1 behind its features. */
export function writeScaled(
  to: Float64Array,
  values: ArrayLike<number>,
  rows: readonly number[],
  { mean, inverse }: Scaling,
): void {
  const width = mean.length;
  rows.forEach((row, example) => {
    const at = example * (width + 1);
    for (let i = 0; i < width; i++) to[at + i] = (values[row * width + i] - mean[i]) * inverse[i];
    to[at + width] = 1;
  });
}

/** Parameters for raw features from those for scaled ones (class by class, weights then bias). */
export function unscaled(parameters: Float64Array, { mean, inverse }: Scaling): Float64Array {
  const width = mean.length;
  const stride = width + 1;
  const out = parameters.slice();
  for (let at = 0; at < out.length; at += stride) {
    for (let i = 0; i < width; i++) {
      out[at + i] *= inverse[i];
      out[at + width] -= out[at + i] * mean[i];
    }
  }
  return out;
}
