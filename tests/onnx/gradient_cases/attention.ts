import type { GradientCase } from "../central_differences.ts";

/** What kinds of Attention there are. */
interface Kind {
  readonly name: string;
  readonly kvHeads?: number;
  readonly causal?: boolean;
  /** Sizes of a bias on the scores. */
  readonly bias?: readonly number[];
  /** Earlier positions. */
  readonly past?: number;
}

const kinds: readonly Kind[] = [
  { name: "of every position" },
  { name: "causal", causal: true },
  { name: "with a bias for all rows and heads", bias: [1, 1, 3, 3] },
  { name: "with a bias for each row, and grouped heads", bias: [2, 1, 3, 3], kvHeads: 2 },
  { name: "causal, with grouped heads", causal: true, kvHeads: 2 },
  { name: "causal, with one key/value head", causal: true, kvHeads: 1 },
  { name: "causal, behind earlier positions", causal: true, kvHeads: 2, past: 2 },
  { name: "behind earlier positions, with a bias", bias: [1, 1, 3, 5], past: 2 },
];

const heads = 4;
const headSize = 2;

/** ONNX's attention. */
export const attention: Readonly<Record<string, readonly GradientCase[]>> = {
  Attention: kinds.map(({ name, kvHeads = heads, causal = false, bias, past }) => ({
    name,
    inputs: {
      q: [2, 3, heads * headSize],
      k: [2, 3, kvHeads * headSize],
      v: [2, 3, kvHeads * headSize],
      ...bias && { bias },
      ...past && { keys: [2, kvHeads, past, headSize], values: [2, kvHeads, past, headSize] },
    },
    lastKnown: true,
    write: (graph, { q, k, v, bias, keys, values }) =>
      graph.nodeWithOutputs(
        "Attention",
        [q, k, v, bias, keys, values],
        keys ? ["float32", "float32", "float32"] : ["float32"],
        { q_num_heads: heads, kv_num_heads: kvHeads, is_causal: Number(causal) },
      )[0],
  })),
};
