// The references come from PyTorch, transformers and TransformerLens:
// tests/data/make_references.py.
import { assertEquals, fail } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { type Device, type Edit, loadModel, type Model, type Tensor } from "circuitbook";
import { openSafetensors } from "../reference.ts";

const folder = fromFileUrl(new URL("../data/checkpoints/", import.meta.url));

/** The names of the small checkpoints with references. */
export const referenceCases: readonly string[] = [...Deno.readDirSync(folder)].map(({ name }) =>
  name
).sort();

export interface Reference {
  rows: { A: number[]; B: number[] };
  greedy: Record<"A" | "B" | "A_z_head" | "B_z_head", number[]>;
  edits: Record<string, Edit[]>;
  points: Record<string, { axes: string[] }>;
}

/** A small checkpoint, loaded, and what PyTorch computes on it. */
export async function openCase(
  name: string,
  device: Device = "cpu",
): Promise<{ model: Model; reference: Reference; tensors: Map<string, Float32Array> }> {
  const model = await loadModel(folder + name, { device });
  const reference = JSON.parse(await Deno.readTextFile(`${folder}${name}/reference.json`));
  return {
    model,
    reference,
    tensors: await openSafetensors(`${folder}${name}/reference.safetensors`),
  };
}

/** How far a hook point may be off: 1e-4 of its largest finite value, logits 1e-4. */
export function toleranceOf(point: string, values: Float32Array): number {
  if (point === "logits") return 1e-4;
  return 1e-4 * Math.max(1e-3, ...values.filter(Number.isFinite).map(Math.abs));
}

/** Asserts that each value of a tensor is within a tolerance of the expected one. */
export function assertClose(
  actual: Tensor,
  expected: ArrayLike<number>,
  tolerance: number,
  label: string,
): void {
  assertEquals(actual.data.length, expected.length, `${label}: ${actual.describe()}`);
  for (let i = 0; i < expected.length; i++) {
    if (actual.data[i] === expected[i]) continue;
    if (Math.abs(actual.data[i] - expected[i]) <= tolerance) continue;
    fail(`${label}[${i}]: expected ${expected[i]} within ${tolerance} but found ${actual.data[i]}`);
  }
}
