import { checkArguments } from "../../base/arguments.ts";
import { anArchitecture } from "../../model/plan/kinds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { Architecture } from "../../model/plan/architecture.ts";

/** A weight matrix that maps hidden activations to hidden activations. */
export interface HiddenMatrix {
  /** The name of the tensor. */
  readonly name: string;
  /** How many numbers the matrix takes. */
  readonly inputs: number;
  /** How many numbers the matrix gives. */
  readonly outputs: number;
  /**
   * The shape in the file: [outputs, inputs], or [inputs, outputs] in architectures such as GPT-2.
   */
  readonly shape: readonly [number, number];
}

/**
 * Returns the matrices of the attention and of the MLPs of an architecture. Embeddings, positions,
 * norms and biases are left out.
 *
 * @param architecture the names and shapes of the weights.
 * @returns the matrices, layer by layer.
 * @throws CircuitbookError if a matrix is part of a fused tensor, which has no gradient of its own.
 *
 * @example
 * ```ts
 * import { loadModel, training } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const { architecture } = await loadModel("countdown-r1");
 * assertEquals(training.hiddenMatrices(architecture).length, 8 * 7);
 * ```
 */
export function hiddenMatrices(
  architecture: Architecture,
): HiddenMatrix[] {
  checkArguments("hiddenMatrices", {
    architecture: [architecture, anArchitecture],
  });

  const { layers, weights, shapes, parts, linearLayout } = architecture;
  return Array.from({ length: layers }, (_, index) => weights.layer(index)).flatMap((layer) =>
    [layer.q, layer.k, layer.v, layer.qkv, layer.o, layer.gate, layer.up, layer.down].flatMap(
      (linear) => {
        if (!linear) return [];
        const part = parts.get(linear.weight);
        if (part) {
          throw new CircuitbookError(
            `Expected matrices with a tensor each but found "${part.of}", which holds several; train this model with AdamW (without muon).`,
          );
        }
        const shape = shapes.get(linear.weight) as readonly [number, number];
        const [outputs, inputs] = linearLayout === "out-in" ? shape : [shape[1], shape[0]];
        return [{ name: linear.weight, inputs, outputs, shape }];
      },
    )
  );
}
