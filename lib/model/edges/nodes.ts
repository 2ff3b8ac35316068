import { headName } from "../../base/one_line.ts";
import type { Architecture } from "../plan/architecture.ts";
import { mlpStream, pointAt } from "../plan/hook_points.ts";

/** A node that writes into the residual stream: the embedding, a head, or an MLP. */
export interface Sender {
  /** `embed`, `L3H1` or `L3.mlp`. */
  readonly name: string;
  readonly kind: "embed" | "head" | "mlp";
  /** Undefined for the embedding. */
  readonly layer?: number;
  /** Undefined for the embedding and for MLPs. */
  readonly head?: number;
}

/**
 * A node that reads the residual stream: the queries of a head, the keys or the values of a
 * key/value head, an MLP, or the unembedding.
 */
export interface Receiver {
  /** `L5H1.q`, `L5H0.k`, `L5H0.v`, `L5.mlp` or `logits`. */
  readonly name: string;
  readonly kind: "q" | "k" | "v" | "mlp" | "logits";
  /** Undefined for the unembedding. */
  readonly layer?: number;
  /** The head of queries, or the key/value head of keys and values; otherwise undefined. */
  readonly head?: number;
}

/** A point of the forward pass at which one or several receivers read the residual stream. */
export interface Junction {
  /** `attention.5`, `mlp.5` or `final`. */
  readonly name: string;
  /** The hook point of the residual stream that the receivers read. */
  readonly point: string;
  readonly receivers: readonly Receiver[];
  /** The number of senders before this point. Each receiver has an edge from each of them. */
  readonly senders: number;
}

/** Returns every sender, in the order of the forward pass. */
export function sendersOf({ layers, heads, dMlp }: Architecture): Sender[] {
  const ofLayer = (layer: number): Sender[] => [
    ...indices(heads).map((head): Sender => ({
      name: headName(layer, head),
      kind: "head",
      layer,
      head,
    })),
    ...dMlp ? [{ name: `L${layer}.mlp`, kind: "mlp", layer } as const] : [],
  ];
  return [{ name: "embed", kind: "embed" }, ...indices(layers).flatMap(ofLayer)];
}

/** Returns every junction, in the order of the forward pass. */
export function junctionsOf(architecture: Architecture): Junction[] {
  const { layers, heads, kvHeads, dMlp, parallel } = architecture;
  const width = heads + (dMlp ? 1 : 0);
  const members = (layer: number, count: number, kind: "q" | "k" | "v"): Receiver[] =>
    indices(count).map((head) => ({ name: `${headName(layer, head)}.${kind}`, kind, layer, head }));
  const ofLayer = (layer: number): Junction[] => [
    {
      name: `attention.${layer}`,
      point: pointAt.residPre(layer),
      senders: 1 + layer * width,
      receivers: [
        ...members(layer, heads, "q"),
        ...members(layer, kvHeads, "k"),
        ...members(layer, kvHeads, "v"),
      ],
    },
    ...dMlp
      ? [{
        name: `mlp.${layer}`,
        point: mlpStream(architecture, layer),
        // A parallel MLP does not read what the heads of its layer write.
        senders: 1 + layer * width + (parallel ? 0 : heads),
        receivers: [{ name: `L${layer}.mlp`, kind: "mlp", layer } as const],
      }]
      : [],
  ];
  const final: Junction = {
    name: "final",
    point: pointAt.residPost(layers - 1),
    senders: 1 + layers * width,
    receivers: [{ name: "logits", kind: "logits" }],
  };
  return [...indices(layers).flatMap(ofLayer), final];
}

/** Returns every edge from a sender to a receiver, in the order of masks and scores. */
export function edgesOf(architecture: Architecture): { from: Sender; to: Receiver }[] {
  const senders = sendersOf(architecture);
  return junctionsOf(architecture).flatMap(({ receivers, senders: count }) =>
    receivers.flatMap((to) => senders.slice(0, count).map((from) => ({ from, to })))
  );
}

/** Returns the number of edges. */
export function edgeCount(architecture: Architecture): number {
  return junctionsOf(architecture).reduce(
    (sum, { receivers, senders }) => sum + receivers.length * senders,
    0,
  );
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
