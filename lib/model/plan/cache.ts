import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";

/**
 * The activations that a run returned, by hook point.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const cache = await model.run("11 + 5 = 16", { tap: "blocks.*.hook_resid_post", positions: [-1] });
 * assertEquals(cache.layers("blocks.*.hook_resid_post").axes, ["layer", "batch", "position", "d_model"]);
 * ```
 */
export class Cache {
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor(
    tensors: ReadonlyMap<string, Tensor>,
    /** The tokens of each row, without padding. */
    readonly tokens: readonly (readonly number[])[],
    /** Padding on the left of each row, where the position axis is that of the whole batch. */
    readonly pads: readonly number[],
  ) {
    this.#tensors = tensors;
  }

  /** The hook points in the cache. */
  get names(): string[] {
    return [...this.#tensors.keys()];
  }

  /** The activation at a hook point. @throws CircuitbookError when it was not tapped. */
  get(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (tensor) return tensor;
    const nearest = nearestNames(name, this.names).join(", ") || "none was";
    throw new CircuitbookError(
      `Expected a tapped hook point but found "${name}"; tapped and nearest: ${nearest}. Add it to tap.`,
    );
  }

  /** The logits [batch, position, vocab]. @throws CircuitbookError when they were not asked for. */
  get logits(): Tensor {
    return this.get("logits");
  }

  /** The activations of one point in every layer, stacked along a first axis `layer`; `*` stands for the layer. */
  layers(glob: string): Tensor {
    const [before, after] = glob.split("*");
    const names = this.names.filter((name) =>
      name.startsWith(before) && name.endsWith(after ?? "") &&
      /^\d+$/.test(name.slice(before.length, name.length - (after ?? "").length))
    );
    if (!names.length) {
      throw new CircuitbookError(
        `Expected tapped hook points like "${glob}" but found none; tapped: ${
          this.names.join(", ") || "nothing"
        }.`,
      );
    }
    return Tensor.stack(names.map((name) => this.get(name)), "layer");
  }

  /** The cache of one row alone, without its padding. */
  row(row: number): Cache {
    const pad = this.pads[row];
    const stripped = [...this.#tensors].map(([name, tensor]) => {
      if (!tensor.axes.includes("batch")) {
        throw new CircuitbookError(
          `Expected a batch axis at "${name}" but found ${tensor.describe()}.`,
        );
      }
      const sequence = ["position", "query", "key"].filter((axis) =>
        tensor.axes.includes(axis) && tensor.size(axis) === pad + this.tokens[row].length
      );
      const selections = Object.fromEntries(sequence.map((axis) => [axis, { from: pad }]));
      return [name, tensor.slice({ batch: [row], ...selections })] as const;
    });
    return new Cache(new Map(stripped), [this.tokens[row]], [0]);
  }
}
