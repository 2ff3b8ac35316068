/** A value that goes into or comes out of a graph: numbers, row-major, with their dimensions. */
export interface GraphTensor {
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
  readonly dims: readonly number[];
}

/** The inputs of a graph by name. */
export type Feeds = Readonly<Record<string, GraphTensor>>;
