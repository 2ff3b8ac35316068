import type { Model } from "../model/model.ts";

/** Rows whose logits are in memory at once. */
const ROWS = 16;

/**
 * The log-probability, in nats, of each token of some rows after those before it: `[r][t]` of token t + 1 of row r. No
 * gradient is computed.
 */
export async function logProbabilities(model: Model, rows: readonly (readonly number[])[]): Promise<number[][]> {
  const found: number[][] = [];
  for (let start = 0; start < rows.length; start += ROWS) {
    const part = rows.slice(start, start + ROWS), longest = Math.max(...part.map(({ length }) => length));
    // Causal rows may be filled up on the right: what stands before does not see it.
    const filled = part.map((row) => [...row, ...new Array<number>(longest - row.length).fill(row[row.length - 1])]);
    const { logits } = await model.run(filled, { onProgress: () => {} }), vocab = logits.size("vocab");
    part.forEach((row, r) => {
      found.push(
        row.slice(1).map((token, t) => {
          const at = (r * longest + t) * vocab;
          return logProbability(logits.data.subarray(at, at + vocab) as Float32Array, token);
        }),
      );
    });
  }
  return found;
}

function logProbability(logits: Float32Array, token: number): number {
  let best = -Infinity, sum = 0;
  for (const logit of logits) best = Math.max(best, logit);
  for (const logit of logits) sum += Math.exp(logit - best);
  return logits[token] - best - Math.log(sum);
}
