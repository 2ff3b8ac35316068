import type { Feeds, GraphTensor } from "../../lib/onnx/feeds.ts";
import { assert, assertEquals } from "@std/assert";
import { normal, seededRandom } from "circuitbook";
import * as onnx from "circuitbook/onnx";
import { createSession } from "../../lib/model/engine/runtime.ts";

/** A graph whose gradient is held to differences of what it computes. */
export interface GradientCase {
  readonly name: string;
  /** The inputs by which it is differentiated: their sizes. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** A number for each item of those, made of a normal one; as it is by default. */
  readonly number?: (normal: number) => number;
  /** Other inputs: masks, indices. */
  readonly given?: Feeds;
  /** Whether the last size of each input must be known before the graph runs. */
  readonly lastKnown?: boolean;
  readonly write: (graph: onnx.Graph, values: Readonly<Record<string, onnx.Value>>) => onnx.Value;
}

const types: Record<string, onnx.ElementType> = {
  Float32Array: "float32",
  Int32Array: "int32",
  BigInt64Array: "int64",
};

/** Whether sizes of inputs are numbers in the graph, or names. */
export type Sizes = "known" | "known when it runs";

/** The graph of a case up to its result. */
export function graphOf({ inputs, given = {}, write, lastKnown }: GradientCase, sizes: Sizes) {
  const graph = new onnx.Graph("case");
  const values: Record<string, onnx.Value> = {};
  const declare = (name: string, type: onnx.ElementType, dims: readonly number[]) => {
    const shape = dims.map((size, axis) =>
      sizes === "known" || (lastKnown && axis === dims.length - 1) ? size : `${name}.${axis}`
    );
    values[name] = graph.input(name, type, shape);
  };
  for (const [name, dims] of Object.entries(inputs)) declare(name, "float32", dims);
  for (const [name, { data, dims }] of Object.entries(given)) {
    declare(name, types[data.constructor.name], dims);
  }
  return { graph, values, result: write(graph, values) };
}

/** The values of a case's inputs. */
export function feedsOf(
  { inputs, given, number = (x) => x }: GradientCase,
  seed = 1,
): Record<string, GraphTensor> {
  const random = seededRandom(seed);
  const made = Object.entries(inputs).map((
    [name, dims],
  ) => [name, normals(dims, () => number(normal(random)))]);
  return { ...Object.fromEntries(made), ...given };
}

/** A tensor of numbers. */
export function normals(dims: readonly number[], next: () => number): GraphTensor {
  return { data: Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, next), dims };
}

/** What a graph's outputs are, by name. */
export async function outputsOf(
  graph: onnx.Graph,
  feeds: Feeds,
): Promise<Record<string, GraphTensor>> {
  const run = await prepared(graph);
  return await run(feeds);
}

/** A graph, ready to run. */
export async function prepared(
  graph: onnx.Graph,
): Promise<(feeds: Feeds) => Promise<Record<string, GraphTensor>>> {
  const session = await createSession(onnx.encodeGraph(graph), {
    device: "cpu",
    folder: ".",
    prepack: true,
  });
  return async (feeds) => {
    const values = await session.run(feeds);
    return Object.fromEntries(
      graph.outputs.map(({ name, value }) => [name ?? value.name, values[value.name]]),
    );
  };
}

/** Asserts that the gradients of a case, weighted item by item at random, are its differences. */
export async function assertGradients(gradientCase: GradientCase): Promise<void> {
  const feeds = feedsOf(gradientCase);
  const plain = graphOf(gradientCase, "known");
  plain.graph.output("result", plain.result);
  const run = await prepared(plain.graph);
  const { dims } = (await run(feeds)).result;
  const random = seededRandom(2);
  const seed = normals(dims, () => normal(random));
  const found = [
    await gradientsOf(gradientCase, "known", feeds, seed),
    await gradientsOf(gradientCase, "known when it runs", feeds, seed),
  ];
  for (const name of Object.keys(gradientCase.inputs)) {
    const loss = async (data: Float32Array) => {
      const { result } = await run({ ...feeds, [name]: { ...feeds[name], data } });
      return dot(result.data as Float32Array, seed.data as Float32Array);
    };
    const expected = await differences(loss, feeds[name].data as Float32Array);
    for (const gradients of found) {
      assertEquals(gradients[name].dims, feeds[name].dims, name);
      assertNear(gradients[name].data as Float32Array, expected, name);
    }
  }
}

/** The gradients of a case by its inputs. */
async function gradientsOf(
  gradientCase: GradientCase,
  sizes: Sizes,
  feeds: Feeds,
  seed: GraphTensor,
) {
  const { graph, values, result } = graphOf(gradientCase, sizes);
  const names = Object.keys(gradientCase.inputs);
  const weights = graph.input("seed", "float32", seed.dims.map((_, axis) => `seed.${axis}`));
  const slopes = onnx.gradients(graph, result, names.map((name) => values[name]), weights);
  names.forEach((name, i) => graph.output(`slope of ${name}`, slopes[i]));
  const outputs = await outputsOf(graph, { ...feeds, seed });
  return Object.fromEntries(names.map((name) => [name, outputs[`slope of ${name}`]]));
}

/**
 * Central differences of the fourth order: f32 is too coarse for steps at which those of the second
 * were exact.
 */
export async function differences(
  loss: (x: Float32Array) => Promise<number>,
  x: Float32Array,
  step = 0.04,
) {
  const slopes = [];
  for (let i = 0; i < x.length; i++) {
    const at = (steps: number) => loss(x.with(i, x[i] + steps * step));
    const [near, far] = [await at(1) - await at(-1), await at(2) - await at(-2)];
    slopes.push((8 * near - far) / (12 * step));
  }
  return slopes;
}

/**
 * Asserts a relative error under 1e-3; of items that are small among the others, relative to a
 * tenth of the largest.
 */
export function assertNear(
  found: ArrayLike<number>,
  expected: readonly number[],
  name: string,
): void {
  const largest = Math.max(...expected.map(Math.abs));
  assertEquals(found.length, expected.length, name);
  expected.forEach((value, i) => {
    const error = Math.abs(found[i] - value) / (Math.abs(value) + largest / 10 || 1);
    assert(error < 1e-3, `${name}: expected ${value} at item ${i} but found ${found[i]}`);
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i], 0);
}
