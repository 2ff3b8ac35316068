import * as onnx from "circuitbook/onnx";
import type { GradientCase } from "../central_differences.ts";

/** A value times other numbers at each place, so that no two places are alike. */
function square(graph: onnx.Graph, value: onnx.Value): onnx.Value {
  return graph.node("Mul", [value, value]);
}

/** Changes of shape. */
export const shapes: Readonly<Record<string, readonly GradientCase[]>> = {
  Identity: [{
    name: "as it is",
    inputs: { x: [3] },
    write: (graph, { x }) => graph.node("Identity", [x]),
  }],
  // ONNX TensorProto.DataType.FLOAT is 1.
  Cast: [{
    name: "to the type it is of",
    inputs: { x: [3] },
    write: (graph, { x }) => square(graph, graph.node("Cast", [square(graph, x)], { to: 1 })),
  }],
  Reshape: [{
    name: "to other axes",
    inputs: { x: [2, 6] },
    write: (graph, { x }) => square(graph, graph.node("Reshape", [x, graph.integers(0, 3, -1)])),
  }],
  Unsqueeze: [{
    name: "two axes",
    inputs: { x: [2, 3] },
    write: (graph, { x }) => square(graph, graph.node("Unsqueeze", [x, graph.integers(0, -1)])),
  }],
  Squeeze: [{
    name: "an axis in the middle",
    inputs: { x: [2, 1, 3] },
    write: (graph, { x }) => square(graph, graph.node("Squeeze", [x, graph.integers(1)])),
  }],
  Expand: [{
    name: "a size of 1, and an axis in front",
    inputs: { x: [2, 1] },
    write: (graph, { x }) => graph.node("Expand", [x, graph.integers(3, 2, 4)]),
  }],
  Transpose: [{
    name: "three axes around",
    inputs: { x: [2, 3, 4] },
    write: (graph, { x }) => square(graph, graph.node("Transpose", [x], { perm: [2, 0, 1] })),
  }],
  Concat: [-1, 1].map((axis) => ({
    name: `three parts along axis ${axis}`,
    inputs: { a: [2, 1], b: [2, 3], c: [2, 2] },
    write: (graph, { a, b, c }) => square(graph, graph.node("Concat", [a, b, c], { axis })),
  })),
  Split: [
    {
      name: "into parts that are all used",
      inputs: { x: [2, 6] },
      write: (graph, { x }) => {
        const [a, b] = split(graph, x, [2, 4]);
        return graph.node("Concat", [square(graph, b), a], { axis: 1 });
      },
    },
    {
      name: "into three parts of which one is used",
      inputs: { x: [2, 6] },
      write: (graph, { x }) => square(graph, split(graph, x, [1, 3, 2])[1]),
    },
    {
      name: "into parts of which the first is not used",
      inputs: { x: [2, 6] },
      write: (graph, { x }) => square(graph, split(graph, x, [1, 5])[1]),
    },
  ],
  Slice: [[0, 2, 0], [1, 3, 1], [-2, 100, 1], [2, -1, -1]].map(([start, end, axis]) => ({
    name: `from ${start} to ${end} along axis ${axis}`,
    inputs: { x: [3, 4] },
    write: (graph, { x }) =>
      square(graph, graph.node("Slice", [x, ...[start, end, axis].map((n) => graph.integers(n))])),
  })),
};

function split(graph: onnx.Graph, x: onnx.Value, sizes: number[]): onnx.Value[] {
  return graph.nodeWithOutputs("Split", [x, graph.integers(...sizes)], sizes.map(() => "float32"), {
    axis: 1,
  });
}
