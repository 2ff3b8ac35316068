import type { Architecture } from "../plan/architecture.ts";

/** What writes into the residual stream: the embedding, a head, an MLP. */
export interface Sender {
  /** `embed`, `L3H1`, `L3.mlp`. */
  readonly name: string;
  readonly kind: "embed" | "head" | "mlp";
  readonly layer?: number;
  readonly head?: number;
}

/** What reads the residual stream: a head's queries, a key/value head's keys or values, an MLP, the unembedding. */
export interface Receiver {
  /** `L5H1.q`, `L5H0.k`, `L5.mlp`, `logits`. */
  readonly name: string;
  readonly kind: "q" | "k" | "v" | "mlp" | "logits";
  readonly layer?: number;
  /** Of keys and values the key/value head. */
  readonly head?: number;
}

/** Receivers that read at one place of the decoder, and what has been written there. */
export interface Junction {
  /** `attention.5`, `mlp.5`, `final`. */
  readonly name: string;
  /** The hook point of the residual stream that they read. */
  readonly point: string;
  readonly receivers: readonly Receiver[];
  /** Each receiver has an edge from each of so many senders: the first ones. */
  readonly senders: number;
}

/** Everything that writes into the residual stream, in the order of the forward pass. */
export function sendersOf({ layers, heads, dMlp }: Architecture): Sender[] {
  const ofLayer = (layer: number): Sender[] => [
    ...indices(heads).map((head): Sender => ({
      name: `L${layer}H${head}`,
      kind: "head",
      layer,
      head,
    })),
    ...dMlp ? [{ name: `L${layer}.mlp`, kind: "mlp", layer } as const] : [],
  ];
  return [{ name: "embed", kind: "embed" }, ...indices(layers).flatMap(ofLayer)];
}

/** Every place where the residual stream is read, in the order of the forward pass. */
export function junctionsOf({ layers, heads, kvHeads, dMlp }: Architecture): Junction[] {
  const width = heads + (dMlp ? 1 : 0);
  const members = (layer: number, count: number, kind: "q" | "k" | "v"): Receiver[] =>
    indices(count).map((head) => ({ name: `L${layer}H${head}.${kind}`, kind, layer, head }));
  const ofLayer = (layer: number): Junction[] => [
    {
      name: `attention.${layer}`,
      point: `blocks.${layer}.hook_resid_pre`,
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
        point: `blocks.${layer}.hook_resid_mid`,
        senders: 1 + layer * width + heads,
        receivers: [{ name: `L${layer}.mlp`, kind: "mlp", layer } as const],
      }]
      : [],
  ];
  const final: Junction = {
    name: "final",
    point: `blocks.${layers - 1}.hook_resid_post`,
    senders: 1 + layers * width,
    receivers: [{ name: "logits", kind: "logits" }],
  };
  return [...indices(layers).flatMap(ofLayer), final];
}

/** Every edge, from a sender to a receiver, in the order of masks and scores. */
export function edgesOf(architecture: Architecture): { from: Sender; to: Receiver }[] {
  const senders = sendersOf(architecture);
  return junctionsOf(architecture).flatMap(({ receivers, senders: count }) =>
    receivers.flatMap((to) => senders.slice(0, count).map((from) => ({ from, to })))
  );
}

/** How many edges there are. */
export function edgeCount(architecture: Architecture): number {
  return junctionsOf(architecture).reduce(
    (sum, { receivers, senders }) => sum + receivers.length * senders,
    0,
  );
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
