/**
 * `keeps_one.ts FOLDER`: keeps a result in a folder, for the test in which several processes do
 * this at once.
 */
import { memo, Tensor } from "circuitbook";

/** Returns a large result. */
export const keepsOne = () => new Tensor(new Float32Array(200_000).fill(0.5), { a: 200_000 });

if (import.meta.main) await memo("one", { n: 3 }, keepsOne, { folder: Deno.args[0] });
