import { CircuitbookError } from "../../base/errors.ts";
import type { Node } from "../graph.ts";
import * as activations from "./activations.ts";
import * as arithmetic from "./arithmetic.ts";
import { attention } from "./attention.ts";
import * as matrices from "./matrices.ts";
import * as norms from "./norms.ts";
import * as reductions from "./reductions.ts";
import { rotaryEmbedding } from "./rotary.ts";
import type { Rule } from "./rule.ts";
import * as selection from "./selection.ts";
import * as shapeChanges from "./shape_changes.ts";

/** The derivative of each operator, by the operator's name. */
export const RULES: Readonly<Record<string, Rule>> = {
  Add: arithmetic.add,
  Sum: arithmetic.sum,
  Sub: arithmetic.subtract,
  Mul: arithmetic.multiply,
  Div: arithmetic.divide,
  Neg: arithmetic.negate,
  Sqrt: arithmetic.squareRoot,
  Exp: arithmetic.exponential,
  Log: arithmetic.logarithm,
  Gemm: matrices.gemm,
  MatMul: matrices.matMul,
  Reshape: shapeChanges.reshape,
  Unsqueeze: shapeChanges.reshape,
  Squeeze: shapeChanges.reshape,
  Expand: shapeChanges.expand,
  Cast: shapeChanges.cast,
  Transpose: shapeChanges.transpose,
  Identity: shapeChanges.identity,
  Concat: shapeChanges.concat,
  Split: shapeChanges.split,
  Gather: selection.gather,
  GatherElements: selection.gatherElements,
  Slice: selection.slice,
  Where: selection.where,
  ReduceSum: reductions.reduceSum,
  ReduceMean: reductions.reduceMean,
  Softmax: activations.softmax,
  LogSoftmax: activations.logSoftmax,
  Relu: activations.relu,
  Sigmoid: activations.sigmoid,
  Tanh: activations.tanh,
  Gelu: activations.gelu,
  QuickGelu: activations.quickGelu,
  SimplifiedLayerNormalization: norms.rmsNorm,
  LayerNormalization: norms.layerNorm,
  RotaryEmbedding: rotaryEmbedding,
  Attention: attention,
};

/**
 * Returns the derivative of a node's operator.
 *
 * @throws CircuitbookError if the operator has no rule; the message names the operator.
 */
export function ruleOf({ op, name }: Node): Rule {
  const rule = RULES[op];
  if (rule) return rule;
  throw new CircuitbookError(
    `Expected an operator that can be differentiated but found ${op} (${name}); add its rule to lib/onnx/gradient/rules.ts.`,
  );
}
