import { checkArguments, is } from "../base/arguments.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Architecture, LayerWeights, LinearWeights } from "../model/plan/architecture.ts";

/** The kind of an argument that has the weights of a model. */
const withWeights = is.like("a model", "architecture", "checkpoint");

/** A source of weights: a model, or a checkpoint together with its architecture. */
export interface WeightSource {
  /** The sizes of the model and the names of its tensors. */
  readonly architecture: Architecture;
  /** The files with the tensors. */
  readonly checkpoint: Pick<Checkpoint, "read">;
}

/**
 * The four matrices of every head of a layer. Each matrix is `d_head` vectors of the residual
 * stream: a head reads q = Q·x, k = K·x and v = V·x from the normalised stream x, and writes Oᵀ·z
 * to the stream. O is TransformerLens's W_O; Q, K and V are its W_Q, W_K and W_V with the last two
 * axes exchanged.
 */
export interface HeadWeights {
  /** The query matrices, [head, d_head, d_model]. */
  readonly Q: Tensor;
  /** The key matrices, [kv_head, d_head, d_model]; {@link kvHeadOf} says which one a head uses. */
  readonly K: Tensor;
  /** The value matrices, [kv_head, d_head, d_model]. */
  readonly V: Tensor;
  /** The output matrices, [head, d_head, d_model]. */
  readonly O: Tensor;
}

/** The biases of a layer's heads; those that the model does not have are undefined. */
export interface HeadBiases {
  /** The biases of the queries, [head, d_head]. */
  readonly Q?: Tensor;
  /** The biases of the keys, [kv_head, d_head]. */
  readonly K?: Tensor;
  /** The biases of the values, [kv_head, d_head]. */
  readonly V?: Tensor;
  /** The bias of the attention output, [d_model]: one for all heads of the layer. */
  readonly O?: Tensor;
}

/**
 * Returns the matrices of every head of a layer in float32, whatever the layout of the checkpoint:
 * separate or fused (GPT-2's `c_attn`), stored [out, in] or [in, out]. Only this layer's tensors
 * are read.
 *
 * @param source a model, or a checkpoint with its architecture.
 * @param layer the layer, from 0; a negative number counts from the last layer.
 * @returns the four matrices of every head, without the norm before attention.
 * @throws CircuitbookError if there is no such layer.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { Q, K } = await heads.headWeights(await loadModel("countdown-r1"), 1);
 * assertEquals(Q.sizes, { head: 6, d_head: 32, d_model: 192 });
 * assertEquals(K.sizes, { kv_head: 2, d_head: 32, d_model: 192 });
 * ```
 */
export async function headWeights(source: WeightSource, layer: number): Promise<HeadWeights> {
  checkArguments("headWeights", {
    source: [source, withWeights],
    layer: [layer, is.number],
  });

  const { heads, kvHeads, headSize: d_head, dModel: d_model } = source.architecture;
  const names = namesOf(source, layer);
  const [Q, K, V] = await projections(
    source,
    names,
    (name, width) => outputRows(source, name, width, d_model),
  );
  const O = await outputRows(source, names.o.weight, d_model, heads * d_head, true);
  return {
    Q: new Tensor(Q, { head: heads, d_head, d_model }),
    K: new Tensor(K, { kv_head: kvHeads, d_head, d_model }),
    V: new Tensor(V, { kv_head: kvHeads, d_head, d_model }),
    O: new Tensor(O, { head: heads, d_head, d_model }),
  };
}

/**
 * Returns the biases of a layer's heads.
 *
 * @param source a model, or a checkpoint with its architecture.
 * @param layer the layer, from 0; a negative number counts from the last layer.
 * @returns the biases that the model has; an object without any for a model without biases.
 * @throws CircuitbookError if there is no such layer.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { Q, O } = await heads.headBiases(await loadModel("countdown-r1"), 1);
 * assertEquals([Q?.sizes, O], [{ head: 6, d_head: 32 }, undefined]);
 * ```
 */
export async function headBiases(source: WeightSource, layer: number): Promise<HeadBiases> {
  checkArguments("headBiases", {
    source: [source, withWeights],
    layer: [layer, is.number],
  });

  const { heads, kvHeads, headSize: d_head, dModel: d_model } = source.architecture;
  const names = namesOf(source, layer);
  const { q, k, v, qkv, o } = names;
  const hasBias = [q, k, v, qkv].some((linear) => linear?.bias);
  const projected = hasBias
    ? await projections(source, names, (name) => source.checkpoint.read(name), "bias")
    : [];
  const [Q, K, V] = projected.map((data, i) =>
    new Tensor(data, i ? { kv_head: kvHeads, d_head } : { head: heads, d_head })
  );
  return {
    Q,
    K,
    V,
    O: o.bias ? new Tensor(await source.checkpoint.read(o.bias), { d_model }) : undefined,
  };
}

/**
 * Returns the key/value head that a head uses. In a model with fewer key/value heads than heads,
 * neighbouring heads share one.
 *
 * @param architecture how many heads and key/value heads the model has.
 * @param head the head, from 0.
 * @returns the index of the key/value head.
 *
 * @example
 * ```ts
 * import { heads, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { architecture } = await loadModel("countdown-r1");
 * assertEquals([0, 2, 3, 5].map((head) => heads.kvHeadOf(architecture, head)), [0, 0, 1, 1]);
 * ```
 */
export function kvHeadOf(
  architecture: Pick<Architecture, "heads" | "kvHeads">,
  head: number,
): number {
  checkArguments("kvHeadOf", {
    architecture: [architecture, is.like("an object", "heads", "kvHeads")],
    head: [head, is.number],
  });
  const { heads, kvHeads } = architecture;

  return Math.floor(head / (heads / kvHeads));
}

function namesOf({ architecture }: WeightSource, layer: number): LayerWeights {
  return architecture.weights.layer(resolveSelection(layer, architecture.layers, "layer")[0]);
}

/** Returns the weights or biases of queries, keys and values, whether stored apart or fused. */
async function projections(
  { architecture: { heads, kvHeads, headSize } }: WeightSource,
  { q, k, v, qkv }: LayerWeights,
  read: (name: string, width: number) => Promise<Float32Array>,
  kind: keyof LinearWeights = "weight",
): Promise<Float32Array[]> {
  const widths = [heads, kvHeads, kvHeads].map((count) => count * headSize);
  if (!qkv) return await Promise.all([q, k, v].map((linear, i) => read(linear![kind]!, widths[i])));
  const total = widths.reduce((a, b) => a + b);
  const fused = await read(qkv[kind]!, total);
  // A fused weight holds d_model numbers for each output, a fused bias one.
  const per = fused.length / total;
  const ends = widths.map((_, i) => per * widths.slice(0, i + 1).reduce((a, b) => a + b));
  return widths.map((width, i) => fused.slice(ends[i] - per * width, ends[i]));
}

/** Returns the matrix of a linear map, flat, with a row for each output (`byInput`: each input). */
async function outputRows(
  { architecture, checkpoint }: WeightSource,
  name: string,
  outputs: number,
  inputs: number,
  byInput = false,
): Promise<Float32Array> {
  const stored = await checkpoint.read(name);
  const outFirst = architecture.linearLayout === "out-in";
  if (outFirst !== byInput) return stored;
  const [rows, columns] = outFirst ? ["out", "in"] : ["in", "out"];
  const sizes = { out: outputs, in: inputs };
  const matrix = new Tensor(stored, {
    [rows]: sizes[rows as "in"],
    [columns]: sizes[columns as "in"],
  });
  return matrix.transpose([columns, rows]).data;
}
