import { Tensor } from "../../base/tensor.ts";

/** Returns the sums of a tensor over its last axis. */
export function sumOfLast({ data, shape, axes }: Tensor): Tensor {
  const size = shape.at(-1)!;
  const out = new Float32Array(data.length / size);
  for (let i = 0, at = 0; i < out.length; i++) {
    let sum = 0;
    for (const end = at + size; at < end; at++) sum += data[at];
    out[i] = sum;
  }
  return new Tensor(out, Object.fromEntries(axes.slice(0, -1).map((axis, i) => [axis, shape[i]])));
}
