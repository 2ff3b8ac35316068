/** Element types that the decoder's graphs use. */
export type ElementType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "int32"
  | "int64"
  | "bool";

/** A size, or the name of a size that is known only when the graph runs. */
export type Dimension = number | string;

/** A tensor somewhere in a graph: what a node makes, an input, a constant, or a weight. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
}

/** Attributes of an operator: numbers are written as ints where `int`-named by the operator, lists of ints, floats, text. */
export type Attributes = Readonly<
  Record<string, number | readonly number[] | string | { readonly float: number }>
>;

/** One operator applied to values. */
export interface Node {
  readonly op: string;
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

/** A constant kept inside the graph. */
export interface Constant {
  readonly value: Value;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
}

/** A constant whose bytes stay in a file (ONNX external data). */
export interface ExternalConstant {
  readonly value: Value;
  readonly shape: readonly number[];
  /** File name inside the folder that the session is told of. */
  readonly location: string;
  readonly offset: number;
  readonly byteLength: number;
}

/** A place where TypeScript changes a value between two parts of the graph. */
export interface Cut {
  readonly name: string;
  readonly before: Value;
  readonly after: Value;
}

/** An input or output: its value, and its sizes where they are known. */
export interface Port {
  /** What an output is called outside the graph, where that is not the value's name. */
  readonly name?: string;
  readonly value: Value;
  readonly shape?: readonly Dimension[];
}

/**
 * A graph of ONNX operators while it is being written. Nodes are added in an order in which they can run.
 *
 * @example
 * ```ts
 * import * as onnx from "circuitbook/onnx";
 * import { assert } from "@std/assert";
 *
 * const graph = new onnx.Graph("double");
 * const x = graph.input("x", "float32", ["n"]);
 * graph.output("y", graph.node("Add", [x, x]), ["n"]);
 * assert(onnx.encodeGraph(graph).length > 0);
 * ```
 */
export class Graph {
  readonly inputs: Port[] = [];
  readonly outputs: Port[] = [];
  readonly nodes: Node[] = [];
  readonly constants: Constant[] = [];
  readonly externals: ExternalConstant[] = [];
  readonly cuts: Cut[] = [];
  readonly #scopes: string[] = [];
  readonly #used = new Map<string, number>();

  constructor(readonly name: string) {}

  /** Declares an input. */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    const value = { name, type };
    this.inputs.push({ value, shape });
    return value;
  }

  /** Declares that a value leaves the graph under a name. */
  output(name: string, value: Value, shape?: readonly Dimension[]): void {
    // A value that a node makes leaves as it is, under as many names as are asked for: a copy would cost memory traffic.
    const made = this.nodes.some(({ outputs }) =>
      outputs.some((output) => output.name === value.name)
    );
    this.outputs.push({ name, value: made ? value : this.node("Identity", [value]), shape });
  }

  /** Adds an operator with one output and returns that output; the node is named after the current scope. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Attributes = {},
    { domain = "", type = inputs.find((input) => input)?.type ?? "float32" }: {
      domain?: string;
      type?: ElementType;
    } = {},
  ): Value {
    return this.nodeWithOutputs(op, inputs, [type], attributes, domain)[0];
  }

  /** Adds an operator with several outputs. */
  nodeWithOutputs(
    op: string,
    inputs: readonly (Value | undefined)[],
    types: readonly ElementType[],
    attributes: Attributes = {},
    domain = "",
  ): Value[] {
    const name = this.#unique(op);
    const outputs = types.map((type, i) => ({ name: i ? `${name}:${i}` : name, type }));
    this.nodes.push({ op, domain, name, inputs, outputs, attributes });
    return outputs;
  }

  /**
   * Lets a node that is in the graph already give out one more of its operator's outputs, by number.
   *
   * @param attributes to set besides those it has.
   */
  anotherOutput(node: Node, number: number, attributes: Attributes = {}): Value {
    const at = this.nodes.findIndex(({ name }) => name === node.name);
    const { outputs } = this.nodes[at];
    if (outputs[number]?.name) return outputs[number];
    const { type } = outputs[0];
    const value = { name: `${node.name}:${number}`, type };
    // An output without a name is not made.
    const length = Math.max(number + 1, outputs.length);
    const filled = Array.from(
      { length },
      (_, i) => i === number ? value : outputs[i] ?? { name: "", type },
    );
    this.nodes[at] = {
      ...node,
      outputs: filled,
      attributes: { ...node.attributes, ...attributes },
    };
    return value;
  }

  /** A constant of whole numbers (int64, as shapes and indices want it). */
  integers(...numbers: number[]): Value {
    return this.#constant({
      type: "int64",
      shape: [numbers.length],
      data: BigInt64Array.from(numbers, BigInt),
    });
  }

  /** A constant number without axes, f32 unless asked otherwise. */
  scalar(number: number, type: ElementType = "float32"): Value {
    return type === "float64"
      ? this.#constant({ type, shape: [], data: Float64Array.of(number) })
      : this.floats(Float32Array.of(number), []);
  }

  /** A constant f32 array. */
  floats(data: Float32Array, shape: readonly number[]): Value {
    return this.#constant({ type: "float32", shape, data });
  }

  /** A constant whose bytes stay in a file. */
  external(constant: ExternalConstant): Value {
    this.externals.push(constant);
    return constant.value;
  }

  /** Cuts the graph at a value: what follows sees what TypeScript makes of it. */
  cut(name: string, before: Value): Value {
    const after = { name: this.#unique("cut"), type: before.type };
    this.cuts.push({ name, before, after });
    return after;
  }

  /** Names the nodes that `write` adds after a hook path. */
  scope<T>(name: string, write: () => T): T {
    this.#scopes.push(name);
    try {
      return write();
    } finally {
      this.#scopes.pop();
    }
  }

  #constant({ type, shape, data }: Omit<Constant, "value"> & { type: ElementType }): Value {
    const value = { name: this.#unique(type === "int64" ? "integers" : "floats"), type };
    this.constants.push({ value, shape, data });
    return value;
  }

  #unique(name: string): string {
    const path = [...this.#scopes, name].join("/");
    const count = this.#used.get(path) ?? 0;
    this.#used.set(path, count + 1);
    return count ? `${path}.${count}` : path;
  }
}
