import { gradients } from "../../onnx/gradient/gradient.ts";
import type { Value } from "../../onnx/graph.ts";
import type { DecoderWriter } from "../writer.ts";
import type { EdgeReader } from "./decoder.ts";
import { junctionsOf } from "./nodes.ts";

/** Nodes that read the residual stream as it is, each its own copy, so that a gradient is known for each. */
export class LiveEdges implements EdgeReader {
  private residual: Value | undefined;
  private readonly changes: Value[] = [];
  private readonly reads: Value[] = [];

  constructor(private readonly writer: DecoderWriter) {}

  send(name: string, output: Value): void {
    const { graph, architecture: { dModel, heads } } = this.writer, isHeads = name.startsWith("heads");
    const sum = isHeads ? graph.node("ReduceSum", [output, graph.integers(1)], { keepdims: 1 }) : output;
    this.residual = this.residual ? graph.node("Add", [this.residual, sum]) : sum;
    // Heads come as a run returns them, [batch, position, head, d_model].
    const fed = graph.input(`change.${name}`, "float32", ["batch", "position", ...isHeads ? [heads] : [], dModel]);
    const bySender = isHeads
      ? graph.node("Transpose", [fed], { perm: [0, 2, 1, 3] })
      : graph.node("Unsqueeze", [fed, graph.integers(1)]);
    this.changes.push(this.flat(bySender));
  }

  constant(bias: Value): void {
    this.residual = this.writer.graph.node("Add", [this.residual!, bias]);
  }

  read(): Value {
    const { graph, architecture } = this.writer, { receivers } = junctionsOf(architecture)[this.reads.length];
    const copies = graph.floats(new Float32Array(receivers.length), [receivers.length, 1, 1]);
    const read = graph.node("Add", [this.residual!, copies]);
    this.reads.push(read);
    return read;
  }

  /**
   * Writes `scores.…` of each junction [batch, receiver, sender]: what each sender writes differently in the clean run, times the
   * gradient of a metric by what each receiver reads. Only the first senders have an edge to a receiver.
   */
  scores(metric: Value): void {
    const { graph, architecture } = this.writer;
    const changes = graph.node("Transpose", [graph.node("Concat", this.changes, { axis: 1 })], { perm: [0, 2, 1] });
    const slopes = gradients(graph, metric, this.reads);
    junctionsOf(architecture).forEach(({ name }, i) => {
      graph.output(`scores.${name}`, graph.node("MatMul", [this.flat(slopes[i]), changes]));
    });
  }

  /** [batch, …, position × d_model]. */
  private flat(value: Value): Value {
    return this.writer.graph.node("Reshape", [value, this.writer.graph.integers(0, 0, -1)]);
  }
}
