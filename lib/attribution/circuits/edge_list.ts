import { headName } from "../../base/one_line.ts";
import type { Architecture } from "../../model/plan/architecture.ts";
import { edgesOf, type Receiver, type Sender } from "../../model/edges/nodes.ts";

/** The numbered edges of a model. A circuit is a subset of these edges. */
export class EdgeList {
  /** All edges, in the order of the model. */
  readonly edges: readonly { readonly from: Sender; readonly to: Receiver }[];
  /**
   * The nodes that read through each receiver: all heads of a group read the same keys and values.
   */
  readonly #readers = new Map<string, readonly string[]>();
  /** The receivers through which each node reads. */
  readonly #inputs = new Map<string, string[]>();

  constructor(architecture: Architecture) {
    this.edges = edgesOf(architecture);
    for (const { to } of this.edges) {
      if (this.#readers.has(to.name)) continue;
      const nodes = nodesOf(to, architecture);
      this.#readers.set(to.name, nodes);
      for (const node of nodes) this.#inputs.set(node, [...this.#inputs.get(node) ?? [], to.name]);
    }
  }

  /** Returns the number of the edge between two names, or undefined if there is no such edge. */
  number(from: string, to: string): number | undefined {
    this.#numbers ??= new Map(
      this.edges.map((edge, i) => [`${edge.from.name} ${edge.to.name}`, i]),
    );
    return this.#numbers.get(`${from} ${to}`);
  }
  #numbers: Map<string, number> | undefined;

  /**
   * Returns all edges in the order in which a circuit grows: backwards from the logits, at each
   * step the edge with the largest score, of either sign, among the edges that lead into the
   * circuit.
   *
   * @param scores the score of each edge.
   */
  greedy(scores: ArrayLike<number>): number[] {
    const size = (edge: number) => Math.abs(scores[edge]);
    const queues = Map.groupBy(this.edges.keys(), (edge) => this.edges[edge].to.name);
    for (const queue of queues.values()) queue.sort((a, b) => size(a) - size(b));
    const open = new Set(["logits"]);
    const order: number[] = [];
    while (open.size) {
      // Each queue is sorted with its best edge last.
      let best: number[] = [];
      for (const receiver of open) {
        const queue = queues.get(receiver)!;
        if (!best.length || size(queue.at(-1)!) > size(best.at(-1)!)) best = queue;
      }
      const edge = best.pop()!;
      const { from, to } = this.edges[edge];
      order.push(edge);
      if (!best.length) open.delete(to.name);
      for (const input of this.#inputs.get(from.name) ?? []) {
        if (queues.get(input)!.length) open.add(input);
      }
    }
    return order;
  }

  /**
   * Returns the chosen edges that lie on a path from the embedding to the logits, in the model's
   * order.
   */
  connected(chosen: Iterable<number>): number[] {
    const reached = new Set(["embed"]);
    const needed = new Set(["logits"]);
    const readers = (edge: number) => this.#readers.get(this.edges[edge].to.name)!;
    // In the order of the model every edge comes after the edges that lead to its sender.
    const forward = [...chosen].sort((a, b) => a - b).filter((edge) => {
      if (!reached.has(this.edges[edge].from.name)) return false;
      for (const node of readers(edge)) reached.add(node);
      return true;
    });
    const backward = forward.toReversed().filter((edge) => {
      if (!readers(edge).some((node) => needed.has(node))) return false;
      needed.add(this.edges[edge].from.name);
      return true;
    });
    return backward.toReversed();
  }

  /**
   * Returns the largest circuit of at most `most` edges that the first edges of an order make.
   * Edges that lie on no path from the embedding to the logits are left out and do not count.
   */
  circuit(order: readonly number[], most: number): number[] {
    let low = 0;
    let high = order.length;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.connected(order.slice(0, middle)).length <= most) low = middle;
      else high = middle - 1;
    }
    return this.connected(order.slice(0, low));
  }
}

/** Returns the names, as senders, of the nodes that read through a receiver. */
function nodesOf(
  { name, kind, layer = 0, head = 0 }: Receiver,
  { heads, kvHeads }: Architecture,
): string[] {
  const group = heads / kvHeads;
  switch (kind) {
    case "q":
      return [headName(layer, head)];
    case "k":
    case "v":
      return Array.from({ length: group }, (_, i) => headName(layer, head * group + i));
    case "mlp":
    case "logits":
      return [name];
  }
}
