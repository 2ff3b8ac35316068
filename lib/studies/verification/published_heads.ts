import { checkArguments, is } from "../../base/arguments.ts";

/** A head by its layer and its number, both from 0. */
export type PublishedHead = readonly [layer: number, head: number];

/**
 * The 29 heads of TinyZero that the source silenced, as layer.head, in the source's order. The
 * author picked them by eye from attention patterns.
 */
const TINY_ZERO_HEADS = (
  "3.13 4.5 4.0 5.9 5.14 10.0 10.5 11.8 12.3 13.6 13.3 15.8 15.4 17.14 17.13 17.11 17.10 17.9 17.3 17.1 19.13 19.8 21.7 " +
  "21.14 21.2 22.14 22.12 25.14 25.11"
).split(" ");

/**
 * Returns the heads that the source silenced to stop verification, if a model has TinyZero's shape
 * (36 layers of 16 heads). In any other model these numbers mean nothing.
 *
 * A. Lee, The Role of Attention for TinyZero Countdown (2025).
 *
 * @param architecture the shape of the model.
 * @returns the heads as [layer, head]; `undefined` for a model of another shape.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(verificationStudy.publishedHeads({ layers: 36, heads: 16 })?.length, 29);
 * assertEquals(
 *   verificationStudy.publishedHeads((await loadModel("countdown-r1")).architecture),
 *   undefined,
 * );
 * ```
 */
export function publishedHeads(
  architecture: { readonly layers: number; readonly heads: number },
): PublishedHead[] | undefined {
  checkArguments("publishedHeads", {
    architecture: [architecture, is.like("an object", "layers", "heads")],
  });
  const { layers, heads } = architecture;

  if (layers !== 36 || heads !== 16) return undefined;
  return TINY_ZERO_HEADS.map((name) => {
    const [layer, head] = name.split(".").map(Number);
    return [layer, head];
  });
}
