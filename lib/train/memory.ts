import { availableMemory } from "../model/engine/available_memory.ts";
import { backwardBytes, metricBytes, verifyFits } from "../model/engine/memory.ts";
import type { Architecture } from "../model/plan/architecture.ts";
import { parameterCount } from "../model/plan/parameter_count.ts";
import type { Recipe } from "./recipe.ts";

const FLOAT_BYTES = 4;

/**
 * Throws if a training does not fit into memory, before its first step.
 *
 * @param model the architecture, the shapes of the trained weights, and `frozen`, the bytes of the
 * weights that are not trained.
 * @param available the number of available bytes.
 * @throws CircuitbookError if weights, gradients, the optimizer and the activations of the largest
 * batch exceed the available memory. The message names both sizes and the settings that reduce the
 * memory of the training.
 */
export function verifyTrainingFits(
  { phases = [] }: Pick<Recipe, "phases">,
  { architecture, shapes, frozen = 0 }: {
    architecture: Architecture;
    shapes: ReadonlyMap<string, readonly number[]>;
    frozen?: number;
  },
  available: number = availableMemory(),
): void {
  const numbers = parameterCount(shapes);
  const weights = FLOAT_BYTES * numbers;
  const tokens = Math.max(0, ...phases.map(({ batchTokens }) => batchTokens));
  // The lengths of the documents of a batch are not known yet. Each batch is checked again before
  // it is run.
  const size = { tokens, keys: 1 };
  const smaller = "train a smaller model";
  verifyFits(
    [
      // A step makes new weights before it releases the old ones.
      { bytes: 2 * weights + frozen, purpose: "weights", advice: smaller },
      { bytes: weights, purpose: "the gradients by the trained weights", advice: smaller },
      // Two moments, before and after a step.
      { bytes: 4 * weights, purpose: "the optimizer", advice: smaller },
      {
        bytes: backwardBytes(architecture, size, architecture.layers) +
          metricBytes(architecture, tokens),
        purpose: "the activations of a batch",
        advice: "set a smaller batchTokens",
      },
    ],
    available,
  );
}
