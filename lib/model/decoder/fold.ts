import { Tensor } from "../../base/tensor.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { Architecture, NormWeights } from "../plan/architecture.ts";

/** A model, or a checkpoint with its architecture: what the gain of a norm is read from. */
export interface NormSource {
  readonly architecture: Pick<Architecture, "norm">;
  readonly checkpoint: Pick<Checkpoint, "read">;
}

/**
 * Returns vectors that read a norm's output as directions in the residual stream before the norm:
 * each vector times the norm's gain and, for LayerNorm, minus its mean. The norm's scale, which
 * differs by position, is left out.
 *
 * @param vectors […, d_model].
 * @param weights the names of the norm's weights; without them the vectors are returned unchanged.
 */
export async function foldNorm(
  source: NormSource,
  vectors: Tensor,
  weights: NormWeights | undefined,
): Promise<Tensor> {
  const { architecture: { norm }, checkpoint } = source;
  if (norm.kind === "none" || !weights) return vectors;
  const gained = times(vectors, await checkpoint.read(weights.weight));
  return norm.kind === "layer" ? centred(gained) : gained;
}

/**
 * Returns a norm's output for vectors of the residual stream, without the norm's scale and bias:
 * each vector minus its mean for LayerNorm, then times the norm's gain.
 *
 * @param vectors […, d_model].
 * @param weights the names of the norm's weights; without them the vectors are returned unchanged.
 */
export async function throughNorm(
  source: NormSource,
  vectors: Tensor,
  weights: NormWeights | undefined,
): Promise<Tensor> {
  const { architecture: { norm }, checkpoint } = source;
  if (norm.kind === "none" || !weights) return vectors;
  return times(
    norm.kind === "layer" ? centred(vectors) : vectors,
    await checkpoint.read(weights.weight),
  );
}

/** Each vector times the gain, item by item. */
function times({ data, sizes }: Tensor, gain: Float32Array): Tensor {
  return new Tensor(data.map((value, i) => value * gain[i % gain.length]), sizes);
}

/** Each vector minus its mean. */
function centred({ data, shape, sizes }: Tensor): Tensor {
  const size = shape.at(-1)!;
  const out = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += size) {
    const own = data.subarray(start, start + size);
    const mean = own.reduce((sum, value) => sum + value, 0) / size;
    for (let i = 0; i < size; i++) out[start + i] = own[i] - mean;
  }
  return new Tensor(out, sizes);
}
