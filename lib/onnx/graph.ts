/** The element types that graphs can hold. */
export type ElementType =
  | "float32"
  | "float64"
  | "float16"
  | "bfloat16"
  | "uint8"
  | "int32"
  | "int64"
  | "bool";

/** The size of an axis, or the name of a size that is known only when the graph runs. */
export type Dimension = number | string;

/** A tensor in a graph: an input, a constant, a weight, or the output of a node. */
export interface Value {
  /** The name, unique in the graph. */
  readonly name: string;
  /** The type of the elements. */
  readonly type: ElementType;
}

/**
 * The attributes of an operator by name. A plain number is an integer and a list holds integers, as
 * ONNX tells integer and float attributes apart; `{ float: 1 }` is a float.
 */
export type Attributes = Readonly<
  Record<string, number | readonly number[] | string | { readonly float: number }>
>;

/** One operator applied to values. */
export interface Node {
  /** The operator's name, such as `MatMul`. */
  readonly op: string;
  /** The operator's domain: empty for ONNX's own operators, `com.microsoft` for ONNX Runtime's. */
  readonly domain: string;
  /** The node's name: the scope that it was written in, and the operator. */
  readonly name: string;
  /** The operands in the operator's order; undefined for an optional operand that is left out. */
  readonly inputs: readonly (Value | undefined)[];
  /** The results in the operator's order. A result with an empty name is not computed. */
  readonly outputs: readonly Value[];
  /** The operator's attributes. */
  readonly attributes: Attributes;
}

/** A constant whose numbers are stored in the graph. */
export interface Constant {
  /** The value that nodes read. */
  readonly value: Value;
  /** The size of each axis. */
  readonly shape: readonly number[];
  /** The numbers, row-major. */
  readonly data: Float32Array | Float64Array | Uint8Array | Int32Array | BigInt64Array;
}

/** A constant whose bytes stay in a file (ONNX external data). */
export interface ExternalConstant {
  /** The value that nodes read. */
  readonly value: Value;
  /** The size of each axis. */
  readonly shape: readonly number[];
  /** The file's path, relative to the folder that the session is given. */
  readonly location: string;
  /** Where in the file the numbers start, in bytes. Any offset is allowed, aligned or not. */
  readonly offset: number;
  /** The size of the numbers in bytes. */
  readonly byteLength: number;
}

/** A point between two parts of a graph at which TypeScript changes a value. */
export interface Cut {
  /** The name of the cut, by which the caller finds the function to apply. */
  readonly name: string;
  /** The value that the function is given. */
  readonly before: Value;
  /** The value that the function returns, of the same type and shape. */
  readonly after: Value;
}

/** An input or an output of a graph. */
export interface Port {
  /** The name of an output outside the graph, if it differs from the value's name. */
  readonly name?: string;
  /** The value that enters or leaves. */
  readonly value: Value;
  /** The size of each axis, if known. */
  readonly shape?: readonly Dimension[];
}

