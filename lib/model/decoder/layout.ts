import type { Graph, Value } from "../../onnx/graph.ts";

/**
 * Reshapes values. Activations are kept as [batch × position, features], so that every linear map
 * is one `Gemm` with the matrix as stored; attention and edits see [batch, position, …].
 */
export class Layout {
  /**
   * Shapes that were written already, by their sizes after batch and position: each is computed
   * once a run.
   */
  readonly #shapes = new Map<string, Value>();
  readonly #batchShape: Value;

  readonly #graph: Graph;

  /**
   * @param positionIds the value [batch, position] from which the sizes of batch and position are
   * read.
   */
  constructor(graph: Graph, positionIds: Value) {
    this.#graph = graph;

    this.#batchShape = graph.node("Shape", [positionIds], {}, { type: "int64" });
  }

  /** Reshapes [batch × position, …] to [batch, position, …rest]. */
  withBatch(value: Value, ...rest: number[]): Value {
    const key = rest.join();
    const shape = this.#shapes.get(key) ??
      this.#graph.node("Concat", [this.#batchShape, this.#graph.integers(...rest)], { axis: 0 }, {
        type: "int64",
      });
    this.#shapes.set(key, shape);
    return this.#graph.node("Reshape", [value, shape]);
  }

  /** Returns the shape [batch, …sizes]. */
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

  /** Reshapes a value to [rows, …sizes], with as many rows as the value has. */
  rows(value: Value, ...sizes: number[]): Value {
    return this.#graph.node("Reshape", [value, this.#graph.integers(-1, ...sizes)]);
  }

  /** Reshapes [a, b, …] to [a × b, …]. */
  mergeFirstTwo(value: Value): Value {
    const tail = this.#graph.node("Shape", [value], { start: 2 }, { type: "int64" });
    const shape = this.#graph.node("Concat", [this.#graph.integers(-1), tail], { axis: 0 }, {
      type: "int64",
    });
    return this.#graph.node("Reshape", [value, shape]);
  }
}
