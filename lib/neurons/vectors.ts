import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { foldNorm } from "../model/decoder/fold.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, yesOrNo } from "../base/options.ts";
import { checkedPairs, type Neurons } from "./pairs.ts";

/** The vectors that a neuron of a gated MLP reads with, or (`input`) of one without a gate; and the one that it writes. */
export type VectorName = "value" | "gate" | "up" | "input";

/** A weight matrix as vectors of neurons, as it is stored: number `i` of neuron `n` stands at `n · neuronStep + i · numberStep`. */
export interface NeuronMatrix {
  readonly data: Float32Array;
  readonly neurons: number;
  readonly size: number;
  readonly neuronStep: number;
  readonly numberStep: number;
}

/** Whether keys are read as the model applies them to the residual stream. */
export interface KeyOptions {
  /**
   * Multiply keys by the gain of the norm before the MLP (and centre them, after a LayerNorm): they are then directions of
   * the residual stream. Default true.
   */
  readonly norm?: boolean;
}

/**
 * The value vectors of a layer's MLP, [neuron, d_model]: what each neuron adds to the residual stream for each unit of its
 * activation.
 *
 * Geva et al., Transformer Feed-Forward Layers Are Key-Value Memories (arXiv 2012.14913).
 *
 * @throws CircuitbookError when there is no such layer, or the model has no MLPs.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * assertEquals((await neurons.valueVectors(model, 6)).sizes, { neuron: 512, d_model: 192 });
 * ```
 */
export async function valueVectors(model: Model, layer: number): Promise<Tensor> {
  return gathered(await matrixOf(model, layer, "value"));
}

/**
 * The key vectors of a layer's MLP by name, each [neuron, d_model]: `gate` and `up` of a gated MLP, `input` of another. A
 * neuron's activation is act(gate · x) (up · x), or act(input · x), where x is the residual stream, normalised.
 *
 * @throws CircuitbookError when there is no such layer, or the model has no MLPs.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * assertEquals(Object.keys(await neurons.keyVectors(model, 6)), ["gate", "up"]);
 * ```
 */
export async function keyVectors(
  model: Model,
  layer: number,
  options: KeyOptions = {},
): Promise<Record<string, Tensor>> {
  checkOptions(options, z.strictObject({ norm: yesOrNo.optional() }), "keyVectors");
  const { layers, weights } = model.architecture;
  const [number] = resolveSelection(layer, layers, "layer");
  const keys: Record<string, Tensor> = {};
  for (const name of keyNames(model)) {
    const key = gathered(await matrixOf(model, number, name));
    keys[name] = options.norm === false
      ? key
      : await foldNorm(model, key, weights.layer(number).ln2);
  }
  return keys;
}

/** The names of the keys of a model's neurons. */
export function keyNames({ architecture: { weights, dMlp } }: Model): VectorName[] {
  return dMlp && weights.layer(0).up ? ["gate", "up"] : ["input"];
}

/** One vector of each of some neurons [neuron, d_model], in their order; keys with the norm folded in. */
export async function vectorsOf(model: Model, neurons: Neurons, name: VectorName): Promise<Tensor> {
  const pairs = checkedPairs(model, neurons);
  const { dModel, weights } = model.architecture;
  const out = new Float32Array(pairs.length * dModel);
  const byLayer = Map.groupBy(
    pairs.map(([layer, neuron], at) => ({ layer, neuron, at })),
    ({ layer }) => layer,
  );
  for (const [layer, members] of byLayer) {
    const own = gathered(await matrixOf(model, layer, name), members.map(({ neuron }) => neuron));
    const { data } = name === "value" ? own : await foldNorm(model, own, weights.layer(layer).ln2);
    members.forEach(({ at }, i) =>
      out.set(data.subarray(i * dModel, (i + 1) * dModel), at * dModel)
    );
  }
  return new Tensor(out, { neuron: pairs.length, d_model: dModel });
}

/** A layer's matrix of one kind of vector. @throws CircuitbookError when there is no such layer, or no MLP. */
export async function matrixOf(
  model: Model,
  layer: number,
  name: VectorName,
): Promise<NeuronMatrix> {
  const { dModel, dMlp, layers, weights, linearLayout } = model.architecture;
  if (!dMlp) {
    throw new CircuitbookError(`Expected a model with MLPs but ${model.name} has attention alone.`);
  }
  const { gate, up, down } = weights.layer(resolveSelection(layer, layers, "layer")[0]);
  const linear = { value: down, gate, input: gate, up }[name]!;
  const { data } = await model.weight(linear.weight);
  const byNeuron = (name === "value") === (linearLayout === "in-out");
  const steps = byNeuron
    ? { neuronStep: dModel, numberStep: 1 }
    : { neuronStep: 1, numberStep: dMlp };
  return { data, neurons: dMlp, size: dModel, ...steps };
}

/** Some vectors of a matrix, or all, [neuron, d_model]. */
function gathered(
  { data, neurons, size, neuronStep, numberStep }: NeuronMatrix,
  chosen?: readonly number[],
): Tensor {
  const count = chosen?.length ?? neurons;
  const out = new Float32Array(count * size);
  for (let n = 0, at = 0; n < count; n++) {
    const first = (chosen ? chosen[n] : n) * neuronStep;
    for (let i = 0; i < size; i++) out[at++] = data[first + i * numberStep];
  }
  return new Tensor(out, { neuron: count, d_model: size });
}
