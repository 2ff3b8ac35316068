import { Tensor } from "../base/tensor.ts";

/** How examples are measured: by which of the directions, and divided by which scale of the final norm. */
export interface Frame {
  /** The direction of each example. */
  readonly pairs: readonly number[];
  /** The scale of each example; without a norm none. */
  readonly scales?: Float32Array;
}

/** The dot product of each example's vector with its direction [example]. */
export function dots({ data }: Tensor, directions: Tensor, frame: Frame): Tensor {
  return sums(data, directions, directions.shape[1], frame).reshape({
    example: frame.pairs.length,
  });
}

/** The same head by head: [example, head, d_head] with directions [pair, head × d_head], as [example, head]. */
export function dotsByHead(
  { data, shape: [, , headSize] }: Tensor,
  directions: Tensor,
  frame: Frame,
): Tensor {
  const { pairs: { length: example } } = frame;
  const summed = sums(data, directions, headSize, frame);
  return summed.reshape({ example, head: summed.data.length / example });
}

/** Each number times its direction's: [example, neuron]. */
export function products({ data }: Tensor, directions: Tensor, frame: Frame): Tensor {
  const { pairs: { length: example } } = frame;
  return sums(data, directions, 1, frame).reshape({ example, neuron: data.length / example });
}

/** What each example's direction says of something that is the same in all examples: values [pair], as [example]. */
export function constants(values: ArrayLike<number>, { pairs, scales }: Frame): Tensor {
  return new Tensor(Float32Array.from(pairs, (pair, i) => values[pair] / (scales?.[i] ?? 1)), {
    example: pairs.length,
  });
}

/** Sums of `block` neighbouring products of values [example, n] with directions [pair, n], divided by the scales. */
function sums(
  values: Float32Array,
  directions: Tensor,
  block: number,
  { pairs, scales }: Frame,
): Tensor {
  const size = directions.shape[1];
  const blocks = size / block;
  const other = directions.data;
  const out = new Float32Array(pairs.length * blocks);
  pairs.forEach((pair, example) => {
    const scale = 1 / (scales?.[example] ?? 1);
    let at = example * size;
    let from = pair * size;
    for (let b = 0; b < blocks; b++) {
      let sum = 0;
      for (let i = 0; i < block; i++) sum += values[at++] * other[from++];
      out[example * blocks + b] = sum * scale;
    }
  });
  return new Tensor(out, { sum: out.length });
}
