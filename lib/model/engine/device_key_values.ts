import { encodeGraph } from "../../onnx/encode.ts";
import { Graph } from "../../onnx/graph.ts";
import type { Architecture } from "../plan/architecture.ts";
import { CACHE_KINDS, cacheName } from "../plan/graph_names.ts";
import type { KeyValues, RowRange } from "./key_values.ts";
import { createSession } from "./runtime.ts";
import {
  type Device,
  free,
  type ResidentTensor,
  type Session,
  type SessionFeeds,
  type SessionResults,
} from "./session.ts";

/** Keys or values of all layers, by the names of the graph's inputs. */
type Tensors = ReadonlyMap<string, ResidentTensor>;

/**
 * The keys and values of the tokens of a generation so far, [batch, kv_head, position, d_head], in
 * the memory of a GPU. A pass reads the keys and values from GPU memory, appends the keys and
 * values of its own tokens, and leaves all of them there.
 */
export class DeviceKeyValues implements KeyValues {
  /** Undefined before the first pass. */
  #tensors: Tensors | undefined;
  /**
   * The keys and values that the passes over some rows each have left since the last {@link
   * advance}.
   */
  #parts: Tensors[] = [];
  /** A copy of some rows, which is freed after the pass that reads the copy. */
  #copy: Tensors | undefined;
  #rows: number;
  readonly #sessions = new Map<string, Promise<Session>>();

  readonly #architecture: Architecture;
  readonly #device: Device;

  /** @param rows the number of rows of the batch. */
  constructor(architecture: Architecture, device: Device, rows: number) {
    this.#architecture = architecture;
    this.#device = device;
    this.#rows = rows;
  }

  async feeds({ first, count }: RowRange): Promise<SessionFeeds> {
    if (!this.#tensors) {
      const { kvHeads, headSize } = this.#architecture;
      // There is nothing on the device yet, and an empty tensor of the host can be fed as well.
      const nothing = { data: new Float32Array(0), dims: [count, kvHeads, 0, headSize] };
      return Object.fromEntries(this.#names("past").map((name) => [name, nothing]));
    }
    if (count === this.#rows) return Object.fromEntries(this.#tensors);
    const rows = Array.from({ length: count }, (_, index) => first + index);
    this.#copy = await this.#rowsOf(this.#tensors, rows);
    return Object.fromEntries(this.#copy);
  }

  write({ kept }: SessionResults): void {
    if (this.#copy) freeAll(this.#copy);
    this.#copy = undefined;
    const present = this.#names("present");
    this.#parts.push(new Map(this.#names("past").map((name, i) => [name, kept[present[i]]])));
  }

  async advance(): Promise<void> {
    let [whole, ...others] = this.#parts;
    for (const other of others) {
      const joined = await this.#joined(whole, other);
      freeAll(whole);
      freeAll(other);
      whole = joined;
    }
    this.#parts = [];
    // A tensor on the GPU is freed explicitly, because the garbage collector does not see its size.
    if (this.#tensors) freeAll(this.#tensors);
    this.#tensors = whole;
  }

  async keepRows(rows: readonly number[]): Promise<void> {
    const all = this.#tensors!;
    this.#tensors = await this.#rowsOf(all, rows);
    this.#rows = rows.length;
    freeAll(all);
  }

  async dispose(): Promise<void> {
    for (const tensors of [this.#tensors, ...this.#parts, this.#copy]) {
      if (tensors) freeAll(tensors);
    }
    this.#tensors = undefined;
    this.#parts = [];
    this.#copy = undefined;
    for (const session of this.#sessions.values()) await (await session).release();
    this.#sessions.clear();
  }

  /** Returns some rows of keys and values, as copies on the GPU. */
  async #rowsOf(tensors: Tensors, rows: readonly number[]): Promise<Tensors> {
    const session = await this.#session("rows", (graph) => {
      const whole = graph.input("whole", "float32", ["row", "head", "position", "feature"]);
      return graph.node("Gather", [whole, graph.input("rows", "int64", ["kept"])], { axis: 0 });
    });
    const list = { data: BigInt64Array.from(rows, BigInt), dims: [rows.length] };
    return await eachOf(tensors, (whole) => session.runKeeping({ whole, rows: list }));
  }

  /** Returns the rows of two batches as one. */
  async #joined(one: Tensors, two: Tensors): Promise<Tensors> {
    const session = await this.#session("join", (graph) => {
      const parts = ["one", "two"].map((name) =>
        graph.input(name, "float32", [name, "head", "position", "feature"])
      );
      return graph.node("Concat", parts, { axis: 0 });
    });
    return await eachOf(
      one,
      (tensor, name) => session.runKeeping({ one: tensor, two: two.get(name)! }),
    );
  }

  /** Returns the session with one output that a function writes. */
  #session(name: string, write: (graph: Graph) => Graph["outputs"][number]["value"]) {
    const known = this.#sessions.get(name);
    if (known) return known;
    const graph = new Graph(name);
    const value = write(graph);
    graph.output("result", value);
    const session = createSession(encodeGraph(graph), {
      device: this.#device,
      folder: ".",
      prepack: false,
      kept: [value.name],
    });
    this.#sessions.set(name, session);
    return session;
  }

  /** The names of the graph's inputs or outputs with keys and values, layer by layer. */
  #names(which: "past" | "present"): string[] {
    return Array.from(
      { length: this.#architecture.layers },
      (_, layer) => CACHE_KINDS.map((kind) => cacheName(which, layer, kind)),
    ).flat();
  }
}

/** Returns the output of a session with one output for each tensor. */
async function eachOf(
  tensors: Tensors,
  run: (tensor: ResidentTensor, name: string) => Promise<SessionResults>,
): Promise<Tensors> {
  const made = new Map<string, ResidentTensor>();
  for (const [name, tensor] of tensors) {
    const [result] = Object.values((await run(tensor, name)).kept);
    made.set(name, result);
  }
  return made;
}

function freeAll(tensors: Tensors): void {
  for (const tensor of tensors.values()) free(tensor);
}
