/**
 * The max-of-list model in loops, straight from its weights: slow, and nothing of the library but
 * reading them.
 */
import type { Model } from "circuitbook";

/** What is changed on the way. */
export interface Changes {
  /** Multiplies the score of ANS with a key of a head; −Infinity where the edge is cut. */
  score?: (score: number, head: number, key: number) => number;
  /** Heads whose output is zero. */
  silenced?: readonly number[];
  /** What the embedding of a position becomes. */
  place?: (embedding: readonly number[], position: number) => readonly number[];
}

const D = 64;
const HEADS = 4;
const SIZE = 16;

/** The logits at ANS. */
export async function logitsByHand(
  model: Model,
  tokens: readonly number[],
  { score = (value) => value, silenced = [], place = (embedding) => embedding }: Changes = {},
): Promise<number[]> {
  const read = async (name: string) => Array.from((await model.weight(name)).data);
  const [embed, places, q, k, v, o, unembed] = await Promise.all(
    [
      "embed",
      "positions",
      ...["q", "k", "v", "o"].map((name) => `blocks.0.attn.${name}`),
      "unembed",
    ]
      .map((name) => read(`${name}.weight`)),
  );
  const rows = tokens.map((token, t) => {
    const placed = place(places.slice(t * D, (t + 1) * D), t);
    return range(D).map((i) => embed[token * D + i] + placed[i]);
  });
  const times = (matrix: number[], x: number[]) =>
    range(matrix.length / x.length).map((i) =>
      x.reduce((sum, value, j) => sum + matrix[i * x.length + j] * value, 0)
    );
  const last = rows[rows.length - 1];
  const query = times(q, last);
  const keys = rows.map((x) => times(k, x));
  const values = rows.map((x) => times(v, x));
  const z = range(HEADS).flatMap((head) => {
    if (silenced.includes(head)) return range(SIZE).map(() => 0);
    const own = (x: number[]) => x.slice(head * SIZE, (head + 1) * SIZE);
    const mine = own(query);
    const scores = keys.map((key, t) =>
      score(own(key).reduce((sum, value, i) => sum + value * mine[i], 0) / Math.sqrt(SIZE), head, t)
    );
    const most = Math.max(...scores);
    const weights = scores.map((value) => Math.exp(value - most));
    const total = weights.reduce((a, b) => a + b);
    return range(SIZE).map((i) =>
      values.reduce((sum, value, t) => sum + weights[t] / total * own(value)[i], 0)
    );
  });
  const out = times(o, z);
  return times(unembed, last.map((value, i) => value + out[i]));
}

function range(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i);
}
