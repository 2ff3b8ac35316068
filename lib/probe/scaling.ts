/**
 * The mean of each feature, and the inverse of its standard deviation: 0 for a constant feature,
 * which then has no effect.
 */
export interface Scaling {
  mean: Float64Array;
  inverse: Float64Array;
}

/**
 * Returns the scaling that gives each feature of the chosen rows mean 0 and standard deviation 1.
 *
 * @param values [row, feature], flat.
 * @param rows the rows over which means and deviations are taken.
 * @param width the number of features.
 */
export function scalingOf(
  values: ArrayLike<number>,
  rows: readonly number[],
  width: number,
): Scaling {
  const mean = new Float64Array(width);
  const variances = new Float64Array(width);
  for (const row of rows) {
    for (let i = 0; i < width; i++) mean[i] += values[row * width + i] / rows.length;
  }
  for (const row of rows) {
    for (let i = 0; i < width; i++) {
      variances[i] += (values[row * width + i] - mean[i]) ** 2 / rows.length;
    }
  }
  const inverse = variances.map((variance, i) =>
    isConstant(variance, mean[i], rows.length) ? 0 : 1 / Math.sqrt(variance)
  );
  return { mean, inverse };
}

/**
 * Returns whether a variance is no larger than the rounding error with which it was computed, so
 * that the feature is constant. The bound is relative to the feature, as features may have any
 * unit.
 *
 * scikit-learn, `sklearn.preprocessing._data._is_constant_feature`; T. F. Chan, G. H. Golub and R.
 * J. LeVeque, "Algorithms for computing the sample variance", The American Statistician 37 (1983).
 */
function isConstant(variance: number, mean: number, n: number): boolean {
  return variance <= n * Number.EPSILON * variance + (n * mean * Number.EPSILON) ** 2;
}

/**
 * Writes the chosen rows, scaled, each followed by a 1 whose weight is the bias.
 *
 * @param to receives [row, feature + 1], flat.
 * @param values [row, feature], flat.
 * @param rows which rows are written, in this order.
 * @param scaling the scaling of the features.
 */
export function writeScaled(
  to: Float64Array,
  values: ArrayLike<number>,
  rows: readonly number[],
  { mean, inverse }: Scaling,
): void {
  const width = mean.length;
  rows.forEach((row, example) => {
    const start = example * (width + 1);
    for (let i = 0; i < width; i++) {
      to[start + i] = (values[row * width + i] - mean[i]) * inverse[i];
    }
    to[start + width] = 1;
  });
}

/**
 * Returns the parameters for raw features that score like the given parameters for scaled features.
 *
 * @param parameters [class, feature + 1], flat: the weights of a class, then its bias.
 * @param scaling the scaling of the features.
 */
export function unscaled(parameters: Float64Array, { mean, inverse }: Scaling): Float64Array {
  const width = mean.length;
  const stride = width + 1;
  const out = parameters.slice();
  for (let start = 0; start < out.length; start += stride) {
    for (let i = 0; i < width; i++) {
      out[start + i] *= inverse[i];
      out[start + width] -= out[start + i] * mean[i];
    }
  }
  return out;
}
