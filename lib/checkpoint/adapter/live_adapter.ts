import { createHash } from "node:crypto";
import { CircuitbookError } from "../../base/errors.ts";
import type { Checkpoint, LiveAdapter } from "../checkpoint.ts";
import { hashOfHashes } from "../file_stamp.ts";
import { addProduct } from "./product.ts";

/**
 * Returns a checkpoint whose weights are those of a base model plus the products of an adapter in
 * memory. The checkpoint reads merged weights; a run adds the products to the weights of the base.
 *
 * @param adapter the base model, and the matrices; the map of matrices is read again at every run.
 * @param transposed whether the weights are stored [in, out], as those of GPT-2 are.
 * @throws CircuitbookError if the adapter changes a weight that the base does not have.
 */
export function withLiveAdapter(adapter: LiveAdapter, transposed: boolean): Checkpoint {
  const { base, weights, products } = adapter;
  for (const name of products.keys()) {
    if (base.tensors.has(name)) continue;
    throw new CircuitbookError(`Expected a weight of ${base.folder} but found "${name}".`);
  }
  return {
    ...base,
    adapter,
    read: async (name, rows) => {
      const weight = await base.read(name, rows);
      const product = products.get(name);
      if (!product) return weight;
      const { a, b, scaling } = product;
      const [rank] = adapter.shapes.get(a)!;
      const [count] = base.tensors.get(name)!.shape;
      const { from, to } = rows ?? { from: 0, to: count };
      const pair = { a: weights.get(a)!, b: weights.get(b)!, rank, scaling, transposed };
      addProduct(weight, pair, { from, to, count });
      return weight;
    },
    hash: async () => {
      const hash = createHash("sha256");
      for (const name of [...weights.keys()].sort()) {
        hash.update(new Uint8Array(weights.get(name)!.buffer));
      }
      return hashOfHashes([await base.hash(), hash.digest("hex")]);
    },
  };
}
