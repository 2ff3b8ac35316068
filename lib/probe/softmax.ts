/** Examples as rows of features, and the index of each one's class. */
export interface Examples {
  features: Float64Array;
  labels: Int32Array;
  /** Features of one example. */
  width: number;
}

/**
 * Multinomial logistic regression: the mean cross-entropy of the examples at the parameters, plus
 * `l2 / 2 · ‖weights‖²`. Parameters are, class by class, the weights and then the bias, which is not penalised.
 * With a gradient given, it is overwritten.
 */
export function softmaxLoss(
  { features, labels, width }: Examples,
  classCount: number,
  l2: number,
  parameters: Float64Array,
  gradient?: Float64Array,
): number {
  const stride = width + 1, n = labels.length;
  const scores = new Float64Array(classCount);
  let loss = 0;
  gradient?.fill(0);
  for (let example = 0; example < n; example++) {
    const row = features.subarray(example * width, (example + 1) * width);
    for (let c = 0; c < classCount; c++) scores[c] = score(row, parameters, c * stride);
    const logSum = logSumExp(scores);
    loss += logSum - scores[labels[example]];
    if (!gradient) continue;
    for (let c = 0; c < classCount; c++) {
      const error = (Math.exp(scores[c] - logSum) - (c === labels[example] ? 1 : 0)) / n;
      const at = c * stride;
      for (let i = 0; i < width; i++) gradient[at + i] += error * row[i];
      gradient[at + width] += error;
    }
  }
  return loss / n + penalty(parameters, stride, l2, gradient);
}

function penalty(parameters: Float64Array, stride: number, l2: number, gradient?: Float64Array): number {
  let squares = 0;
  for (let at = 0; at < parameters.length; at++) {
    if (at % stride === stride - 1) continue;
    squares += parameters[at] ** 2;
    if (gradient) gradient[at] += l2 * parameters[at];
  }
  return l2 / 2 * squares;
}

/** Weights times features plus bias; four sums at once, which the processor can overlap. */
function score(row: Float64Array, parameters: Float64Array, at: number): number {
  const width = row.length, whole = width - width % 4;
  let a = 0, b = 0, c = 0, d = parameters[at + width];
  for (let i = 0; i < whole; i += 4) {
    a += row[i] * parameters[at + i];
    b += row[i + 1] * parameters[at + i + 1];
    c += row[i + 2] * parameters[at + i + 2];
    d += row[i + 3] * parameters[at + i + 3];
  }
  for (let i = whole; i < width; i++) a += row[i] * parameters[at + i];
  return a + b + c + d;
}

/** The logarithm of the sum of exponentials, without overflow. */
export function logSumExp(scores: Float64Array): number {
  let most = -Infinity, sum = 0;
  for (const value of scores) most = Math.max(most, value);
  for (const value of scores) sum += Math.exp(value - most);
  return most + Math.log(sum);
}
