import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { Architecture } from "../plan/architecture.ts";

/**
 * Checks the tensors of a checkpoint against its configuration: none is missing, each has its shape, and none is ignored
 * that would change the result.
 *
 * @param architecture what the configuration describes.
 * @param checkpoint the files of the model.
 * @throws CircuitbookError if a tensor is missing, has another shape or element type, or would be ignored; the message
 * names the tensor.
 *
 * @example
 * ```ts
 * import { checkpoints, families } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const checkpoint = await checkpoints.openCheckpoint("data/models/countdown-r1");
 * assertEquals(families.checkWeights(families.architectureOf(checkpoint.config), checkpoint), undefined);
 * ```
 */
export function checkWeights(architecture: Architecture, checkpoint: Checkpoint): void {
  const { folder, tensors, otherTensors } = checkpoint;
  for (const [name, { dtype, file }] of otherTensors) {
    if (architecture.shapes.has(name) || !isHarmless(name, architecture)) {
      throw new CircuitbookError(
        `Expected F32, F16 or BF16 for tensor "${name}" but found ${dtype} in ${file}.`,
      );
    }
  }
  const unused = [...tensors.keys()].filter((name) => !architecture.shapes.has(name));
  const missing = [...architecture.shapes.keys()].filter((name) => !tensors.has(name));
  if (missing.length) throw missingError(missing, [...unused, ...tensors.keys()], folder);
  for (const [name, expected] of architecture.shapes) {
    const { shape, file } = tensors.get(name)!;
    if (shape.join() !== expected.join()) {
      throw new CircuitbookError(
        `Expected tensor "${name}" of shape [${
          expected.join(", ")
        }], as config.json implies, but found ` +
          `[${shape.join(", ")}] in ${file}; config.json and weights do not belong together.`,
      );
    }
  }
  const ignored = unused.filter((name) => !isHarmless(name, architecture));
  if (ignored.length) {
    throw new CircuitbookError(
      `Expected only tensors that a ${architecture.family} model of this config.json uses but found ` +
        `${listed(ignored)} in ${folder}; leaving them out would change the result.`,
    );
  }
}

function isHarmless(name: string, { harmlessTensors = [] }: Architecture): boolean {
  return harmlessTensors.some((pattern) => pattern.test(name));
}

function missingError(
  missing: readonly string[],
  present: readonly string[],
  folder: string,
): CircuitbookError {
  const nearest = nearestNames(missing[0], present).map((name) => `"${name}"`).join(", ");
  return new CircuitbookError(
    `Expected ${listed(missing)} in the weights of ${folder} but found no such tensor; ` +
      `nearest to the first: ${nearest || "none, there are no tensors"}.`,
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `"${name}"`).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more tensors` : `${shown}`;
}
