import type { GradientCase } from "../central_differences.ts";

const integers = (dims: readonly number[], ...list: number[]) => ({
  data: BigInt64Array.from(list, BigInt),
  dims,
});

/** Taking some items and leaving others. */
export const selection: Readonly<Record<string, readonly GradientCase[]>> = {
  Gather: [
    {
      name: "rows of a table by tokens [batch, position], some of them twice",
      inputs: { table: [5, 3] },
      given: { tokens: { data: Int32Array.of(4, 0, 4, 2, 2, 4), dims: [2, 3] } },
      write: (graph, { table, tokens }) => graph.node("Gather", [table, tokens], { axis: 0 }),
    },
    {
      name: "rows by a list, from the end too",
      inputs: { x: [4, 3] },
      given: { rows: integers([3], 1, 3, -1) },
      write: (graph, { x, rows }) => graph.node("Gather", [x, rows], { axis: 0 }),
    },
    ...[1, -2].map((axis): GradientCase => ({
      name: `along axis ${axis}, one of them twice`,
      inputs: { x: [2, 4, 3] },
      given: { heads: integers([3], 3, 0, 3) },
      write: (graph, { x, heads }) => graph.node("Gather", [x, heads], { axis }),
    })),
    {
      name: "one item along the last axis, which goes",
      inputs: { x: [2, 4] },
      given: { index: integers([], 2) },
      write: (graph, { x, index }) => graph.node("Gather", [x, index], { axis: 1 }),
    },
    {
      name: "from a list",
      inputs: { x: [4] },
      given: { index: integers([2, 2], 2, 1, 1, 0) },
      write: (graph, { x, index }) => graph.node("Gather", [x, index], { axis: 0 }),
    },
  ],
  GatherElements: [-1, 1].map((axis) => ({
    name: `one item of each row, axis ${axis}`,
    inputs: { x: [3, 4] },
    given: { right: integers([3, 1], 1, 0, 3) },
    write: (graph, { x, right }) => graph.node("GatherElements", [x, right], { axis }),
  })),
  Where: [{
    name: "either side, broadcast",
    inputs: { a: [2, 3], b: [3] },
    given: { m: { data: Float32Array.of(1, -1, 1, -1, -1, 1), dims: [2, 3] } },
    write: (graph, { a, b, m }) => {
      const condition = graph.node("Greater", [m, graph.scalar(0)], {}, { type: "bool" });
      return graph.node("Where", [condition, a, b], {}, { type: "float32" });
    },
  }],
};
