import type { Graph, Value } from "../../onnx/graph.ts";
import { product } from "../../base/lists.ts";

/** The number of neighbouring inputs of a product that share a scale. */
const BLOCK = 32;

/** The zero point. ONNX Runtime reads 8 bits as 0 to 255 and subtracts this number. */
const ZERO = 128;

/** The largest number of quantised weights on either side of 0. */
const LARGEST = 127;

/**
 * The level at which `MatMulNBits` also rounds its input to 8 bits. ONNX Runtime 1.30 has a fast
 * kernel for this level only.
 */
const INT8_INPUTS = 4;

/** The sizes of a matrix that is quantised. */
export interface MatrixSize {
  /** The length of the vectors that the matrix is multiplied with. */
  readonly inputs: number;
  /** The length of the products. */
  readonly outputs: number;
}

/** A matrix in 8 bits: each output has blocks of 32 inputs, and each block has a scale. */
export interface Int8Matrix {
  /** [output, block, 32]; 128 means 0. The last block is padded with 128. */
  readonly numbers: Uint8Array<ArrayBuffer>;
  /** [output, block]: the factor of the numbers minus 128. */
  readonly scales: Float32Array<ArrayBuffer>;
}

/** Returns the sizes of a stored matrix. */
export function matrixSize(
  [rows, columns]: readonly number[],
  layout: "out-in" | "in-out",
): MatrixSize {
  return layout === "out-in"
    ? { inputs: columns, outputs: rows }
    : { inputs: rows, outputs: columns };
}

/** Returns how many bytes a matrix takes in 8 bits, scales included. */
export function int8Bytes({ inputs, outputs }: MatrixSize): number {
  return outputs * Math.ceil(inputs / BLOCK) * (BLOCK + Float32Array.BYTES_PER_ELEMENT);
}

/**
 * Returns a matrix in 8 bits. The number of a block with the largest absolute value becomes 127
 * or -127; the others are rounded to the nearest multiple of a 127th of this value.
 *
 * @param data the matrix as it is stored, row by row.
 * @param layout how the matrix is stored.
 */
export function quantised(
  data: Float32Array,
  { inputs, outputs }: MatrixSize,
  layout: "out-in" | "in-out",
): Int8Matrix {
  const blocks = Math.ceil(inputs / BLOCK);
  // If a row of inputs ends within a block, the rest of the block means zeros.
  const numbers = new Uint8Array(outputs * blocks * BLOCK).fill(ZERO);
  const scales = new Float32Array(outputs * blocks);
  const [ofOutput, ofInput] = layout === "out-in" ? [inputs, 1] : [1, outputs];
  for (let output = 0; output < outputs; output++) {
    for (let block = 0; block < blocks; block++) {
      const first = output * ofOutput + block * BLOCK * ofInput;
      const end = first + Math.min(BLOCK, inputs - block * BLOCK) * ofInput;
      let largest = 0;
      // Loops without calls: a model has hundreds of millions of numbers.
      for (let i = first; i < end; i += ofInput) {
        const size = data[i] < 0 ? -data[i] : data[i];
        if (size > largest) largest = size;
      }
      // A block of zeros has the scale 0 and holds the zero point throughout, because no number can
      // be divided by a scale of 0.
      if (largest === 0) continue;
      let at = output * blocks + block;
      scales[at] = largest / LARGEST;
      const steps = 1 / scales[at];
      at *= BLOCK;
      // The sum is positive, so that cutting its fraction off rounds to the nearest number.
      for (let i = first; i < end; i += ofInput) {
        numbers[at++] = (data[i] * steps + (ZERO + 0.5)) | 0;
      }
    }
  }
  return { numbers, scales };
}

/** Returns the location under which a session receives a part of a quantised matrix. */
function int8Location(name: string, part: keyof Int8Matrix): string {
  return `int8 ${part} of ${name}`;
}

/**
 * Returns the name and the part of the quantised matrix at a location; undefined for locations in
 * files.
 */
export function ofInt8Location(
  location: string,
): { name: string; part: keyof Int8Matrix } | undefined {
  const [, part, name] = /^int8 (numbers|scales) of (.*)$/.exec(location) ?? [];
  return name === undefined ? undefined : { name, part: part as keyof Int8Matrix };
}

/**
 * Returns the product of vectors and a matrix in 8 bits, [row, output]. ONNX Runtime rounds each
 * block of 32 inputs to 8 bits like the weights, sums the products of a block in whole numbers, and
 * adds the sums of blocks in f32.
 *
 * @param input [row, input].
 * @param addend an f32 vector that is added to every product.
 */
export function int8Product(
  graph: Graph,
  input: Value,
  name: string,
  { inputs, outputs }: MatrixSize,
  addend?: Value,
): Value {
  const blocks = Math.ceil(inputs / BLOCK);
  const part = (kind: keyof Int8Matrix, type: "uint8" | "float32", shape: number[]) => {
    const location = int8Location(name, kind);
    const known = graph.externals.find((constant) => constant.location === location);
    const elements = product(shape);
    const byteLength = elements * (type === "uint8" ? 1 : Float32Array.BYTES_PER_ELEMENT);
    return known?.value ??
      graph.external({ value: { name: location, type }, shape, location, offset: 0, byteLength });
  };
  const operands = [
    input,
    part("numbers", "uint8", [outputs, blocks, BLOCK]),
    part("scales", "float32", [outputs, blocks]),
    undefined,
    undefined,
    addend,
  ];
  const attributes = {
    K: inputs,
    N: outputs,
    bits: 8,
    block_size: BLOCK,
    accuracy_level: INT8_INPUTS,
  };
  return graph.node("MatMulNBits", operands, attributes, { domain: "com.microsoft" });
}
