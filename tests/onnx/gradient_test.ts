import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError } from "circuitbook";
import * as onnx from "circuitbook/onnx";
import { assertNear, outputsOf } from "./central_differences.ts";

const four = { x: { data: Float32Array.of(1, -2, 3, 0.5), dims: [4] } };

/** The gradient of a value of x [4] by others, at {@link four}. */
async function slopes(
  write: (
    graph: onnx.Graph,
    x: onnx.Value,
  ) => { of: onnx.Value; by: onnx.Value[]; seed?: onnx.Value },
) {
  const graph = new onnx.Graph("slopes");
  const x = graph.input("x", "float32", ["n"]);
  const { of, by, seed } = write(graph, x);
  onnx.gradients(graph, of, by, seed).forEach((slope, i) => graph.output(`slope.${i}`, slope));
  const outputs = await outputsOf(graph, four);
  return by.map((_, i) => outputs[`slope.${i}`]);
}

const sum = (graph: onnx.Graph, x: onnx.Value) =>
  graph.node("ReduceSum", [x, graph.integers(0)], { keepdims: 0 });

Deno.test("the gradients of all uses of a value are added up", async () => {
  const [slope] = await slopes((graph, x) => {
    const square = graph.node("Mul", [x, x]);
    const cube = graph.node("Mul", [square, x]);
    return { of: sum(graph, graph.node("Add", [cube, graph.node("Add", [square, x])])), by: [x] };
  });
  assertNear(slope.data as Float32Array, [...four.x.data].map((x) => 3 * x * x + 2 * x + 1), "x");
});

Deno.test("a value in between has its own gradient, beside that of what it is made of", async () => {
  const [inner, outer] = await slopes((graph, x) => {
    const square = graph.node("Mul", [x, x]);
    return { of: sum(graph, graph.node("Exp", [graph.node("Neg", [square])])), by: [square, x] };
  });
  assertNear(inner.data as Float32Array, [...four.x.data].map((x) => -Math.exp(-x * x)), "square");
  assertNear(
    outer.data as Float32Array,
    [...four.x.data].map((x) => -2 * x * Math.exp(-x * x)),
    "x",
  );
});

Deno.test("without a seed it is the gradient of the sum, with one of the weighted sum", async () => {
  const seed = Float32Array.of(1, 0, -1, 2);
  const [plain] = await slopes((graph, x) => ({ of: graph.node("Mul", [x, x]), by: [x] }));
  const [weighted] = await slopes((graph, x) => ({
    of: graph.node("Mul", [x, x]),
    by: [x],
    seed: graph.floats(seed, [4]),
  }));
  assertEquals([...plain.data], [...four.x.data].map((x) => 2 * x));
  assertEquals([...weighted.data], [...four.x.data].map((x, i) => 2 * x * seed[i]));
});

Deno.test("by itself a value changes by one; by what it does not depend on, by zero", async () => {
  const [own, other] = await slopes((graph, x) => {
    const other = graph.node("Concat", [x, x], { axis: 0 });
    return { of: x, by: [x, other] };
  });
  assertEquals([[...own.data], [...other.data]], [[1, 1, 1, 1], Array(8).fill(0)]);
});

Deno.test("two gradients may be asked of one graph", () => {
  const graph = new onnx.Graph("two");
  const size = ["batch", "position", 4];
  const [q, k, v] = ["q", "k", "v"].map((name) => graph.input(name, "float32", size));
  const z = graph.node("Attention", [q, k, v], { q_num_heads: 2, kv_num_heads: 2, is_causal: 1 });
  const [first] = onnx.gradients(graph, z, [q]);
  const [second] = onnx.gradients(graph, z, [v]);
  assertEquals(graph.nodes.filter(({ op }) => op === "Attention").length, 1);
  assert(first.name !== second.name);
});

Deno.test("only what the asked gradients need is written", () => {
  const graph = new onnx.Graph("needs");
  const x = graph.input("x", "float32", [2, 3]);
  const w = graph.input("w", "float32", [3, 4]);
  const early = graph.node("Softmax", [x], { axis: -1 });
  const product = graph.node("Gemm", [early, w]);
  const before = graph.nodes.length;
  onnx.gradients(graph, product, [w]);
  const written = graph.nodes.slice(before).map(({ op }) => op);
  assertEquals(written.filter((op) => op === "Gemm").length, 1);
  assert(!written.includes("Mul"), `${written}`);
});

Deno.test("a function between value and result is refused by name; one elsewhere is not", () => {
  const graph = new onnx.Graph("cut");
  const x = graph.input("x", "float32", ["n"]);
  const y = graph.input("y", "float32", ["n"]);
  const changed = graph.node("Exp", [
    graph.cut("edit.blocks.3.hook_resid_pre", graph.node("Neg", [x])),
  ]);
  assertThrows(
    () => onnx.gradients(graph, graph.node("Add", [changed, y]), [x, y]),
    CircuitbookError,
    '"edit.blocks.3.hook_resid_pre"',
  );
  onnx.gradients(graph, graph.node("Add", [changed, y]), [y]);
});

Deno.test("an operator without a rule is refused by name, unless it is not on the way", () => {
  const graph = new onnx.Graph("none");
  const x = graph.input("x", "float32", ["n"]);
  const rounded = graph.scope("blocks.2", () => graph.node("Round", [x]));
  assertThrows(
    () => onnx.gradients(graph, rounded, [x]),
    CircuitbookError,
    "found Round (blocks.2/Round)",
  );
  onnx.gradients(graph, graph.node("Exp", [rounded]), [rounded]);
});

Deno.test("an attention whose heads have no known size is refused by name", () => {
  const graph = new onnx.Graph("sizes");
  const q = graph.input("q", "float32", ["batch", "position", "width"]);
  const z = graph.node("Attention", [q, q, q], { q_num_heads: 2, kv_num_heads: 2 });
  assertThrows(() => onnx.gradients(graph, z, [q]), CircuitbookError, 'found "Attention"');
});
