import type { Value } from "../../onnx/graph.ts";
import type { DecoderWriter } from "../writer.ts";
import type { EdgeReader } from "./decoder.ts";
import { type Junction, junctionsOf } from "./nodes.ts";

/**
 * Nodes that read the corrupted residual stream, plus what each sender now writes differently, times the edge's mask:
 * 1 hands on what the sender writes, 0 what it wrote in the corrupted run.
 */
export class MaskedEdges implements EdgeReader {
  private readonly changes: Value[] = [];
  private readonly junctions: Iterator<Junction>;

  constructor(private readonly writer: DecoderWriter) {
    this.junctions = junctionsOf(writer.architecture)[Symbol.iterator]();
  }

  send(name: string, output: Value): void {
    const { graph, architecture: { dModel, heads } } = this.writer;
    // Heads come as a run returns them, [batch, position, head, d_model].
    const fed = name.startsWith("heads")
      ? graph.node("Transpose", [graph.input(`corrupted.${name}`, "float32", ["batch", "position", heads, dModel])], {
        perm: [0, 2, 1, 3],
      })
      : this.vectors(`corrupted.${name}`);
    this.changes.push(this.flat(graph.node("Sub", [output, fed])));
  }

  constant(): void {
    // The corrupted residual stream has it.
  }

  read(): Value {
    const { graph, architecture: { dModel } } = this.writer;
    const { name, receivers, senders }: Junction = this.junctions.next().value;
    const mask = graph.input(`mask.${name}`, "float32", ["masks", receivers.length, senders]);
    const changes = graph.node("Concat", [...this.changes], { axis: 1 });
    const carried = graph.node("Reshape", [graph.node("MatMul", [mask, changes]), graph.integers(0, 0, -1, dModel)]);
    return graph.node("Add", [this.vectors(`stream.${name}`), carried]);
  }

  /** A vector for each position of the corrupted run: [batch, 1, position, d_model]. */
  private vectors(name: string): Value {
    const { graph, architecture: { dModel } } = this.writer;
    return graph.node("Unsqueeze", [
      graph.input(name, "float32", ["batch", "position", dModel]),
      graph.integers(1),
    ]);
  }

  /** [batch, sender, position × d_model]. */
  private flat(value: Value): Value {
    return this.writer.graph.node("Reshape", [value, this.writer.graph.integers(0, 0, -1)]);
  }
}
