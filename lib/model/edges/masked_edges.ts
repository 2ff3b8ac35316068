import type { Value } from "../../onnx/graph.ts";
import type { LayerWeights } from "../plan/architecture.ts";
import type { DecoderWriter } from "../decoder/writer.ts";
import { outputOfHeads, overScale } from "./heads_output.ts";
import type { EdgeReader } from "./decoder.ts";
import { corruptedName, headsSender, maskName, streamName } from "./graph_names.ts";
import { type Junction, junctionsOf } from "./nodes.ts";

/**
 * Edges that are kept or corrupted by a mask. A receiver reads the corrupted residual stream plus,
 * for each sender, the mask times the difference of what the sender writes now and wrote in the
 * corrupted run: a mask of 1 hands on what the sender writes now, a mask of 0 what it wrote in the
 * corrupted run.
 */
export class MaskedEdges implements EdgeReader {
  /** The change of each sender so far, now minus corrupted, [batch, sender, position × d_model]. */
  readonly #changes: Value[] = [];
  readonly #junctions: Iterator<Junction>;

  readonly #writer: DecoderWriter;

  constructor(writer: DecoderWriter) {
    this.#writer = writer;

    this.#junctions = junctionsOf(writer.architecture)[Symbol.iterator]();
  }

  send(sender: string, output: Value): void {
    this.#add(this.#writer.graph.node("Sub", [output, this.#vectors(corruptedName(sender))]));
  }

  sendHeads(layer: number, z: Value, weights: LayerWeights): void {
    const { graph, layout, architecture: { heads, headSize } } = this.#writer;
    const other = graph.input(corruptedName(headsSender(layer)), "float32", [
      "batch",
      "position",
      heads,
      headSize,
    ]);
    const now = overScale(this.#writer, z, weights);
    const change = graph.node("Sub", [layout.withBatch(now, heads, headSize), other]);
    // W_O's bias is the same in both runs, and is in the corrupted residual stream already.
    this.#add(outputOfHeads(this.#writer, change, weights));
  }

  read(): Value {
    const { graph, architecture: { dModel } } = this.#writer;
    const { name, receivers, senders }: Junction = this.#junctions.next().value;
    const mask = graph.input(maskName(name), "float32", ["masks", receivers.length, senders]);
    const changes = graph.node("Concat", [...this.#changes], { axis: 1 });
    const carried = graph.node("Reshape", [
      graph.node("MatMul", [mask, changes]),
      graph.integers(0, 0, -1, dModel),
    ]);
    return graph.node("Add", [this.#vectors(streamName(name)), carried]);
  }

  /**
   * Declares an input with a vector for each position of the corrupted run, and returns it as
   * [batch, 1, position, d_model].
   */
  #vectors(name: string): Value {
    const { graph, architecture: { dModel } } = this.#writer;
    return graph.node("Unsqueeze", [
      graph.input(name, "float32", ["batch", "position", dModel]),
      graph.integers(1),
    ]);
  }

  /** Keeps the changes of some senders, given as [batch, sender, position, d_model]. */
  #add(changes: Value): void {
    const { graph } = this.#writer;
    this.#changes.push(graph.node("Reshape", [changes, graph.integers(0, 0, -1)]));
  }
}
