import { z } from "zod";
import { resolveSelection } from "../../base/tensor.ts";
import type { Architecture } from "./architecture.ts";
import { wholeNumber } from "../../base/options.ts";

/** Heads of a model as a list of [layer, head]. */
export const headPairs = listOf("head");

/** Neurons of a model as a list of [layer, neuron]. */
export const neuronPairs = listOf("neuron");

function listOf(of: string) {
  return z.array(
    z.tuple([wholeNumber, wholeNumber], `to be [layer, ${of}]`),
    `to be a list of [layer, ${of}]`,
  );
}

/**
 * Every head of a model as [layer, head].
 *
 * @example
 * ```ts
 * import { ablation, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * assertEquals(ablation.allHeads(model).length, 48);
 * ```
 */
export function allHeads(
  { architecture: { layers, heads } }: {
    readonly architecture: Pick<Architecture, "layers" | "heads">;
  },
): [layer: number, head: number][] {
  return Array.from({ length: layers * heads }, (_, i) => [Math.floor(i / heads), i % heads]);
}

/** Heads counted from 0, in their order. @throws CircuitbookError when one does not exist. */
export function resolvedHeads(
  heads: readonly (readonly [layer: number, head: number])[],
  { architecture }: { readonly architecture: Architecture },
): [layer: number, head: number][] {
  return resolved(heads, architecture.layers, architecture.heads, "head");
}

/** Neurons counted from 0, in their order. @throws CircuitbookError when one does not exist. */
export function resolvedNeurons(
  neurons: readonly (readonly [layer: number, neuron: number])[],
  { architecture }: { readonly architecture: Architecture },
): [layer: number, neuron: number][] {
  return resolved(neurons, architecture.layers, architecture.dMlp, "neuron");
}

function resolved(
  pairs: readonly (readonly [number, number])[],
  layers: number,
  members: number,
  of: string,
): [number, number][] {
  return pairs.map(([layer, member]) => [
    resolveSelection([layer], layers, "layer")[0],
    resolveSelection([member], members, of)[0],
  ]);
}
