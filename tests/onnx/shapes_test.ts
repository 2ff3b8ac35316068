import { assert, assertEquals } from "@std/assert";
import { checkpoints, families, hookPoints } from "circuitbook";
import * as onnx from "circuitbook/onnx";
import { decoderGraph } from "../../lib/model/decoder/decoder.ts";
import type { Plan } from "../../lib/model/plan/plan.ts";
import { openCase, referenceCases } from "../model/reference_cases.ts";

/** The shape of what is written of x [n, 3, m]. */
function shapeOf(
  write: (graph: onnx.Graph, x: onnx.Value) => onnx.Value,
): readonly onnx.Dimension[] | undefined {
  const graph = new onnx.Graph("shape");
  return onnx.shapesOf(graph).get(write(graph, graph.input("x", "float32", ["n", 3, "m"])).name) ??
    onnx.shapesOf(graph).get(graph.nodes.at(-1)!.outputs[0].name);
}

Deno.test("sizes that are not known are told apart by name", () => {
  assertEquals(shapeOf((graph, x) => graph.node("Transpose", [x], { perm: [2, 0, 1] })), [
    "m",
    "n",
    3,
  ]);
  assertEquals(shapeOf((graph, x) => graph.node("Reshape", [x, graph.integers(0, -1)])), [
    "n",
    "3*m",
  ]);
  assertEquals(shapeOf((graph, x) => graph.node("Unsqueeze", [x, graph.integers(0, -1)])), [
    1,
    "n",
    3,
    "m",
    1,
  ]);
  assertEquals(shapeOf((graph, x) => graph.node("Concat", [x, x], { axis: 1 })), ["n", 6, "m"]);
  assertEquals(
    shapeOf((graph, x) => graph.node("ReduceMean", [x, graph.integers(-1)], { keepdims: 1 })),
    ["n", 3, 1],
  );
  assertEquals(shapeOf((graph, x) => graph.node("ReduceSum", [x], { keepdims: 0 })), []);
  assertEquals(
    shapeOf((graph, x) => graph.node("Gather", [x, graph.integers(0, 1)], { axis: 2 })),
    ["n", 3, 2],
  );
  const [, size] = shapeOf((graph, x) =>
    graph.node("Slice", [x, ...[0, 1, 1].map((n) => graph.integers(n))])
  )!;
  assert(size !== 3);
});

Deno.test("a size that could be either of two is neither", () => {
  const graph = new onnx.Graph("either");
  const x = graph.input("x", "float32", ["a", 3]);
  const y = graph.input("y", "float32", ["b", 1]);
  const [size, three] = onnx.shapesOf(graph).get("x")!;
  const sum = graph.node("Add", [x, y]);
  assertEquals(three, 3);
  const [either, known] = onnx.shapesOf(graph).get(sum.name)!;
  assert(either !== size && either !== "b" && known === 3);
});

/** A plan that returns every hook point. */
function everything(points: ReturnType<typeof hookPoints>): Plan {
  return {
    taps: points.map((point) => ({ point })),
    edits: new Map(),
    cached: false,
    padded: true,
  };
}

for (const name of referenceCases.filter((name) => !/f16|shards/.test(name))) {
  Deno.test(`${name}: the sizes of a decoder's values are told before it runs, and they are those`, async () => {
    const { model, reference } = await openCase(name);
    const checkpoint = await checkpoints.openCheckpoint(model.checkpoint.folder);
    const architecture = families.architectureOfCheckpoint(checkpoint);
    const points = hookPoints(architecture);
    const plan = everything(points);
    const graph = decoderGraph(architecture, checkpoint, plan, {
      fusedAttention: false,
      fedWeights: undefined,
    });
    const shapes = onnx.shapesOf(graph);
    const rows = [reference.rows.A];
    for (const { op, outputs } of graph.nodes) assert(shapes.has(outputs[0].name), op);
    const tap = (name: string) =>
      shapes.get(graph.outputs[points.findIndex((point) => point.name === name)].value.name);
    const { dModel, heads, vocab } = architecture;
    assertEquals(tap("blocks.1.hook_resid_post"), ["batch*position", dModel]);
    assertEquals(tap("blocks.1.attn.hook_attn_scores"), ["batch", heads, "position", "position"]);
    assertEquals(tap("logits"), ["batch*position", vocab]);
    const cache = await model.run(rows, { tap: points.map(({ name }) => name) });
    const sizes: Record<string, number> = {
      batch: 1,
      position: rows[0].length,
      key: rows[0].length,
    };
    graph.outputs.forEach(({ value }, tap) => {
      const told = shapes.get(value.name)!;
      const point = points[tap].name;
      const found = told.map((size) => typeof size === "number" ? size : valueOf(size, sizes));
      const tensor = cache.get(point);
      const count = found.reduce((a, b) => a * b, 1);
      assertEquals(count, tensor.data.length, `${point} [${told}] of ${tensor.describe()}`);
    });
    await model.dispose();
  });
}

/** What a product of names and numbers is. */
function valueOf(size: string, sizes: Readonly<Record<string, number>>): number {
  return size.split("*").reduce((product, part) => product * (sizes[part] ?? Number(part)), 1);
}
