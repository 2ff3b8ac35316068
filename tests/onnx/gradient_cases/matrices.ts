import type { GradientCase } from "../central_differences.ts";

const gemm: GradientCase[] = [0, 1].flatMap((transA) =>
  [0, 1].flatMap((transB) =>
    [undefined, [4], [3, 4], [3, 1], []].map((c): GradientCase => ({
      name: `${transA ? "Aᵀ" : "A"} ${transB ? "Bᵀ" : "B"}${c ? ` + C [${c}]` : ""}`,
      inputs: { a: transA ? [2, 3] : [3, 2], b: transB ? [4, 2] : [2, 4], ...c && { c } },
      write: (graph, { a, b, c }) => graph.node("Gemm", [a, b, c], { transA, transB }),
    }))
  )
);

const stacks: Readonly<Record<string, readonly [readonly number[], readonly number[]]>> = {
  "of matrices": [[3, 2], [2, 4]],
  "of stacks": [[2, 2, 3, 2], [2, 2, 2, 4]],
  "of a stack and a matrix": [[2, 2, 3, 2], [2, 4]],
  "of a matrix and a stack": [[3, 2], [2, 2, 2, 4]],
  "of stacks with a size of 1 on the right": [[2, 3, 1, 2], [2, 1, 2, 3]],
  "of stacks with a size of 1 on both sides": [[2, 1, 3, 2], [1, 3, 2, 2]],
  "of stacks of unequal depth": [[2, 3, 2], [2, 2, 2, 3]],
};

/** Products of matrices. */
export const matrices: Readonly<Record<string, readonly GradientCase[]>> = {
  Gemm: gemm,
  MatMul: Object.entries(stacks).map(([name, [a, b]]) => ({
    name,
    inputs: { a, b },
    write: (graph, { a, b }) => graph.node("MatMul", [a, b]),
  })),
};
