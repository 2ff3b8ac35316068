import { gradients } from "../../onnx/gradient/gradient.ts";
import type { Value } from "../../onnx/graph.ts";
import type { LayerWeights } from "../plan/architecture.ts";
import { norm } from "../decoder/norm.ts";
import { type DecoderWriter, linear } from "../decoder/writer.ts";
import { bySender, type EdgeReader } from "./decoder.ts";
import { outputOfHeads } from "./heads_output.ts";
import { changeName, headsSender, scoresName } from "./graph_names.ts";
import { junctionsOf } from "./nodes.ts";
import { normAt } from "../plan/hook_points.ts";

/**
 * Edges that hand on the residual stream unchanged. Each receiver reads its own copy, so that the
 * metric can be differentiated by what each receiver reads.
 */
export class LiveEdges implements EdgeReader {
  #residual: Value | undefined;
  /** The change of each sender, clean minus corrupted, [batch, sender, position × d_model]. */
  readonly #changes: Value[] = [];
  /** The input of the receivers of each junction, [batch, receiver, position, d_model]. */
  readonly #reads: Value[] = [];

  readonly #writer: DecoderWriter;

  constructor(writer: DecoderWriter) {
    this.#writer = writer;
  }

  send(sender: string, output: Value): void {
    const { graph, architecture: { dModel } } = this.#writer;
    this.#residual = this.#residual ? graph.node("Add", [this.#residual, output]) : output;
    const change = graph.input(changeName(sender), "float32", ["batch", "position", dModel]);
    this.#changes.push(this.#flat(graph.node("Unsqueeze", [change, graph.integers(1)])));
  }

  sendHeads(layer: number, z: Value, weights: LayerWeights): void {
    const { graph, architecture: { heads, headSize } } = this.#writer;
    const written = norm(
      this.#writer,
      normAt(layer, "ln1_post"),
      linear(this.#writer, z, weights.o),
      weights.ln1Post,
    );
    this.#residual = graph.node("Add", [this.#residual!, bySender(this.#writer, written)]);
    // The change of `z` is linear in W_O, so the change of each head's output is computed in the
    // graph.
    const change = graph.input(changeName(headsSender(layer)), "float32", [
      "batch",
      "position",
      heads,
      headSize,
    ]);
    this.#changes.push(this.#flat(outputOfHeads(this.#writer, change, weights)));
  }

  read(): Value {
    const { graph, architecture } = this.#writer;
    const { receivers } = junctionsOf(architecture)[this.#reads.length];
    // Adding zeros [receiver, 1, 1] broadcasts the stream to one copy for each receiver.
    const copies = graph.floats(new Float32Array(receivers.length), [receivers.length, 1, 1]);
    const read = graph.node("Add", [this.#residual!, copies]);
    this.#reads.push(read);
    return read;
  }

  /**
   * Writes the scores of each junction's edges, [batch, receiver, sender]: the sender's change from
   * the corrupted to the clean run, times the metric's gradient by what the receiver reads. The
   * scores hold all senders of the model; only the senders before a receiver have an edge to it.
   */
  scores(metric: Value): void {
    const { graph, architecture } = this.#writer;
    const changes = graph.node("Transpose", [graph.node("Concat", this.#changes, { axis: 1 })], {
      perm: [0, 2, 1],
    });
    const slopes = gradients(graph, metric, this.#reads);
    junctionsOf(architecture).forEach(({ name }, i) => {
      graph.output(scoresName(name), graph.node("MatMul", [this.#flat(slopes[i]), changes]));
    });
  }

  /** Reshapes [batch, node, position, d_model] to [batch, node, position × d_model]. */
  #flat(value: Value): Value {
    return this.#writer.graph.node("Reshape", [value, this.#writer.graph.integers(0, 0, -1)]);
  }
}
