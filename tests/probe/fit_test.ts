import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { integer, normal, progress, seededRandom } from "circuitbook";
import { fit, type FitOptions } from "../../lib/probe/fit.ts";
import { lbfgs, type Slope } from "../../lib/probe/lbfgs.ts";
import { type Examples, SoftmaxLosses } from "../../lib/probe/softmax.ts";
import { scalingOf, unscaled, writeScaled } from "../../lib/probe/scaling.ts";
// tests/data/softmax_reference.py wrote it: Newton's method in float64.
import reference from "../data/softmax_reference.json" with { type: "json" };

const width = reference.x[0].length;
const n = reference.y.length;
const stride = width + 1;
const classCount = 3;
const raw = Float64Array.from(reference.x.flat());
const rows = [...Array(n).keys()];
const scaling = scalingOf(raw, rows, width);
const none: Examples = { features: new Float64Array(), labels: new Int32Array() };

/**
 * The reference's examples, standardised, as several layers see them: from the second on with some
 * of them turned around.
 */
function examples(layerCount = 1): Examples {
  const features = new Float64Array(layerCount * n * stride);
  for (let layer = 0; layer < layerCount; layer++) {
    const turned = raw.map((value, i) => layer && i % (layer + 1) === 0 ? -value : value);
    const own = features.subarray(layer * n * stride);
    writeScaled(own, turned, rows, layer ? scalingOf(turned, rows, width) : scaling);
  }
  return { features, labels: Int32Array.from(reference.y) };
}

/** Does work with losses of the reference's sizes. */
async function withLosses<Result>(
  l2: number,
  work: (losses: SoftmaxLosses) => Promise<Result>,
): Promise<Result> {
  const losses = await SoftmaxLosses.compile(
    { classCount, featureCount: stride, hiddenCount: 0 },
    l2,
  );
  try {
    return await work(losses);
  } finally {
    await losses.release();
  }
}

/** The parameters of each layer at the minimum, or where the options end the search. */
function fitted(
  training: Examples,
  validation: Examples,
  options: FitOptions,
): Promise<Float64Array[]> {
  return withLosses(
    reference.l2,
    (losses) => fit(losses, training, validation, options, new progress.Meter("fit", 1, "layers")),
  );
}

const thorough = { epochs: 500, patience: 1 };

Deno.test("without early stopping, the fit is the minimum that Newton's method finds", async () => {
  const [found] = await fitted(examples(), none, thorough);
  const [{ value }] = await withLosses(
    reference.l2,
    (losses) => losses.at([found], examples(), none),
  );
  assertAlmostEquals(value, reference.loss, 1e-10);
  const centre = (parameters: number[][]) =>
    parameters.reduce((sum, row) => sum + row[width], 0) / classCount;
  const byClass = Array.from(
    { length: classCount },
    (_, c) => [...found.subarray(c * stride, (c + 1) * stride)],
  );
  reference.parameters.forEach((row, c) => {
    row.slice(0, width).forEach((weight, i) => assertAlmostEquals(byClass[c][i], weight, 1e-4));
    // A constant added to all biases changes no probability.
    assertAlmostEquals(
      byClass[c][width] - centre(byClass),
      row[width] - centre(reference.parameters),
      1e-4,
    );
  });
});

Deno.test("layers that are fitted side by side find what each finds alone", async () => {
  const together = await fitted(examples(4), none, thorough);
  const all = examples(4);
  for (const [layer, parameters] of together.entries()) {
    const features = all.features.slice(layer * n * stride, (layer + 1) * n * stride);
    const [alone] = await fitted({ features, labels: all.labels }, none, thorough);
    parameters.forEach((value, i) => assertAlmostEquals(value, alone[i], 1e-9));
  }
});

