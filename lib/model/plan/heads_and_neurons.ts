import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { resolveSelection } from "../../base/tensor.ts";
import type { Architecture } from "./architecture.ts";
import { wholeNumber } from "../../base/options.ts";

type ListSchema = z.ZodArray<z.ZodTuple<[z.ZodNumber, z.ZodNumber]>>;

/** How a list of heads, [layer, head], is checked. */
export const headList: ListSchema = listOf("head");

/** How a list of neurons, [layer, neuron], is checked. */
export const neuronList: ListSchema = listOf("neuron");

function listOf(of: string): ListSchema {
  return z.array(
    z.tuple([wholeNumber, wholeNumber], `to be [layer, ${of}]`),
    `to be a list of [layer, ${of}]`,
  );
}

/**
 * Returns every head of a model.
 *
 * @param model the model.
 * @returns [layer, head], in the order of layers and heads.
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
  model: { readonly architecture: Pick<Architecture, "layers" | "heads"> },
): [layer: number, head: number][] {
  checkArguments("allHeads", { model: [model, is.like("an object", "architecture")] });

  const { layers, heads } = model.architecture;
  return Array.from({ length: layers * heads }, (_, i) => [Math.floor(i / heads), i % heads]);
}

/**
 * Returns heads with layers and heads counted from 0, in their order.
 *
 * @throws CircuitbookError if a head does not exist.
 */
export function resolvedHeads(
  heads: readonly (readonly [layer: number, head: number])[],
  { architecture }: { readonly architecture: Architecture },
): [layer: number, head: number][] {
  return resolved(heads, architecture.layers, architecture.heads, "head");
}

/**
 * Returns neurons with layers and neurons counted from 0, in their order.
 *
 * @throws CircuitbookError if a neuron does not exist.
 */
export function resolvedNeurons(
  neurons: readonly (readonly [layer: number, neuron: number])[],
  { architecture }: { readonly architecture: Architecture },
): [layer: number, neuron: number][] {
  return resolved(neurons, architecture.layers, architecture.dMlp, "neuron");
}

function resolved(
  parts: readonly (readonly [number, number])[],
  layers: number,
  members: number,
  of: string,
): [number, number][] {
  return parts.map(([layer, member]) => [
    resolveSelection([layer], layers, "layer")[0],
    resolveSelection([member], members, of)[0],
  ]);
}
