import type { Graph, Value } from "../../onnx/graph.ts";

/**
 * Changes how a value is seen. Activations are kept as [batch × position, features], so that every linear map is one
 * `Gemm` on the matrix as it is stored; attention and edits see the batch.
 */
export class Layout {
  readonly #shapes = new Map<string, Value>();
  readonly #batchShape: Value;

  readonly #graph: Graph;

  /** @param positionIds the graph input [batch, position] that tells the sizes. */
  constructor(graph: Graph, positionIds: Value) {
    this.#graph = graph;

    this.#batchShape = graph.node("Shape", [positionIds], {}, { type: "int64" });
  }

  /** [batch × position, …] seen as [batch, position, …rest]. */
  withBatch(value: Value, ...rest: number[]): Value {
    const key = rest.join();
    const shape = this.#shapes.get(key) ??
      this.#graph.node("Concat", [this.#batchShape, this.#graph.integers(...rest)], { axis: 0 }, {
        type: "int64",
      });
    this.#shapes.set(key, shape);
    return this.#graph.node("Reshape", [value, shape]);
  }

  /** The shape [batch, …sizes]. */
  batchAnd(...sizes: number[]): Value {
    const batch = this.#graph.node(
      "Gather",
      [this.#batchShape, this.#graph.integers(0)],
      { axis: 0 },
      { type: "int64" },
    );
    return this.#graph.node("Concat", [batch, this.#graph.integers(...sizes)], { axis: 0 }, {
      type: "int64",
    });
  }

  /** Anything seen as [-1, …sizes]. */
  rows(value: Value, ...sizes: number[]): Value {
    return this.#graph.node("Reshape", [value, this.#graph.integers(-1, ...sizes)]);
  }

  /** [a, b, …] seen as [a × b, …]. */
  mergeFirstTwo(value: Value): Value {
    const tail = this.#graph.node("Shape", [value], { start: 2 }, { type: "int64" });
    const shape = this.#graph.node("Concat", [this.#graph.integers(-1), tail], { axis: 0 }, {
      type: "int64",
    });
    return this.#graph.node("Reshape", [value, shape]);
  }
}
