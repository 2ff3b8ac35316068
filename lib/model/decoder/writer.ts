import type { Graph, Value } from "../../onnx/graph.ts";
import type { Architecture, LinearWeights } from "../plan/architecture.ts";
import type { Hooks } from "./hooks.ts";
import type { Layout } from "./layout.ts";
import type { Plan } from "../plan/plan.ts";
import type { GraphWeights } from "./weights.ts";

/** What each part of the decoder writes with. */
export interface DecoderWriter {
  readonly graph: Graph;
  readonly architecture: Architecture;
  readonly plan: Plan;
  readonly weights: GraphWeights;
  readonly hooks: Hooks;
  readonly layout: Layout;
  /** int64 [batch, position]: the index of each token in its row; padding has 0. */
  readonly positionIds: Value;
  /** Whether ONNX Runtime's fused attention is exact on this device and may be used where nothing inside is asked for. */
  readonly fusedAttention: boolean;
}

/** `input` times a stored matrix, plus its bias, plus optionally a residual stream to add to. */
export function linear(
  { graph, architecture, weights }: DecoderWriter,
  input: Value,
  { weight, bias }: LinearWeights,
  residual?: Value,
): Value {
  const transB = architecture.linearLayout === "out-in" ? 1 : 0;
  const addend = bias ? weights.get(bias) : residual;
  const product = graph.node("Gemm", [input, weights.get(weight), addend], { transB });
  return bias && residual ? graph.node("Add", [residual, product]) : product;
}
