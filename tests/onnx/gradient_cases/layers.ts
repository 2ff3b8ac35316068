import type { GradientCase } from "../central_differences.ts";

const epsilon = { float: 1e-2 };
const microsoft = { domain: "com.microsoft" };

function reductions(op: string): GradientCase[] {
  return [0, 1].flatMap((keepdims) => [
    ...[[0], [-1], [0, 2], [1, -1]].map((axes): GradientCase => ({
      name: `over axes ${axes}, keepdims ${keepdims}`,
      inputs: { x: [2, 3, 2] },
      write: (graph, { x }) =>
        graph.node(op, [graph.node("Mul", [x, x]), graph.integers(...axes)], { keepdims }),
    })),
    {
      name: `over all axes, keepdims ${keepdims}`,
      inputs: { x: [2, 3] },
      write: (graph, { x }) => graph.node(op, [graph.node("Mul", [x, x])], { keepdims }),
    },
  ]);
}

function softmax(op: string): GradientCase[] {
  return [-1, 1].map((axis) => ({
    name: `along axis ${axis}`,
    inputs: { x: [2, 3, 4] },
    write: (graph, { x }) => graph.node(op, [x], { axis }),
  }));
}

const masked: GradientCase = {
  name: "of scores some of which are -Infinity",
  inputs: { scores: [2, 3, 3] },
  given: {
    mask: {
      data: Float32Array.of(0, -Infinity, -Infinity, 0, 0, -Infinity, 0, 0, 0),
      dims: [3, 3],
    },
  },
  write: (graph, { scores, mask }) =>
    graph.node("Softmax", [graph.node("Add", [scores, mask])], { axis: -1 }),
};

/** Reductions, activation functions, norms and rotary embeddings. */
export const layers: Readonly<Record<string, readonly GradientCase[]>> = {
  ReduceSum: reductions("ReduceSum"),
  ReduceMean: reductions("ReduceMean"),
  Softmax: [...softmax("Softmax"), masked],
  LogSoftmax: softmax("LogSoftmax"),
  Gelu: ["none", "tanh"].map((approximate) => ({
    name: `approximate: ${approximate}`,
    inputs: { x: [3, 4] },
    number: (x) => 1.5 * x,
    write: (graph, { x }) => graph.node("Gelu", [x], { approximate }),
  })),
  QuickGelu: [1, 1.702].map((alpha) => ({
    name: `alpha ${alpha}`,
    inputs: { x: [3, 4] },
    number: (x) => 1.5 * x,
    write: (graph, { x }) => graph.node("QuickGelu", [x], { alpha: { float: alpha } }, microsoft),
  })),
  SimplifiedLayerNormalization: [[3, 4], [2, 3, 4]].map((x) => ({
    name: `of [${x}]`,
    inputs: { x, gain: [4] },
    write: (graph, { x, gain }) =>
      graph.node("SimplifiedLayerNormalization", [x, gain], { axis: -1, epsilon }),
  })),
  LayerNormalization: [
    {
      name: "with a bias",
      inputs: { x: [2, 3, 4], gain: [4], bias: [4] },
      write: (graph, { x, gain, bias }) =>
        graph.node("LayerNormalization", [x, gain, bias], { axis: -1, epsilon }),
    },
    {
      name: "without",
      inputs: { x: [3, 4], gain: [4] },
      write: (graph, { x, gain }) =>
        graph.node("LayerNormalization", [x, gain, undefined], { axis: -1, epsilon }),
    },
  ],
  RotaryEmbedding: [{
    name: "of two heads at position ids that differ by row",
    inputs: { x: [2, 3, 8] },
    given: {
      ids: { data: BigInt64Array.of(0n, 1n, 2n, 0n, 0n, 1n), dims: [2, 3] },
      cos: { data: Float32Array.from({ length: 8 }, (_, i) => Math.cos(i)), dims: [4, 2] },
      sin: { data: Float32Array.from({ length: 8 }, (_, i) => Math.sin(i)), dims: [4, 2] },
    },
    lastKnown: true,
    write: (graph, { x, ids, cos, sin }) =>
      graph.node(
        "RotaryEmbedding",
        [x, ids, cos, sin],
        { num_heads: 2, interleaved: 0 },
        microsoft,
      ),
  }],
};
