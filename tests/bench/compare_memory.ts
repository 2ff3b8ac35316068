// Compares two checkpoints and prints the time and the largest memory:
//   deno run -A tests/bench/compare_memory.ts BEFORE AFTER
// Random checkpoints of the source's size are written by tests/bench/random_checkpoint.ts FOLDER
// BF16 3B SEED, with two seeds (6 GB each).
import { checkpoints, compare } from "circuitbook";

const [before, after] = Deno.args;
if (!before || !after) throw new Error("Expected: compare_memory.ts BEFORE AFTER.");

let largest = 0;
let numbers = 0;
const began = performance.now();
const { matrices, heads, valueVectors } = await compare.weights(
  await checkpoints.openCheckpoint(before),
  await checkpoints.openCheckpoint(after),
  {
    onProgress: (event) => {
      numbers = event?.total ?? numbers;
      largest = Math.max(largest, Deno.memoryUsage().rss);
    },
  },
);
largest = Math.max(largest, Deno.memoryUsage().rss);
const rows =
  `${matrices.height} matrices, ${heads.height} heads, ${valueVectors.height} value vectors`;
const seconds = ((performance.now() - began) / 1000).toFixed(1);
console.log(
  `${(numbers / 1e6).toFixed(0)} M numbers (${rows}): ${seconds} s, at most ${
    (largest / 1e6).toFixed(0)
  } MB`,
);
