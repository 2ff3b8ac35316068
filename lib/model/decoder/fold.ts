import { Tensor } from "../../base/tensor.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { Architecture, NormWeights } from "../plan/architecture.ts";

/** What a norm is read from: a model, or a checkpoint with its architecture. */
interface NormSource {
  readonly architecture: Pick<Architecture, "norm">;
  readonly checkpoint: Pick<Checkpoint, "read">;
}

/**
 * Vectors that read a norm's output, as directions of the residual stream before it: times the norm's gain, and without their
 * mean where the norm takes off the stream's (LayerNorm). What is left out is the scale, which differs by position.
 *
 * @param vectors […, d_model].
 * @param weights of the norm; without them the vectors come back as they are.
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
 * What a norm makes of vectors of the residual stream but for its scale and bias: without their mean for a LayerNorm, then times
 * its gain.
 *
 * @param vectors […, d_model].
 * @param weights of the norm; without them the vectors come back as they are.
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

function times({ data, sizes }: Tensor, gain: Float32Array): Tensor {
  return new Tensor(data.map((value, i) => value * gain[i % gain.length]), sizes);
}

/** Each vector without its mean. */
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
