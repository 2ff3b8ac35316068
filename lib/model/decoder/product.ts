import type { Graph, Value } from "../../onnx/graph.ts";

/**
 * The largest number of rows whose products are written with the weights first. On two cores with
 * AVX-512, ONNX Runtime 1.30 multiplies 2 to 48 rows by a matrix that it has not reordered in 50 to
 * 90 % of the time in this way; from 64 rows on the usual way is faster.
 */
export const MOST_FEW_ROWS = 48;

/**
 * Returns the products of a few vectors [row, in] with a matrix [out, in], as [row, out], written
 * as (W xᵀ)ᵀ. The kernel reorders the second operand at every call, which for few rows takes longer
 * than to read the weights; so the weights come first. `FusedMatMul` is used because ONNX Runtime
 * would turn a `Gemm` with a `Transpose` after it back into x Wᵀ.
 *
 * The unembedding gains nothing: the operators that choose a token are slower on turned logits.
 */
export function productOfFew(graph: Graph, vectors: Value, matrix: Value): Value {
  const turned = graph.node("FusedMatMul", [matrix, vectors], { transB: 1 }, {
    domain: "com.microsoft",
  });
  return graph.node("Transpose", [turned], { perm: [1, 0] });
}