/**
 * A graph of ONNX operators that is being written. Each node is added after the nodes that it
 * depends on.
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
  /** The declared inputs. */
  readonly inputs: Port[] = [];
  /** The declared outputs. */
  readonly outputs: Port[] = [];
  /** The nodes, in an order in which they can run. */
  readonly nodes: Node[] = [];
  /** The constants that are stored in the graph. */
  readonly constants: Constant[] = [];
  /** The constants that are stored in files. */
  readonly externals: ExternalConstant[] = [];
  /** The points at which TypeScript changes a value. */
  readonly cuts: Cut[] = [];
  readonly #scopes: string[] = [];
  readonly #used = new Map<string, number>();

  /**
   * Makes an empty graph.
   *
   * @param name the graph's name, which shows in ONNX Runtime's messages and profiles.
   */
  constructor(readonly name: string) {}

  /**
   * Declares an input of the graph and returns its value.
   *
   * @param name the name under which the input is fed.
   * @param type the type of the elements.
   * @param shape the size of each axis; a name stands for a size that is known only at a run.
   * @returns the value that nodes read.
   */
  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    const value = { name, type };
    this.inputs.push({ value, shape });
    return value;
  }

  /**
   * Declares that a value leaves the graph.
   *
   * @param name the name of the output; one value may leave under several names.
   * @param value the value that leaves.
   * @param shape the size of each axis, if known.
   */
  output(name: string, value: Value, shape?: readonly Dimension[]): void {
    // A node's output leaves as it is, under any number of names, since an Identity would copy it.
    // Inputs and constants cannot be outputs themselves and go through an Identity.
    const made = this.nodes.some(({ outputs }) =>
      outputs.some((output) => output.name === value.name)
    );
    this.outputs.push({ name, value: made ? value : this.node("Identity", [value]), shape });
  }

  /**
   * Adds an operator with one output and returns that output.
   *
   * @param op the operator's name, such as `MatMul`.
   * @param inputs the operands in the operator's order; undefined leaves an optional operand out.
   * @param attributes the operator's attributes.
   * @param options `domain` of the operator, by default ONNX's own; `type` of the output, by
   * default the type of the first operand.
   * @returns the output's value.
   */
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

  /**
   * Adds an operator with several outputs.
   *
   * @param op the operator's name, such as `Split`.
   * @param inputs the operands in the operator's order; undefined leaves an optional operand out.
   * @param types the type of each output; as many outputs are computed.
   * @param attributes the operator's attributes.
   * @param domain the operator's domain, by default ONNX's own.
   * @returns the outputs' values.
   */
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
   * Makes a node of the graph compute one more of its operator's outputs.
   *
   * @param node a node of this graph.
   * @param number which of the operator's outputs, counted from 0.
   * @param attributes attributes to set on the node besides those that the node has.
   * @returns the value of that output.
   */
  anotherOutput(node: Node, number: number, attributes: Attributes = {}): Value {
    const at = this.nodes.findIndex(({ name }) => name === node.name);
    const { outputs } = this.nodes[at];
    if (outputs[number]?.name) return outputs[number];
    const { type } = outputs[0];
    const value = { name: `${node.name}:${number}`, type };
    // Outputs between the old ones and the new one get an empty name: ONNX does not compute them.
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

  /**
   * Returns a constant list of integers.
   *
   * @param numbers the integers.
   * @returns int64 [number], the type that ONNX takes for shapes, axes and indices.
   */
  integers(...numbers: number[]): Value {
    return this.#constant({
      type: "int64",
      shape: [numbers.length],
      data: BigInt64Array.from(numbers, BigInt),
    });
  }

  /**
   * Returns a constant number without axes.
   *
   * @param number the number.
   * @param type the element type, by default float32; otherwise float64.
   * @returns the constant's value, of shape [].
   */
  scalar(number: number, type: ElementType = "float32"): Value {
    return type === "float64"
      ? this.#constant({ type, shape: [], data: Float64Array.of(number) })
      : this.floats(Float32Array.of(number), []);
  }

  /**
   * Returns a constant array of f32 numbers.
   *
   * @param data the numbers, row-major.
   * @param shape the size of each axis.
   * @returns the constant's value.
   */
  floats(data: Float32Array, shape: readonly number[]): Value {
    return this.#constant({ type: "float32", shape, data });
  }

  /**
   * Adds a constant whose bytes stay in a file, and returns its value.
   *
   * @param constant the file, the place in the file, type and shape.
   * @returns the constant's value.
   */
  external(constant: ExternalConstant): Value {
    this.externals.push(constant);
    return constant.value;
  }

  /**
   * Cuts the graph at a value, so that TypeScript can change the value while the graph runs.
   *
   * @param name the name of the cut, by which the caller finds the function to apply.
   * @param before the value that the function is given.
   * @returns the changed value, for the nodes that follow.
   */
  cut(name: string, before: Value): Value {
    const after = { name: this.#unique("cut"), type: before.type };
    this.cuts.push({ name, before, after });
    return after;
  }

  /**
   * Calls a function and prefixes the names of the nodes that it adds. Scopes nest.
   *
   * @param name the prefix, usually a hook path such as `blocks.3.attn`.
   * @param write adds nodes to this graph.
   * @returns what `write` returns.
   */
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

  /**
   * Returns a name that begins with the names of the current scopes, such as `scope/name`, and that
   * ends with a number if the name is taken.
   */
  #unique(name: string): string {
    const path = [...this.#scopes, name].join("/");
    const count = this.#used.get(path) ?? 0;
    this.#used.set(path, count + 1);
    return count ? `${path}.${count}` : path;
  }
}
