import type { Architecture } from "./architecture.ts";
import type { EngineTensor } from "./runtime.ts";

const kinds = ["keys", "values"] as const;

/** The keys and values of the tokens computed so far, [batch, kv_head, key, d_head], a pair for each layer. */
export class KeyValueCache {
  private tensors: Record<string, EngineTensor>;

  constructor(private readonly architecture: Architecture, batch: number) {
    const dims = [batch, architecture.kvHeads, 0, architecture.headSize];
    this.tensors = Object.fromEntries(this.names().map((name) => [name, { data: new Float32Array(0), dims }]));
  }

  /** The graph inputs `past.LAYER.KIND`. */
  feeds(): Record<string, EngineTensor> {
    return Object.fromEntries(Object.entries(this.tensors).map(([name, tensor]) => [`past.${name}`, tensor]));
  }

  /** Takes over the graph outputs `present.LAYER.KIND`. */
  update(outputs: Readonly<Record<string, EngineTensor>>): void {
    this.tensors = Object.fromEntries(this.names().map((name) => [name, outputs[`present.${name}`]]));
  }

  /** Goes on with these rows of the batch alone. */
  keepRows(rows: readonly number[]): void {
    for (const [name, { data, dims }] of Object.entries(this.tensors)) {
      const size = data.length / dims[0], kept = new Float32Array(rows.length * size);
      rows.forEach((row, index) =>
        kept.set((data as Float32Array).subarray(row * size, (row + 1) * size), index * size)
      );
      this.tensors[name] = { data: kept, dims: [rows.length, ...dims.slice(1)] };
    }
  }

  private names(): string[] {
    return Array.from({ length: this.architecture.layers }, (_, layer) => kinds.map((kind) => `${layer}.${kind}`))
      .flat();
  }
}
