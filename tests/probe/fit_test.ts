import { assert, assertAlmostEquals } from "@std/assert";
import { integer, normal, seededRandom } from "circuitbook";
import { fit } from "../../lib/probe/fit.ts";
import { lbfgs } from "../../lib/probe/lbfgs.ts";
import { softmaxLoss } from "../../lib/probe/softmax.ts";
import { scaled, scalingOf, unscaled } from "../../lib/probe/standardise.ts";
// tests/data/softmax_reference.py wrote it: Newton's method in float64.
import reference from "../data/softmax_reference.json" with { type: "json" };

const width = reference.x[0].length, n = reference.y.length, stride = width + 1, classCount = 3;
const raw = Float64Array.from(reference.x.flat());
const scaling = scalingOf(raw, [...Array(n).keys()], width);
const examples = { features: scaled(raw, [...Array(n).keys()], scaling), labels: Int32Array.from(reference.y), width };

Deno.test("without early stopping, the fit is the minimum that Newton's method finds", () => {
  const found = fit(examples, undefined, classCount, { l2: reference.l2, epochs: 500, patience: 1 });
  assertAlmostEquals(softmaxLoss(examples, classCount, reference.l2, found), reference.loss, 1e-10);
  const centre = (parameters: number[][]) => parameters.reduce((sum, row) => sum + row[width], 0) / classCount;
  const rows = Array.from({ length: classCount }, (_, c) => [...found.subarray(c * stride, (c + 1) * stride)]);
  reference.parameters.forEach((row, c) => {
    row.slice(0, width).forEach((weight, i) => assertAlmostEquals(rows[c][i], weight, 1e-4));
    // A constant added to all biases changes no probability.
    assertAlmostEquals(rows[c][width] - centre(rows), row[width] - centre(reference.parameters), 1e-4);
  });
});

Deno.test("the gradient is the slope of the loss", () => {
  const random = seededRandom(2);
  const at = Float64Array.from({ length: classCount * stride }, () => normal(random));
  const gradient = new Float64Array(at.length);
  softmaxLoss(examples, classCount, 0.3, at, gradient);
  at.forEach((value, i) => {
    const loss = (x: number) => softmaxLoss(examples, classCount, 0.3, at.with(i, x));
    assertAlmostEquals(gradient[i], (loss(value + 1e-5) - loss(value - 1e-5)) / 2e-5, 1e-8);
  });
});

Deno.test("unscaled parameters score raw features as scaled ones were scored", () => {
  const random = seededRandom(3);
  const parameters = Float64Array.from({ length: classCount * stride }, () => normal(random));
  const loss = softmaxLoss(examples, classCount, 0, parameters);
  assertAlmostEquals(
    softmaxLoss({ ...examples, features: raw }, classCount, 0, unscaled(parameters, scaling)),
    loss,
    1e-10,
  );
});

Deno.test("a feature that does not vary gets no weight", () => {
  const values = Float64Array.from({ length: 20 }, (_, i) => i % 2 ? i : 7.1);
  const { inverse } = scalingOf(values, [...Array(10).keys()], 2);
  assert(inverse[0] === 0 && inverse[1] > 0);
});

Deno.test("L-BFGS goes down at every step and ends at the minimum of a stretched bowl", () => {
  const random = seededRandom(4), size = 12;
  const stretch = Float64Array.from({ length: size }, () => 10 ** integer(random, -2, 2));
  const centre = Float64Array.from({ length: size }, () => normal(random));
  const x = new Float64Array(size);
  let before = Infinity;
  const bowl = (at: Float64Array, slope: Float64Array) =>
    at.reduce((sum, value, i) => {
      slope[i] = stretch[i] * (value - centre[i]);
      return sum + slope[i] * (value - centre[i]) / 2;
    }, 0);
  for (const value of lbfgs(bowl, x, 1e-8)) {
    assert(value < before);
    before = value;
  }
  x.forEach((value, i) => assertAlmostEquals(value, centre[i], 1e-5));
});
