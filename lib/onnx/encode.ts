import onnxProto from "onnx-proto";
import { checkArguments } from "../base/arguments.ts";
import { aGraph } from "./kinds.ts";
import type {
  Attributes,
  Constant,
  ElementType,
  ExternalConstant,
  Graph,
  Node,
  Port,
} from "./graph.ts";

const { onnx } = onnxProto;
const { DataType } = onnx.TensorProto;
const AttributeType = onnx.AttributeProto.AttributeType;

/**
 * The numbers that ONNX gives element types (`TensorProto.DataType`), as `Cast` takes them in `to`.
 */
export const DATA_TYPE: Readonly<Record<ElementType, number>> = {
  float32: DataType.FLOAT,
  float64: DataType.DOUBLE,
  float16: DataType.FLOAT16,
  bfloat16: DataType.BFLOAT16,
  uint8: DataType.UINT8,
  int32: DataType.INT32,
  int64: DataType.INT64,
  bool: DataType.BOOL,
};

const IR_VERSION = 10;

/**
 * The operator set of graphs without `Attention`: the GPU providers implement more of 21 than
 * of 23.
 */
const OPERATOR_SET = 21;

/** The first operator set that has `Attention`. */
const OPERATOR_SET_OF_ATTENTION = 23;

/**
 * Returns a graph as an ONNX model, encoded as protocol buffers. The bytes of external constants
 * stay in their files.
 *
 * @param graph the graph to encode; the graph is not changed.
 * @returns what ONNX Runtime's `InferenceSession.create` takes.
 *
 * @example
 * ```ts
 * import * as onnx from "circuitbook/onnx";
 * import { assert } from "@std/assert";
 *
 * assert(onnx.encodeGraph(new onnx.Graph("empty")) instanceof Uint8Array);
 * ```
 */
export function encodeGraph(graph: Graph): Uint8Array {
  checkArguments("encodeGraph", {
    graph: [graph, aGraph],
  });

  const version = graph.nodes.some(({ op }) => op === "Attention")
    ? OPERATOR_SET_OF_ATTENTION
    : OPERATOR_SET;
  return onnx.ModelProto.encode({
    irVersion: IR_VERSION,
    producerName: "circuitbook",
    opsetImport: [{ domain: "", version }, { domain: "com.microsoft", version: 1 }],
    graph: {
      name: graph.name,
      input: graph.inputs.map(encodePort),
      // `Graph.output` allows several names for one value, but ONNX does not. Each value is one
      // output.
      output: [...new Map(graph.outputs.map((port) => [port.value.name, port])).values()].map(
        encodePort,
      ),
      node: graph.nodes.map(encodeNode),
      initializer: [...graph.constants.map(encodeConstant), ...graph.externals.map(encodeExternal)],
    },
  }).finish();
}

function encodePort({ value, shape }: Port) {
  const dim = shape?.map((size) =>
    typeof size === "number" ? { dimValue: size } : { dimParam: size }
  );
  return {
    name: value.name,
    type: { tensorType: { elemType: DATA_TYPE[value.type], shape: dim && { dim } } },
  };
}

function encodeNode({ op, domain, name, inputs, outputs, attributes }: Node) {
  return {
    opType: op,
    domain,
    name,
    // A missing input has an empty name. Missing inputs at the end are dropped, because ONNX
    // Runtime 1.30 ends the process at a LayerNormalization whose last input has an empty name.
    input: inputs.slice(0, inputs.findLastIndex((input) => input) + 1).map((input) =>
      input?.name ?? ""
    ),
    output: outputs.map((output) => output.name),
    attribute: encodeAttributes(attributes),
  };
}

function encodeAttributes(attributes: Attributes) {
  return Object.entries(attributes).map(([name, value]) => {
    if (typeof value === "number") return { name, type: AttributeType.INT, i: value };
    if (typeof value === "string") {
      return { name, type: AttributeType.STRING, s: new TextEncoder().encode(value) };
    }
    if ("float" in value) return { name, type: AttributeType.FLOAT, f: value.float };
    return { name, type: AttributeType.INTS, ints: [...value] };
  });
}

function encodeConstant({ value, shape, data }: Constant) {
  return {
    name: value.name,
    dataType: DATA_TYPE[value.type],
    dims: [...shape],
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function encodeExternal({ value, shape, location, offset, byteLength }: ExternalConstant) {
  const entries = { location, offset, length: byteLength };
  return {
    name: value.name,
    dataType: DATA_TYPE[value.type],
    dims: [...shape],
    dataLocation: onnx.TensorProto.DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, entry]) => ({ key, value: String(entry) })),
  };
}
