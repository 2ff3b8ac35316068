import type { Architecture } from "../../model/plan/architecture.ts";

/** A matrix between hidden activations: how many numbers it takes and gives. */
export interface HiddenMatrix {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** As stored: [outputs, inputs], or the other way round. */
  readonly shape: readonly [number, number];
}

/**
 * The matrices of an architecture's attention and MLPs: all but embeddings, positions, norms and biases.
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
  { layers, weights, shapes, linearLayout }: Architecture,
): HiddenMatrix[] {
  return Array.from({ length: layers }, (_, index) => weights.layer(index)).flatMap((layer) =>
    [layer.q, layer.k, layer.v, layer.qkv, layer.o, layer.gate, layer.up, layer.down].flatMap(
      (linear) => {
        if (!linear) return [];
        const shape = shapes.get(linear.weight) as readonly [number, number];
        const [outputs, inputs] = linearLayout === "out-in" ? shape : [shape[1], shape[0]];
        return [{ name: linear.weight, inputs, outputs, shape }];
      },
    )
  );
}
