import { summedTo } from "./broadcasting.ts";
import type { Graph, Value } from "../graph.ts";
import { type Rule, shapeValue, type Step } from "./rule.ts";

/** A matrix, and whether the product uses its transpose. */
type Operand = readonly [matrix: Value, transposed: boolean];

/** `Gemm` Y = A B + C: dA = dY Bᵀ, dB = Aᵀ dY, dC = dY. Either matrix may be stored transposed. */
export const gemm: Rule = (step) => {
  const { graph, node: { attributes }, inputs: [a, b, c], gradient } = step;
  // The gradient by a matrix that is stored transposed is transposed as well: (dY Bᵀ)ᵀ = B dYᵀ.
  const left = Boolean(attributes.transA);
  const right = Boolean(attributes.transB);
  const product = ([x, transA]: Operand, [y, transB]: Operand) =>
    graph.node("Gemm", [x, y], { transA: Number(transA), transB: Number(transB) });
  return [
    () => left ? product([b, right], [gradient, true]) : product([gradient, false], [b, !right]),
    () => right ? product([gradient, true], [a, left]) : product([a, !left], [gradient, false]),
    c && (() => summedTo(step, c, gradient)),
  ];
};

/** `MatMul` Y = A B of matrices or of stacks of matrices: dA = dY Bᵀ, dB = Aᵀ dY. */
export const matMul: Rule = (step) => {
  const { inputs: [a, b], gradient, graph } = step;
  if (isMatrixAfterStack(step)) return matrixAfterStack(step);
  return [
    () => summedToStack(step, a, transposedProduct(graph, [gradient, false], [b, true])),
    () => summedToStack(step, b, productOverRows(step, a, gradient)),
  ];
};

/**
 * A matrix with at most this many columns is narrow. Attention heads have at most this many
 * dimensions.
 */
const NARROW = 128;

/**
 * Returns Aᵀ G for stacks of matrices. If G is narrow, the product is written as (Gᵀ A)ᵀ, which
 * takes two thirds of the time (ONNX Runtime 1.30, A of 600 × 200, G of 600 × 32).
 */
function productOverRows({ graph, node, shapes }: Step, a: Value, gradient: Value): Value {
  const shape = shapes.get(node.outputs[0].name);
  return shape && Number(shape.at(-1)) <= NARROW
    ? transposedResult(graph, shape.length, transposedProduct(graph, [gradient, true], [a, false]))
    : transposedProduct(graph, [a, true], [gradient, false]);
}

/** Returns a stack of matrices, each transposed. */
export function transposedResult(graph: Graph, rank: number, matrices: Value): Value {
  const stack = Array.from({ length: rank - 2 }, (_, axis) => axis);
  return graph.node("Transpose", [matrices], { perm: [...stack, rank - 1, rank - 2] });
}

/**
 * Returns `alpha` times the product of two stacks of matrices. Each stack may be transposed in its
 * last two axes, which ONNX Runtime's `FusedMatMul` does without a copy.
 */
export function transposedProduct(
  graph: Graph,
  [a, transA]: Operand,
  [b, transB]: Operand,
  alpha = 1,
): Value {
  const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
  return graph.node("FusedMatMul", [a, b], attributes, { domain: "com.microsoft" });
}

/** Returns whether a stack of matrices is multiplied by one shared matrix. */
function isMatrixAfterStack({ shapes, inputs: [a, b] }: Step): boolean {
  return shapes.get(b.name)?.length === 2 && (shapes.get(a.name)?.length ?? 0) > 2;
}

/**
 * `MatMul` of a stack of matrices with one shared matrix. The gradient with respect to the shared
 * matrix is one product over the rows of all matrices of the stack, rather than the sum of a
 * product for each matrix.
 */
function matrixAfterStack({ graph, shapes, inputs: [a, b], gradient }: Step): (() => Value)[] {
  const last = shapes.get(a.name)!.length - 1;
  const rows = (value: Value) => {
    const size = shapeValue(graph, value, { start: last });
    return graph.node("Reshape", [
      value,
      graph.node("Concat", [graph.integers(-1), size], { axis: 0 }, { type: "int64" }),
    ]);
  };
  return [
    () => transposedProduct(graph, [gradient, false], [b, true]),
    () => graph.node("Gemm", [rows(a), rows(gradient)], { transA: 1 }),
  ];
}

/**
 * Undoes broadcasting of the stack: sums the gradient over all result matrices that used the same
 * operand matrix.
 */
function summedToStack(step: Step, operand: Value, gradient: Value): Value {
  const shape = step.shapes.get(operand.name);
  const result = step.shapes.get(step.node.outputs[0].name);
  const hasStackOfResult = shape && result &&
    shape.slice(0, -2).join() === result.slice(0, -2).join();
  // The last two axes of the gradient are the operand's, so the known shape of the output must not
  // be used.
  return hasStackOfResult ? gradient : summedTo({ ...step, shapes: new Map() }, operand, gradient);
}
