import { assert, assertEquals } from "@std/assert";
import { normal, seededRandom } from "circuitbook";
import { encodeGraph } from "../../lib/onnx/encode.ts";
import { Graph } from "../../lib/onnx/graph.ts";
import { writeSampling } from "../../lib/model/decoder/sampling.ts";
import { createSession } from "../../lib/model/engine/runtime.ts";
import type { Device } from "../../lib/model/engine/session.ts";
import {
  plannedSampling,
  samplingFeeds,
  type SamplingOptions,
} from "../../lib/model/generation/sampling.ts";
import { SAMPLING_NAMES } from "../../lib/model/plan/graph_names.ts";
import { unless } from "../skipped.ts";
import { missingWebGpu } from "./webgpu.ts";

/**
 * Returns the tokens that a graph chooses, and the number of each row that is NaN if a logit is.
 */
async function chosen(
  device: Device,
  rows: readonly Float32Array[],
  options: SamplingOptions,
  draws: readonly number[],
): Promise<{ tokens: number[]; checks: number[] }> {
  const vocab = rows[0].length;
  const graph = new Graph("sampling");
  const logits = graph.input("logits", "float32", ["row", vocab]);
  writeSampling(graph, plannedSampling(options), logits, vocab);
  const session = await createSession(encodeGraph(graph), { device, folder: ".", prepack: false });
  const data = new Float32Array(rows.length * vocab);
  rows.forEach((row, r) => data.set(row, r * vocab));
  const results = await session.run({
    logits: { data, dims: [rows.length, vocab] },
    ...samplingFeeds(options, draws.map((draw) => () => draw)),
  });
  await session.release();
  const valueOf = (name: string) =>
    results[graph.outputs.find((port) => port.name === name)!.value.name].data;
  return {
    tokens: Array.from(valueOf(SAMPLING_NAMES.tokens) as Int32Array),
    checks: Array.from(valueOf(SAMPLING_NAMES.check) as Float32Array),
  };
}

/**
 * Returns the tokens from the largest logit to the smallest, those of equal logits in their order.
 */
function fromLargest(logits: Float32Array): number[] {
  return Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a]);
}

/**
 * Returns the token that a uniform number draws, computed in f64 from a list of candidates, and how
 * far the number is from a place where another token begins.
 *
 * @param sorted the tokens as {@link fromLargest} has them, which takes long for a large
 * vocabulary.
 */
function drawnByHand(
  logits: Float32Array,
  sorted: readonly number[],
  { temperature = 0, topK, topP }: SamplingOptions,
  draw: number,
): { token: number; margin: number } {
  const largest = logits[sorted[0]];
  if (temperature === 0) return { token: logits.indexOf(largest), margin: 1 };
  const isCut = topK !== undefined || topP !== undefined;
  let list = (isCut ? sorted.slice(0, topK) : Array.from(logits.keys())).map((token) => ({
    token,
    weight: Math.exp((logits[token] - largest) / temperature),
  }));
  const sum = () => list.reduce((total, { weight }) => total + weight, 0);
  let margin = Infinity;
  if (topP !== undefined) {
    const [whole, wanted] = [sum(), sum() * topP];
    let reached = 0;
    let count = 0;
    while (count < list.length && reached < wanted) {
      reached += list[count++].weight;
      // A share of 1 keeps all, whatever the last sum is rounded to.
      if (topP < 1) margin = Math.min(margin, Math.abs(reached - wanted) / whole);
    }
    list = list.slice(0, count);
  }
  const total = sum();
  let end = 0;
  for (const { token, weight } of list) {
    const start = end;
    end += weight;
    if (draw * total >= end) continue;
    const room = Math.min(draw * total - start, end - draw * total) / total;
    // The first candidate begins at 0, and nothing is before it.
    return { token, margin: Math.min(margin, start === 0 ? (end - draw * total) / total : room) };
  }
  return { token: list[0].token, margin: 0 };
}

const OPTIONS: SamplingOptions[] = [
  {},
  { temperature: 1 },
  { temperature: 0.6 },
  { temperature: 1.5, topK: 40 },
  { temperature: 1, topK: 1 },
  { temperature: 1, topK: 1e6 },
  { temperature: 1, topP: 0.9 },
  { temperature: 0.8, topP: 1 },
  { temperature: 1, topK: 20, topP: 0.7 },
  { temperature: 1, topP: 1e-9 },
];

const missing = await missingWebGpu();

for (const device of ["cpu", "webgpu"] as const) {
  for (const vocab of device === "cpu" ? [2, 97, 574, 50_257] : [97, 574]) {
    Deno.test({
      ...unless(
        device === "webgpu" ? missing : undefined,
        `on ${device} a graph draws of ${vocab} tokens what a sum by hand draws`,
      ),
      fn: async () => {
        const random = seededRandom(vocab);
        let near = 0;
        let compared = 0;
        const rows = Array.from(
          { length: 8 },
          (_, row) => Float32Array.from({ length: vocab }, () => (1 + row) * normal(random)),
        );
        // Equal logits, logits that are ruled out, and numbers at both ends of the line.
        rows[0].fill(1);
        rows[1].fill(-Infinity, 0, vocab - 1);
        rows[2][0] = -Infinity;
        const sorted = rows.map(fromLargest);
        for (const options of OPTIONS) {
          const draws = rows.map((_, row) => row === 3 ? 0 : row === 4 ? 1 - 2 ** -32 : random());
          const { tokens, checks } = await chosen(device, rows, options, draws);
          assert(checks.every((check) => !Number.isNaN(check)));
          rows.forEach((row, r) => {
            const { token, margin } = drawnByHand(row, sorted[r], options, draws[r]);
            assert(row[tokens[r]] > -Infinity, "a token that is ruled out is never drawn");
            // A number closer than f32 can tell to the end of a token may draw its neighbour.
            if (margin < 1e-6) near++;
            else assertEquals(tokens[r], token, `row ${r}, ${JSON.stringify(options)}`);
            compared++;
          });
        }
        assert(near < compared / 5, `${near} of ${compared} draws are near the end of a token`);
      },
    });
  }

  Deno.test({
    ...unless(
      device === "webgpu" ? missing : undefined,
      `on ${device} a logit that is NaN is told by the check of its row`,
    ),
    fn: async () => {
      const rows = [Float32Array.of(1, 2, 3, 4), Float32Array.of(1, NaN, 3, 4)];
      for (const options of [{}, { temperature: 1 }]) {
        const { checks } = await chosen(device, rows, options, [0.5, 0.5]);
        assertEquals(checks.map(Number.isNaN), [false, true]);
      }
    },
  });
}
