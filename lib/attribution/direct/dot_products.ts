import { Tensor } from "../../base/tensor.ts";

/**
 * Which direction each example is multiplied with, and which scale of the final norm divides it.
 */
export interface Readout {
  /** The index of the direction of each example. */
  readonly directions: readonly number[];
  /** The scale of the final norm at each example; undefined for a model without norms. */
  readonly scales?: Float32Array;
}

/** Returns the dot product of each example's vector with its direction, [example]. */
export function dots({ data }: Tensor, directions: Tensor, readout: Readout): Tensor {
  return sums(data, directions, directions.shape[1], readout).reshape({
    example: readout.directions.length,
  });
}

/**
 * Returns the dot product of each head's vector with its part of the direction, [example, head].
 *
 * @param activation [example, head, d_head].
 * @param directions [direction, head × d_head].
 */
export function dotsByHead(activation: Tensor, directions: Tensor, readout: Readout): Tensor {
  const { data, shape: [, , headSize] } = activation;
  const example = readout.directions.length;
  const summed = sums(data, directions, headSize, readout);
  return summed.reshape({ example, head: summed.data.length / example });
}

/** Returns each neuron's activation times its number of the direction, [example, neuron]. */
export function products({ data }: Tensor, directions: Tensor, readout: Readout): Tensor {
  const example = readout.directions.length;
  return sums(data, directions, 1, readout).reshape({ example, neuron: data.length / example });
}

/**
 * Returns the contribution of something that is equal in all examples, such as a bias, [example].
 *
 * @param values its dot product with each direction.
 */
export function constants(
  values: ArrayLike<number>,
  { directions, scales }: Readout,
): Tensor {
  const own = Float32Array.from(
    directions,
    (direction, example) => values[direction] / (scales?.[example] ?? 1),
  );
  return new Tensor(own, { example: directions.length });
}

/**
 * Returns sums of `block` neighbouring products of values [example, n] with directions [direction,
 * n], divided by the scales.
 */
function sums(
  values: Float32Array,
  directions: Tensor,
  block: number,
  { directions: indices, scales }: Readout,
): Tensor {
  const size = directions.shape[1];
  const blocks = size / block;
  const other = directions.data;
  const out = new Float32Array(indices.length * blocks);
  indices.forEach((direction, example) => {
    const scale = 1 / (scales?.[example] ?? 1);
    let at = example * size;
    let from = direction * size;
    for (let b = 0; b < blocks; b++) {
      let sum = 0;
      for (let i = 0; i < block; i++) sum += values[at++] * other[from++];
      out[example * blocks + b] = sum * scale;
    }
  });
  return new Tensor(out, { sum: out.length });
}
