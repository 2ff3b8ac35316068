import { gradients } from "../../onnx/gradient/gradient.ts";
import type { Value } from "../../onnx/graph.ts";
import type { LinearWeights } from "../plan/architecture.ts";
import { headsFirst, outOfHeads } from "../decoder/head_matrices.ts";
import { type DecoderWriter, linear } from "../decoder/writer.ts";
import { bySender, type EdgeReader } from "./decoder.ts";
import { junctionsOf } from "./nodes.ts";

/** Nodes that read the residual stream as it is, each its own copy, so that a gradient is known for each. */
export class LiveEdges implements EdgeReader {
  #residual: Value | undefined;
  readonly #changes: Value[] = [];
  readonly #reads: Value[] = [];

  readonly #writer: DecoderWriter;

  constructor(writer: DecoderWriter) {
    this.#writer = writer;
  }

  send(name: string, output: Value): void {
    const { graph, architecture: { dModel } } = this.#writer;
    this.#residual = this.#residual ? graph.node("Add", [this.#residual, output]) : output;
    const change = graph.input(`change.${name}`, "float32", ["batch", "position", dModel]);
    this.#changes.push(this.#flat(graph.node("Unsqueeze", [change, graph.integers(1)])));
  }

  sendHeads(layer: number, z: Value, o: LinearWeights): void {
    const { graph, architecture: { heads, headSize } } = this.#writer;
    this.#residual = graph.node("Add", [
      this.#residual!,
      bySender(this.#writer, linear(this.#writer, z, o)),
    ]);
    const change = graph.input(`change.heads.${layer}`, "float32", [
      "batch",
      "position",
      heads,
      headSize,
    ]);
    this.#changes.push(this.#flat(outOfHeads(this.#writer, headsFirst(this.#writer, change), o)));
  }

  read(): Value {
    const { graph, architecture } = this.#writer;
    const { receivers } = junctionsOf(architecture)[this.#reads.length];
    const copies = graph.floats(new Float32Array(receivers.length), [receivers.length, 1, 1]);
    const read = graph.node("Add", [this.#residual!, copies]);
    this.#reads.push(read);
    return read;
  }

  /**
   * Writes `scores.…` of each junction [batch, receiver, sender]: what each sender writes differently in the clean run, times the
   * gradient of a metric by what each receiver reads. Only the first senders have an edge to a receiver.
   */
  scores(metric: Value): void {
    const { graph, architecture } = this.#writer;
    const changes = graph.node("Transpose", [graph.node("Concat", this.#changes, { axis: 1 })], {
      perm: [0, 2, 1],
    });
    const slopes = gradients(graph, metric, this.#reads);
    junctionsOf(architecture).forEach(({ name }, i) => {
      graph.output(`scores.${name}`, graph.node("MatMul", [this.#flat(slopes[i]), changes]));
    });
  }

  /** [batch, …, position × d_model]. */
  #flat(value: Value): Value {
    return this.#writer.graph.node("Reshape", [value, this.#writer.graph.integers(0, 0, -1)]);
  }
}
