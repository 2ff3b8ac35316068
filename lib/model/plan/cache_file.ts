import { Tensor } from "../../base/tensor.ts";
import type { WritableTensor } from "../../checkpoint/safetensors/write.ts";
import { product } from "../../base/lists.ts";

/** The number in `tokens` at positions of padding. */
const PADDING_TOKEN = -1;

/** The activations that go to a file; a `Cache` has them. */
export interface CacheContent {
  /** The names of the hook points. */
  readonly names: readonly string[];
  /** The token ids of each row, without padding. */
  readonly tokens: readonly (readonly number[])[];
  /** The padding on the left of each row, in tokens. */
  readonly pads: readonly number[];
  /** The names of the hook points that were tapped at chosen positions rather than at all. */
  readonly chosen: ReadonlySet<string>;
  /** Returns the activation at a hook point. */
  get(name: string): Tensor;
}

/** Returns the tensors of a file by name: the tokens, then each tapped hook point. */
export function tensorsOf(cache: CacheContent): Record<string, WritableTensor> {
  const tapped = cache.names.map((name) => {
    const tensor = cache.get(name);
    // Chosen positions hold no padding.
    return [name, cache.chosen.has(name) ? tensor : withoutPadding(tensor, cache.pads)] as const;
  });
  return { tokens: tokensOf(cache), ...Object.fromEntries(tapped) };
}

/** Returns the axes of each tensor of a file. */
export function axesOf(cache: CacheContent): Record<string, readonly string[]> {
  return {
    tokens: tokensOf(cache).axes,
    ...Object.fromEntries(cache.names.map((name) => [name, cache.get(name).axes])),
  };
}

/** Returns the token ids, [batch, position]. Rows are padded on the left. */
function tokensOf({ tokens }: CacheContent): Tensor<Int32Array> {
  const columns = Math.max(0, ...tokens.map(({ length }) => length));
  const data = new Int32Array(tokens.length * columns).fill(PADDING_TOKEN);
  tokens.forEach((row, r) => data.set(row, (r + 1) * columns - row.length));
  return new Tensor(data, { batch: tokens.length, position: columns });
}

/**
 * Returns an activation with NaN at the positions of padding, where the numbers of the run mean
 * nothing.
 */
function withoutPadding(tensor: Tensor, pads: readonly number[]): Tensor {
  if (pads.every((pad) => pad === 0)) return tensor;
  const { axes, shape, sizes } = tensor;
  const data = tensor.data.slice();
  const sequence = axes.indexOf(axes.includes("query") ? "query" : "position");
  const outer = product(shape.slice(1, sequence));
  const inner = product(shape.slice(sequence + 1));
  pads.forEach((pad, row) => {
    for (let block = 0; block < outer; block++) {
      const start = (row * outer + block) * shape[sequence] * inner;
      data.fill(NaN, start, start + pad * inner);
    }
  });
  return new Tensor(data, sizes);
}
