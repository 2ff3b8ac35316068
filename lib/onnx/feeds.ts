/** A value that goes into a graph or comes out of it. */
export interface GraphTensor {
  /** The numbers, row-major. */
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
  /** The size of each axis. */
  readonly dims: readonly number[];
}

/** Values for the inputs of a graph, by the names of the inputs. */
export type Feeds = Readonly<Record<string, GraphTensor>>;
