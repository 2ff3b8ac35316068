import type { Graph, Value } from "../../onnx/graph.ts";
import type { OptimizerSettings } from "./settings.ts";

/** Graph inputs without axes whose values change with the step. */
export interface AdamRates {
  /** The learning rate, divided by 1 − β₁ᵗ. */
  readonly rate: Value;
  /** The square root of 1 − β₂ᵗ. */
  readonly root: Value;
  /** 1 − rate × decay: the factor of the weight. */
  readonly keep: Value;
}

/** A weight, its clipped gradient and its two moments, all of one shape. */
export interface AdamValues {
  readonly weight: Value;
  readonly gradient: Value;
  readonly first: Value;
  readonly second: Value;
}

/** Adds a step of AdamW for one weight to a graph (Loshchilov & Hutter, arXiv 1711.05101). */
export function adamStep(
  graph: Graph,
  { weight, gradient, first, second }: AdamValues,
  { rate, root, keep }: AdamRates,
  { betas: [beta1, beta2], eps, decay }: OptimizerSettings["adam"],
): Omit<AdamValues, "gradient"> {
  const mix = (older: Value, newer: Value, beta: number) =>
    graph.node("Add", [
      graph.node("Mul", [older, graph.scalar(beta)]),
      graph.node("Mul", [newer, graph.scalar(1 - beta)]),
    ]);
  const newFirst = mix(first, gradient, beta1);
  const newSecond = mix(second, graph.node("Mul", [gradient, gradient]), beta2);
  // Epsilon is added to the corrected deviation, as in PyTorch: it bounds the change where
  // gradients are tiny.
  const deviation = graph.node("Add", [
    graph.node("Div", [graph.node("Sqrt", [newSecond]), root]),
    graph.scalar(eps),
  ]);
  const change = graph.node("Mul", [graph.node("Div", [newFirst, deviation]), rate]);
  // Decay shrinks the weight itself. Added to the gradient, it would be divided by the deviation.
  const kept = decay ? graph.node("Mul", [weight, keep]) : weight;
  return { weight: graph.node("Sub", [kept, change]), first: newFirst, second: newSecond };
}
