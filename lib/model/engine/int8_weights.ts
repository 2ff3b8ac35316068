import { OneAtATime } from "../../base/one_at_a_time.ts";
import { watched } from "../../base/progress.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { Graph } from "../../onnx/graph.ts";
import type { Architecture } from "../plan/architecture.ts";
import {
  int8Bytes,
  type Int8Matrix,
  matrixSize,
  ofInt8Location,
  quantised,
} from "../decoder/int8.ts";
import { isMatrix } from "../decoder/weights.ts";
import type { ExternalBytes } from "./session.ts";

/**
 * The matrices of a model in 8 bits. Each is quantised when a graph first needs it, and serves the
 * graphs of all plans. A session keeps a copy in the order in which its kernels read.
 */
export class Int8Weights {
  readonly #matrices = new Map<string, Int8Matrix>();
  /**
   * Graphs are served one after the other, so that two graphs that are compiled together quantise
   * no matrix twice.
   */
  readonly #serving = new OneAtATime();

  readonly #checkpoint: Checkpoint;
  readonly #layout: Architecture["linearLayout"];
  readonly #unembed: string;
  /** The f32 matrices whose rows are only looked up and that no product uses. */
  readonly #lookedUp: ReadonlySet<string | undefined>;

  constructor(checkpoint: Checkpoint, architecture: Architecture) {
    this.#checkpoint = checkpoint;
    this.#layout = architecture.linearLayout;
    const { embed, positions, unembed } = architecture.weights;
    this.#unembed = unembed;
    this.#lookedUp = new Set([embed, positions].filter((name) => name !== unembed));
  }

  /** The number of matrices that were quantised so far. */
  get count(): number {
    return this.#matrices.size;
  }

  /** Returns the constants of a graph that are parts of quantised matrices. */
  async of({ externals }: Graph): Promise<ExternalBytes[]> {
    const parts = externals.flatMap(({ location }) => {
      const part = ofInt8Location(location);
      return part ? [{ ...part, location }] : [];
    });
    await this.#serving.run(() => this.#quantise(parts.map(({ name }) => name)));
    return parts.map(({ name, part, location }) => {
      const { buffer } = this.#matrices.get(name)![part];
      return { path: location, data: new Uint8Array(buffer) };
    });
  }

  /**
   * Returns about the number of bytes that are still needed: for the matrices that are not
   * quantised yet, and for the copy of all matrices in the next session.
   */
  get missingBytes(): number {
    const matrices = [...this.#checkpoint.tensors.values()].filter(({ name, shape, partOf }) =>
      isMatrix(shape) && partOf === undefined && !this.#lookedUp.has(name)
    );
    return matrices.reduce((sum, { name, shape }) => {
      const bytes = int8Bytes(matrixSize(shape, this.#layoutOf(name)));
      return sum + (this.#matrices.has(name) ? bytes : 2 * bytes);
    }, 0);
  }

  /** Releases the matrices. They are quantised again when a graph needs them again. */
  clear(): void {
    this.#matrices.clear();
  }

  async #quantise(names: readonly string[]): Promise<void> {
    const missing = [...new Set(names)].filter((name) => !this.#matrices.has(name));
    for await (
      const name of watched(missing, { label: "quantise weights", unit: "matrices" })
    ) {
      const { shape } = this.#checkpoint.tensors.get(name)!;
      const layout = this.#layoutOf(name);
      const data = await this.#checkpoint.read(name);
      this.#matrices.set(name, quantised(data, matrixSize(shape, layout), layout));
    }
  }

  /** The unembedding is stored [vocab, d_model] in every family. */
  #layoutOf(name: string): Architecture["linearLayout"] {
    return name === this.#unembed ? "out-in" : this.#layout;
  }
}
