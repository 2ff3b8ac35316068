import { Tensor } from "../base/tensor.ts";

/** Returns the identity matrix, [output, input]. */
export function identity(size: number): Tensor {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return new Tensor(data, { output: size, input: size });
}

/** Returns the Frobenius norm of a matrix, or the L2 norm of a vector. */
export function normOf(data: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
  return Math.sqrt(sum);
}
