import type { Graph, Value } from "../../onnx/graph.ts";
import type { Architecture, LinearWeights } from "../plan/architecture.ts";
import type { Hooks } from "./hooks.ts";
import { int8Product, matrixSize } from "./int8.ts";
import type { Layout } from "./layout.ts";
import type { Plan } from "../plan/plan.ts";
import type { Precision } from "./precision.ts";
import { productOfFew } from "./product.ts";
import type { GraphWeights } from "./weights.ts";

/** The state that all functions which write parts of a decoder share. */
export interface DecoderWriter {
  readonly graph: Graph;
  readonly architecture: Architecture;
  readonly plan: Plan;
  readonly weights: GraphWeights;
  readonly hooks: Hooks;
  readonly layout: Layout;
  /** int64 [batch, position]: the index of each token in its row. Padding has the index 0. */
  readonly positionIds: Value;
  /** Writes the casts around products in half precision. */
  readonly precision: Precision;
  /**
   * Whether ONNX Runtime's fused attention may be used: it is exact on the CPU, and wrong on WebGPU
   * (1.30).
   */
  readonly fusedAttention: boolean;
}

/**
 * Returns `input` times a weight matrix, plus the bias if there is one, plus a residual stream if
 * given. The product of an adapter in memory is added to the result rather than to the matrix: x Aᵀ
 * Bᵀ takes far fewer operations than B A does when few tokens are computed, and no gradient of the
 * whole matrix is made.
 */
export function linear(
  writer: DecoderWriter,
  input: Value,
  linearWeights: LinearWeights,
  residual?: Value,
): Value {
  const { graph, weights } = writer;
  const result = storedLinear(writer, input, linearWeights, residual);
  const product = weights.product(linearWeights.weight);
  if (!product) return result;
  const narrow = graph.node("Gemm", [input, product.a], { transB: 1 });
  const scaled = graph.node("Mul", [narrow, graph.scalar(product.scaling)]);
  return graph.node("Add", [result, graph.node("Gemm", [scaled, product.b], { transB: 1 })]);
}

/** Returns `input` times a matrix of the files, plus the bias and the residual stream. */
function storedLinear(
  { graph, architecture, plan, weights, precision }: DecoderWriter,
  input: Value,
  { weight, bias }: LinearWeights,
  residual?: Value,
): Value {
  const transB = architecture.linearLayout === "out-in" ? 1 : 0;
  if (precision.int8) {
    const size = matrixSize(weights.shape(weight), architecture.linearLayout);
    const product = int8Product(graph, input, weight, size, bias ? weights.get(bias) : undefined);
    return residual ? graph.node("Add", [residual, product]) : product;
  }
  if (precision.half) {
    const operands = [precision.operand(input), weights.stored(weight)];
    const product = precision.result(graph.node("Gemm", operands, { transB }));
    const biased = bias ? graph.node("Add", [product, weights.get(bias)]) : product;
    // The residual stream stays in f32.
    return residual ? graph.node("Add", [residual, biased]) : biased;
  }
  if (plan.fewRows) {
    const product = productOfFew(graph, input, weights.base(weight));
    const biased = bias ? graph.node("Add", [product, weights.get(bias)]) : product;
    return residual ? graph.node("Add", [residual, biased]) : biased;
  }
  // Gemm adds one operand for free: the bias, or else the residual stream.
  const addend = bias ? weights.get(bias) : residual;
  const product = graph.node("Gemm", [input, weights.base(weight), addend], { transB });
  return bias && residual ? graph.node("Add", [residual, product]) : product;
}
