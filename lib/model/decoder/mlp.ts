import type { Graph, Value } from "../../onnx/graph.ts";
import type { Architecture, LayerWeights } from "../plan/architecture.ts";
import { type DecoderWriter, linear } from "./writer.ts";
import { blockAt, pointAt } from "../plan/hook_points.ts";

/**
 * Returns the output of a layer's MLP, gated (`down(act(gate(x)) * up(x))`) or plain
 * (`down(act(gate(x)))`).
 *
 * @param input the normalised residual stream, [batch × position, d_model].
 * @param residual a residual stream to add to the output.
 */
export function mlp(
  writer: DecoderWriter,
  layer: number,
  input: Value,
  weights: LayerWeights,
  residual?: Value,
): Value {
  const { graph, architecture, hooks } = writer;
  return graph.scope(`${blockAt(layer)}.mlp`, () => {
    // A plain MLP has one matrix into its neurons, which goes by the name of the gate, as it does
    // at `hook_pre`.
    const pre = hooks.at(pointAt.mlpPre(layer), linear(writer, input, weights.gate!));
    const activated = activation(graph, architecture.activation, pre);
    const gated = weights.up
      ? graph.node("Mul", [
        activated,
        hooks.at(pointAt.mlpPreLinear(layer), linear(writer, input, weights.up)),
      ])
      : activated;
    return linear(writer, hooks.at(pointAt.mlpPost(layer), gated), weights.down!, residual);
  });
}

/** Returns the activation function of a value. */
function activation(graph: Graph, kind: Architecture["activation"], input: Value): Value {
  switch (kind) {
    case "silu":
      // QuickGelu is x σ(αx), which is SiLU for α = 1, in one operator.
      return graph.node("QuickGelu", [input], { alpha: { float: 1 } }, { domain: "com.microsoft" });
    case "gelu":
      return graph.node("Gelu", [input]);
    case "gelu_new":
      return graph.node("Gelu", [input], { approximate: "tanh" });
    case "relu":
      return graph.node("Relu", [input]);
  }
}
