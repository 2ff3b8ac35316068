import type { Tensor } from "../../base/tensor.ts";
import type { Batch } from "../plan/batch.ts";
import { product } from "../../base/lists.ts";

/**
 * Sets an activation to a value where a row has padding in place of a token. Runs return NaN there,
 * so that nobody takes what the model computed for padding for a result. On attention grids the
 * rows of padded queries are set; padded keys are masked.
 *
 * @param tensor [batch, position, …] or [batch, head, query, key], changed in place.
 */
export function fillPadding(
  { data, shape, axes }: Tensor,
  { pads, columns }: Pick<Batch, "pads" | "columns">,
  value: number,
): void {
  const axis = axes.findIndex((name) => name === "position" || name === "query");
  const outer = product(shape.slice(1, axis));
  const block = data.length / (pads.length * outer);
  const inner = block / columns;
  pads.forEach((pad, row) => {
    for (let i = 0; i < outer; i++) {
      const start = (row * outer + i) * block;
      data.fill(value, start, start + pad * inner);
    }
  });
}
