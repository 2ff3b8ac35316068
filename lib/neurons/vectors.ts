import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { foldNorm } from "../model/decoder/fold.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, yesOrNo } from "../base/options.ts";
import { checkedNeurons, type Neurons } from "./neuron_list.ts";

/**
 * A vector of a neuron: `value` is what it writes to the residual stream; `gate` and `up` are what
 * a neuron of a gated MLP reads, `input` what a neuron of another MLP reads.
 */
export type VectorName = "value" | "gate" | "up" | "input";

/**
 * A weight matrix as it is stored. Number `i` of the vector of neuron `n` is at
 * `n · neuronStep + i · numberStep`.
 */
export interface NeuronMatrix {
  /** The weights. */
  readonly data: Float32Array;
  /** The number of neurons. */
  readonly neurons: number;
  /** How many numbers a vector has: d_model. */
  readonly size: number;
  readonly neuronStep: number;
  readonly numberStep: number;
}

/** The options of {@link keyVectors}. */
export interface KeyOptions {
  /**
   * Whether the norm before the MLP is folded into the keys (its gain, and for a LayerNorm the
   * centring), which makes them directions of the residual stream. Default true.
   */
  readonly norm?: boolean;
}

/**
 * Returns the value vectors of the MLP of a layer: what each neuron adds to the residual stream for
 * each unit of its activation.
 *
 * Geva et al., Transformer Feed-Forward Layers Are Key-Value Memories (arXiv 2012.14913).
 *
 * @param model the model.
 * @param layer the layer, from 0; negative numbers count from the last.
 * @returns [neuron, d_model].
 * @throws CircuitbookError if the layer does not exist, or the model has no MLPs.
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
  checkArguments("valueVectors", {
    model: [model, aModel],
    layer: [layer, is.number],
  });

  return gathered(await matrixOf(model, layer, "value"));
}

/**
 * Returns the key vectors of the MLP of a layer by name: `gate` and `up` of a gated MLP, else
 * `input`. The activation of a neuron is act(gate · x) (up · x), or act(input · x), where x is the
 * normalised residual stream.
 *
 * @param model the model.
 * @param layer the layer, from 0; negative numbers count from the last.
 * @param options whether the norm before the MLP is folded in.
 * @returns for each name, [neuron, d_model].
 * @throws CircuitbookError if the layer does not exist, or the model has no MLPs.
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
  checkArguments("keyVectors", {
    model: [model, aModel],
    layer: [layer, is.number],
  });

  checkOptions(options, z.strictObject({ norm: yesOrNo.optional() }), "keyVectors");
  const { layers, weights } = model.architecture;
  const [index] = resolveSelection(layer, layers, "layer");
  const keys: Record<string, Tensor> = {};
  for (const name of keyNames(model)) {
    const key = gathered(await matrixOf(model, index, name));
    keys[name] = options.norm === false
      ? key
      : await foldNorm(model, key, weights.layer(index).ln2);
  }
  return keys;
}

/** Returns the names of the keys of the neurons of a model. */
export function keyNames({ architecture: { weights, dMlp } }: Model): VectorName[] {
  return dMlp && weights.layer(0).up ? ["gate", "up"] : ["input"];
}

/**
 * Returns one vector of each of some neurons, [neuron, d_model], in the given order. The norm
 * before the MLP is folded into keys.
 */
export async function neuronVectors(
  model: Model,
  neurons: Neurons,
  name: VectorName,
): Promise<Tensor> {
  const chosen = checkedNeurons(model, neurons);
  const { dModel, weights } = model.architecture;
  const out = new Float32Array(chosen.length * dModel);
  const byLayer = Map.groupBy(
    chosen.map(([layer, neuron], index) => ({ layer, neuron, index })),
    ({ layer }) => layer,
  );
  for (const [layer, members] of byLayer) {
    const own = gathered(await matrixOf(model, layer, name), members.map(({ neuron }) => neuron));
    const { data } = name === "value" ? own : await foldNorm(model, own, weights.layer(layer).ln2);
    members.forEach(({ index }, i) =>
      out.set(data.subarray(i * dModel, (i + 1) * dModel), index * dModel)
    );
  }
  return new Tensor(out, { neuron: chosen.length, d_model: dModel });
}

/**
 * Returns the matrix of a layer that holds one kind of vector.
 *
 * @throws CircuitbookError if the layer does not exist, or the model has no MLPs.
 */
export async function matrixOf(
  model: Model,
  layer: number,
  name: VectorName,
): Promise<NeuronMatrix> {
  const { dModel, dMlp, layers, weights, linearLayout } = model.architecture;
  if (!dMlp) {
    throw new CircuitbookError(
      `Expected a model with MLPs but ${model.name} has attention layers only.`,
    );
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

/** Returns the vectors of the chosen neurons, or of all, [neuron, d_model]. */
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
