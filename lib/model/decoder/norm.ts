import type { Value } from "../../onnx/graph.ts";
import type { NormWeights } from "../plan/architecture.ts";
import type { DecoderWriter } from "./writer.ts";

/**
 * Returns the normalised residual stream before attention, the MLP or the unembedding (RMSNorm or
 * LayerNorm), or the stream itself in models without norms. The norm is one fused operator unless
 * `hook_scale` or `hook_normalized` is tapped or edited.
 *
 * @param name the norm's hook path, such as `blocks.3.ln1`.
 * @param input the residual stream, [batch × position, d_model].
 */
export function norm(
  writer: DecoderWriter,
  name: string,
  input: Value,
  weights: NormWeights | undefined,
): Value {
  const { graph, architecture, hooks } = writer;
  const { norm } = architecture;
  if (norm.kind === "none" || !weights) return input;
  // The norm is computed in f32, even if products are in half precision: the square of a number
  // above 255 overflows in f16.
  return graph.scope(
    name,
    () =>
      hooks.wants(`${name}.hook_scale`, `${name}.hook_normalized`)
        ? explicitNorm(writer, name, input, weights, norm)
        : fusedNorm(writer, input, weights, norm),
  );
}

/**
 * Normalises the last axis of a value: the whole residual stream, or the queries and keys of single
 * heads.
 */
export function fusedNorm(
  { graph, weights: store }: Pick<DecoderWriter, "graph" | "weights">,
  input: Value,
  weights: NormWeights,
  { kind, eps }: { kind: "rms" | "layer"; eps: number },
): Value {
  const gain = store.get(weights.weight);
  const attributes = { axis: -1, epsilon: { float: eps } };
  return kind === "rms"
    // ONNX Runtime calls RMSNorm SimplifiedLayerNormalization.
    ? graph.node("SimplifiedLayerNormalization", [input, gain], attributes)
    : graph.node("LayerNormalization", [
      input,
      gain,
      weights.bias ? store.get(weights.bias) : undefined,
    ], attributes);
}

/**
 * Writes a norm operator by operator, so that its scale and its output before the gain can be
 * tapped and edited.
 */
function explicitNorm(
  { graph, weights: store, hooks }: DecoderWriter,
  name: string,
  input: Value,
  weights: NormWeights,
  { kind, eps }: { kind: "rms" | "layer"; eps: number },
): Value {
  const lastAxis = graph.integers(-1);
  const mean = (value: Value) => graph.node("ReduceMean", [value, lastAxis], { keepdims: 1 });
  const centred = kind === "layer" ? graph.node("Sub", [input, mean(input)]) : input;
  // Epsilon is added inside the root, as PyTorch does: scale = √(mean x² + ε).
  const variance = mean(graph.node("Mul", [centred, centred]));
  const scale = hooks.at(
    `${name}.hook_scale`,
    graph.node("Sqrt", [graph.node("Add", [variance, graph.scalar(eps)])]),
  );
  const normalized = hooks.at(`${name}.hook_normalized`, graph.node("Div", [centred, scale]));
  const gained = graph.node("Mul", [normalized, store.get(weights.weight)]);
  return weights.bias ? graph.node("Add", [gained, store.get(weights.bias)]) : gained;
}
