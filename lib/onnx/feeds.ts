/** A value that goes into a graph or comes out of it. */
export interface GraphTensor {
  /** The numbers, row-major. */
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
  /** The size of each axis. */
  readonly dims: readonly number[];
}

/** A value that a session left in the memory of a GPU. It can be fed to other sessions of the same device. */
export interface ResidentTensor {
  /** The runtime's handle of the value. */
  readonly resident: object;
  /** The size of each axis. */
  readonly dims: readonly number[];
}

/** Values for the inputs of a graph, by the names of the inputs. */
export type Feeds = Readonly<Record<string, GraphTensor | ResidentTensor>>;