Deno.test("with validation examples, the pass with their lowest loss is kept", async () => {
  const [every, second] = [(row: number) => row % 2, (row: number) => 1 - row % 2].map(
    (keep): Examples => {
      const { features, labels } = examples();
      return {
        features: Float64Array.from(
          rows.filter(keep).flatMap((
            row,
          ) => [...features.subarray(row * stride, (row + 1) * stride)]),
        ),
        labels: labels.filter((_, row) => keep(row)),
      };
    },
  );
  const losses: number[] = [];
  for (let epochs = 1; epochs <= 12; epochs++) {
    const [found] = await fitted(every, none, { epochs, patience: 1 });
    losses.push((await withLosses(0, (losses) => losses.at([found], every, second)))[0].heldOut);
  }
  const [kept] = await fitted(every, second, { epochs: 12, patience: 12 });
  const [{ heldOut }] = await withLosses(0, (losses) => losses.at([kept], every, second));
  assertAlmostEquals(heldOut, Math.min(...losses), 1e-5);
  assertEquals(losses.length, 12);
});

Deno.test("the gradient is the slope of the loss", async () => {
  const random = seededRandom(2);
  const at = Float64Array.from({ length: classCount * stride }, () => normal(random));
  await withLosses(0.3, async (losses) => {
    const steps = [...at].flatMap((
      value,
      i,
    ) => [at.with(i, value + 1e-5), at.with(i, value - 1e-5)]);
    const one = examples();
    const copies = new Float64Array(steps.length * one.features.length);
    steps.forEach((_, i) => copies.set(one.features, i * one.features.length));
    const found = await losses.at(steps, { features: copies, labels: one.labels }, none);
    const [{ gradient }] = await losses.at([at], one, none);
    gradient.forEach((slope, i) => {
      assertAlmostEquals(slope, (found[2 * i].value - found[2 * i + 1].value) / 2e-5, 1e-8);
    });
  });
});

Deno.test("unscaled parameters score raw features as scaled ones were scored", async () => {
  const random = seededRandom(3);
  const plain = examples();
  const parameters = Float64Array.from({ length: classCount * stride }, () => normal(random));
  const unit = { mean: new Float64Array(width), inverse: new Float64Array(width).fill(1) };
  writeScaled(plain.features, raw, rows, unit);
  await withLosses(0, async (losses) => {
    const [scaled] = await losses.at([parameters], examples(), none);
    const [found] = await losses.at([unscaled(parameters, scaling)], plain, none);
    assertAlmostEquals(found.value, scaled.value, 1e-10);
  });
});

Deno.test("a constant feature gets no weight in any unit, a varying one does", () => {
  const count = 2001;
  const all = [...Array(count).keys()];
  for (const unit of [1e-30, 1e-8, 1, 1e8, 1e30]) {
    for (const constant of [7.1, -0.3, 0, 1 / 3].map((value) => Math.fround(value * unit))) {
      const values = Float64Array.from(
        { length: 2 * count },
        (_, i) => i % 2 ? constant + (i % 3) * unit : constant,
      );
      const { inverse } = scalingOf(values, all, 2);
      assert(inverse[0] === 0 && inverse[1] > 0, `${constant} in units of ${unit}`);
      assertAlmostEquals(inverse[1] * unit, 1 / Math.sqrt(2 / 3), 1e-6);
    }
  }
});

/** Minimises a function and returns its value after each step. */
function minimise(at: (x: Float64Array) => Slope, x: Float64Array, tolerance?: number): number[] {
  const values: number[] = [];
  const steps = lbfgs(x, ({ value }) => values.push(value) > 0, tolerance);
  for (let asked = steps.next(); !asked.done;) asked = steps.next(at(asked.value));
  return values;
}

Deno.test("L-BFGS goes down at every step and ends at the minimum of a stretched bowl", () => {
  const random = seededRandom(4);
  const size = 12;
  const stretch = Float64Array.from({ length: size }, () => 10 ** integer(random, -2, 2));
  const centre = Float64Array.from({ length: size }, () => normal(random));
  const x = new Float64Array(size);
  const bowl = (at: Float64Array) => {
    const gradient = at.map((value, i) => stretch[i] * (value - centre[i]));
    return {
      gradient,
      value: gradient.reduce((sum, slope, i) => sum + slope * (at[i] - centre[i]) / 2, 0),
    };
  };
  minimise(bowl, x, 1e-8).reduce((before, value) => {
    assert(value < before);
    return value;
  }, Infinity);
  x.forEach((value, i) => assertAlmostEquals(value, centre[i], 1e-5));
});
