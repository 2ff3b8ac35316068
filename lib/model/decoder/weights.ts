import { common, dirname, relative } from "deno-std/path/mod.js";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { ElementType, Graph, Value } from "../../onnx/graph.ts";

const elementTypes: Record<"F32" | "F16" | "BF16", ElementType> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/** The folder that holds all weights of a checkpoint: links of a model folder may lead to several. */
export function weightsFolder({ tensors }: Checkpoint): string {
  return common([...new Set([...tensors.values()].map(({ file }) => dirname(file)))]);
}

/**
 * The checkpoint's tensors as values of one graph, in f32. Each is written once, when first asked for: as a constant that
 * points into its safetensors file (and a cast that ONNX Runtime folds), or as an input that every session is fed.
 */
export class GraphWeights {
  readonly #values = new Map<string, Value>();
  readonly #folder: string;

  readonly #graph: Graph;
  readonly #checkpoint: Checkpoint;
  readonly #fed: boolean;

  constructor(
    graph: Graph,
    checkpoint: Checkpoint,
    fed: boolean,
  ) {
    this.#graph = graph;
    this.#checkpoint = checkpoint;
    this.#fed = fed;

    this.#folder = weightsFolder(checkpoint);
  }

  /** The tensors that the graph reads so far, by name. */
  get used(): ReadonlyMap<string, Value> {
    return this.#values;
  }

  /** The value of a tensor of the checkpoint. */
  get(name: string): Value {
    const value = this.#values.get(name) ?? this.#write(name);
    this.#values.set(name, value);
    return value;
  }

  #write(name: string): Value {
    const { dtype, shape, file, offset, byteLength } = this.#checkpoint.tensors.get(name)!;
    if (this.#fed) return this.#graph.input(name, "float32", shape);
    const type = elementTypes[dtype];
    const location = relative(this.#folder, file);
    const stored = this.#graph.external({
      value: { name, type },
      shape,
      location,
      offset,
      byteLength,
    });
    // ONNX TensorProto.DataType.FLOAT is 1.
    return type === "float32"
      ? stored
      : this.#graph.node("Cast", [stored], { to: 1 }, { type: "float32" });
  }
}
