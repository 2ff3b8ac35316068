import { assertEquals, fail } from "@std/assert";
import { type Edit, loadModel, type Model, type Tensor } from "circuitbook";

/** A small random checkpoint with its reference data, on the CPU. */
export interface SmallModel extends AsyncDisposable {
  readonly model: Model;
  /** Rows of 12 and 7 tokens. */
  readonly A: number[];
  readonly B: number[];
  readonly edits: Record<string, Edit[]>;
}

/** Opens a case of tests/data/checkpoints. */
export async function smallModel(name: string): Promise<SmallModel> {
  const folder = `tests/data/checkpoints/${name}`;
  const model = await loadModel(folder, { device: "cpu" });
  const { rows: { A, B }, edits } = JSON.parse(await Deno.readTextFile(`${folder}/reference.json`));
  return { model, A, B, edits, [Symbol.asyncDispose]: () => model.dispose() };
}

/** Holds two tensors to the same axes, and their values to an absolute tolerance. */
export function assertSame(
  actual: Tensor,
  expected: Tensor,
  tolerance: number,
  label: string,
): void {
  assertEquals(actual.sizes, expected.sizes, label);
  for (let i = 0; i < expected.data.length; i++) {
    const [found, wanted] = [actual.data[i], expected.data[i]];
    // The message is made of numbers only where it is needed: to write them takes longer than to
    // compare them.
    if (Object.is(found, wanted) || Math.abs(found - wanted) <= tolerance) continue;
    fail(`${label}[${i}]: expected ${wanted} within ${tolerance} but found ${found}`);
  }
}

/** The largest absolute difference between two tensors. */
export function largestDifference(a: Tensor, b: Tensor): number {
  assertEquals(a.sizes, b.sizes);
  let largest = 0;
  for (let i = 0; i < a.data.length; i++) {
    const difference = a.data[i] === b.data[i] ? 0 : Math.abs(a.data[i] - b.data[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}
