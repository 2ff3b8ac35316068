import type { Rule } from "./rule.ts";

/**
 * ONNX Runtime's `RotaryEmbedding`: the gradient is rotated by the negative angles, whose sines are
 * negated.
 */
export const rotaryEmbedding: Rule = (
  { graph, node: { attributes, domain }, inputs: [, ids, cos, sin], gradient },
) => [
  () =>
    graph.node("RotaryEmbedding", [gradient, ids, cos, graph.node("Neg", [sin])], attributes, {
      domain,
    }),
];
