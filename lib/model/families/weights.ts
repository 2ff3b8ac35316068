import { checkArguments } from "../../base/arguments.ts";
import { aCheckpoint, verifyFinite } from "../../checkpoint/checkpoint.ts";
import { anArchitecture } from "../plan/kinds.ts";
import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import type { Architecture } from "../plan/architecture.ts";

/**
 * Checks the tensors of a checkpoint against its configuration: none is missing, each has its
 * shape, and none is ignored that would change the result.
 *
 * @param architecture what the configuration describes.
 * @param checkpoint the files of the model.
 * @throws CircuitbookError if a tensor is missing, has another shape or element type, or would be
 * ignored; the message names the tensor.
 *
 * @example
 * ```ts
 * import { checkpoints, families } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const checkpoint = await checkpoints.openCheckpoint("data/models/countdown-r1");
 * assertEquals(
 *   families.checkWeights(families.architectureOf(checkpoint.config), checkpoint),
 *   undefined,
 * );
 * ```
 */
export function checkWeights(architecture: Architecture, checkpoint: Checkpoint): void {
  checkArguments("checkWeights", {
    architecture: [architecture, anArchitecture],
    checkpoint: [checkpoint, aCheckpoint],
  });

  const { folder, tensors, otherTensors } = checkpoint;
  for (const [name, { dtype, file }] of otherTensors) {
    const used = architecture.shapes.has(name) || name === architecture.tiedHead;
    if (used || !isHarmless(name, architecture)) {
      throw new CircuitbookError(
        `Expected F32, F16 or BF16 for tensor "${name}" but found ${dtype} in ${file}.`,
      );
    }
  }
  const unused = [...tensors.values()].flatMap(({ name, partOf }) =>
    partOf === undefined && !architecture.shapes.has(name) ? [name] : []
  );
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

/** The rows of the embedding that are compared at a time take at most this many bytes. */
const COMPARED_BYTES = 16e6;

/**
 * Checks that an unembedding in a checkpoint with tied embeddings repeats the embedding.
 *
 * @throws CircuitbookError if the two differ: leaving the unembedding out would change every logit.
 * The message names a number that is not finite, if one of the two has such a number: NaN differs
 * from its own copy.
 */
export async function checkTiedHead(
  { tiedHead, vocab, dModel, weights: { embed } }: Architecture,
  checkpoint: Checkpoint,
): Promise<void> {
  const head = tiedHead === undefined ? undefined : checkpoint.tensors.get(tiedHead);
  if (tiedHead === undefined || !head) return;
  let equal = head.shape.join() === [vocab, dModel].join();
  const step = Math.max(1, Math.floor(COMPARED_BYTES / (4 * dModel)));
  for (let start = 0; equal && start < vocab; start += step) {
    const rows = { from: start, to: Math.min(start + step, vocab) };
    const [own, tied] = await Promise.all(
      [tiedHead, embed].map((name) => checkpoint.read(name, rows)),
    );
    equal = own.every((value, i) => value === tied[i]);
  }
  if (equal) return;
  await verifyFinite(checkpoint, [embed, tiedHead]);
  throw new CircuitbookError(
    `Expected "${tiedHead}" to repeat "${embed}", because config.json ties the embeddings, but found other numbers; set "tie_word_embeddings" to false to use "${tiedHead}", or delete it from ${checkpoint.folder} to use "${embed}".`,
  );
}

/**
 * Returns whether a tensor may be ignored. The values of a tied head are compared by {@link
 * checkTiedHead}.
 */
function isHarmless(name: string, { harmlessTensors = [], tiedHead }: Architecture): boolean {
  return name === tiedHead || harmlessTensors.some((pattern) => pattern.test(name));
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
