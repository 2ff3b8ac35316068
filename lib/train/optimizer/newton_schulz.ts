import type { Graph, Value } from "../../onnx/graph.ts";

/**
 * The coefficients of s (a + b s² + c s⁴), which takes singular values s to about 1 (Jordan et al.,
 * 2024).
 */
const LINEAR = 3.4445;
const CUBIC = -4.7750;
const QUINTIC = 2.0315;

/**
 * Adds nodes that make matrices nearly orthogonal: their singular values become about 1 (0.7 to
 * 1.2), their singular vectors stay. This is the Newton–Schulz iteration of fifth order,
 * https://kellerjordan.github.io/posts/muon.
 *
 * @param matrices [matrix, row, column] with no more rows than columns.
 * @returns matrices of the same shape.
 */
export function orthogonalised(
  graph: Graph,
  matrices: Value,
  { rows, columns, iterations }: { rows: number; columns: number; iterations: number },
): Value {
  // The Frobenius norm is at least the greatest singular value, so all start at 1 or below.
  const norm = graph.node("ReduceL2", [matrices, graph.integers(1, 2)], { keepdims: 1 });
  const scaled = graph.node("Div", [matrices, graph.node("Max", [norm, graph.scalar(1e-7)])]);
  // The iteration is a polynomial in X Xᵀ. If X has more than 1.5 times as many columns as rows,
  // computing the polynomial first and multiplying X by it once costs less.
  return columns > 1.5 * rows
    ? byProducts(graph, scaled, rows, iterations)
    : directly(graph, scaled, iterations);
}

/** X ← a X + (b A + c A²) X with A = X Xᵀ. */
function directly(graph: Graph, matrices: Value, iterations: number): Value {
  let x = matrices;
  for (let i = 0; i < iterations; i++) {
    const change = graph.node("MatMul", [quadratic(graph, gram(graph, x)), x]);
    x = graph.node("Add", [change, graph.node("Mul", [x, graph.scalar(LINEAR)])]);
  }
  return x;
}

/** The same iteration with P = a I + b A + c A²: A ← P A P and Q ← P Q, then Q X at the end. */
function byProducts(graph: Graph, x: Value, rows: number, iterations: number): Value {
  const diagonal = new Float32Array(rows * rows);
  for (let i = 0; i < rows; i++) diagonal[i * (rows + 1)] = LINEAR;
  const identity = graph.floats(diagonal, [rows, rows]);
  let A = gram(graph, x);
  let Q: Value | undefined;
  for (let i = 0; i < iterations; i++) {
    const P = graph.node("Add", [quadratic(graph, A), identity]);
    Q = Q ? graph.node("MatMul", [P, Q]) : P;
    if (i < iterations - 1) A = graph.node("MatMul", [graph.node("MatMul", [P, A]), P]);
  }
  return graph.node("MatMul", [Q!, x]);
}

function gram(graph: Graph, x: Value): Value {
  return graph.node("FusedMatMul", [x, x], { transB: 1 }, { domain: "com.microsoft" });
}

function quadratic(graph: Graph, A: Value): Value {
  const squared = graph.node("FusedMatMul", [A, A], { alpha: { float: QUINTIC } }, {
    domain: "com.microsoft",
  });
  return graph.node("Add", [squared, graph.node("Mul", [A, graph.scalar(CUBIC)])]);
}
