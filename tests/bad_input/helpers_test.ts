import { assertRejects, assertStringIncludes } from "@std/assert";
import {
  ablation,
  CircuitbookError,
  lens,
  loadModel,
  probing,
  steering,
  Tensor,
} from "circuitbook";

const model = await loadModel("countdown-r1", { device: "cpu" });
const vector = new Float32Array(model.architecture.dModel).fill(1);
const vectors = new Tensor(vector, { example: 1, d_model: vector.length });
const metric = (logits: Float32Array) => logits[0];
const examples = new Tensor(new Float32Array(8), { layer: 1, example: 4, d_model: 2 });
const labels = ["a", "b", "a", "b"];
const groups = [0, 0, 1, 1];
const right = { scales: [5], classes: { right: [1] } };

// A kernel checks no types: what is misspelt in a cell must be refused when it runs.
const cases: [call: (options: object) => unknown, options: object, ...parts: string[]][] = [
  [(options) => model.unembed(vectors, options), { top: 3 }, "unembed", '"top"'],
  [(options) => model.unembed(vectors, options), { norm: "no" }, '"norm" of unembed', '"no"'],
  [
    (options) => model.unembed(vectors, options),
    { score: "probability" },
    '"score" of unembed',
    '"probability"',
  ],
  [(options) => lens.nearest(model, vector, options), { count: 3 }, "nearest", '"count"'],
  [
    (options) => lens.logitLens(model, undefined as never, options),
    { token: [3] },
    "logitLens",
    'nearest: "tokens"',
  ],
  [
    (options) => steering.steer(model, vector, options as never),
    { scale: 1, layer: 4 },
    "steer",
    'nearest: "layers"',
  ],
  [
    (options) => steering.steer(model, vector, options as never),
    { scale: 1, layers: [] },
    '"layers" of steer',
    "found []",
  ],
  [(options) => sweep(options), { metric, head: [[0, 1]] }, "sweepHeads", 'nearest: "heads"'],
  [(options) => sweep(options), { metric, heads: [3] }, '"heads[0]" of sweepHeads', "found 3"],
  [(options) => sweep(options), { metric, heads: [[8, 0]] }, "layer from 0 to 7", "found 8"],
  [(options) => sweep(options), { metric, batchSize: 0 }, '"batchSize" of sweepHeads', "found 0"],
  [(options) => sweep(options), {}, '"metric" of sweepHeads', "a function"],
  [(options) => scales(options), { ...right, scale: 3 }, "sweepScales", 'nearest: "scales"'],
  [
    (options) => scales(options),
    { ...right, scales: [NaN] },
    '"scales[0]" of sweepScales',
    "found NaN",
  ],
  [
    (options) => probing.probe(examples, labels, options as never),
    { groups, L2: 3 },
    "probe",
    'nearest: "l2"',
  ],
  [
    (options) => probing.probe(examples, labels, options as never),
    { groups, l2: -1 },
    '"l2" of probe',
    "found -1",
  ],
  [() => steering.everyNth(model, " (", 0), {}, "occurrences", "found 0"],
  [() => steering.fromNth(model, " (", 1.5), {}, "occurrences", "found 1.5"],
  [() => steering.afterNth(model, " (", -1), {}, "occurrences", "found -1"],
];

for (const [number, [call, options, ...parts]] of cases.entries()) {
  Deno.test(`helpers refuse what they do not take, ${number}: ${parts.join(", ")}`, async () => {
    const { message } = await assertRejects(async () => await call(options), CircuitbookError);
    for (const part of parts) assertStringIncludes(message, part);
  });
}

function sweep(options: object) {
  return ablation.sweepHeads(model, "11 + 5 =", options as never);
}

function scales(options: object) {
  return steering.sweepScales(model, ["11 + 5 = 16 ("], { ones: vector }, options as never);
}
