import { printsAsText } from "../../base/one_line.ts";
import { listed } from "../../base/shortened.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError, nearestNames } from "../../base/errors.ts";
import { resolveSelection, Tensor } from "../../base/tensor.ts";
import { writeSafetensors } from "../../checkpoint/safetensors/write.ts";
import { axesOf, tensorsOf } from "./cache_file.ts";
import { counted } from "../../base/formats.ts";

/**
 * The activations that a run returned, by hook point. {@link Model.run} makes it.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const cache = await model.run("11 + 5 = 16", {
 *   tap: "blocks.*.hook_resid_post",
 *   positions: [-1],
 * });
 * assertEquals(cache.layers("blocks.*.hook_resid_post").axes, [
 *   "layer",
 *   "batch",
 *   "position",
 *   "d_model",
 * ]);
 * ```
 */
export class Cache {
  readonly #tensors: ReadonlyMap<string, Tensor>;

  /**
   * Makes a cache.
   *
   * @param tensors the activations by the name of their hook point.
   * @param tokens the token ids of each row, without padding.
   * @param pads the padding on the left of each row, in tokens.
   * @param chosen the hook points that were tapped at chosen positions rather than at all. Default
   * none.
   */
  constructor(
    tensors: ReadonlyMap<string, Tensor>,
    /** The token ids of each row, without padding. */
    readonly tokens: readonly (readonly number[])[],
    /**
     * The padding on the left of each row, in tokens, where an activation was tapped at all
     * positions.
     */
    readonly pads: readonly number[],
    /** The names of the hook points that were tapped at chosen positions rather than at all. */
    readonly chosen: ReadonlySet<string> = new Set(),
  ) {
    this.#tensors = tensors;
  }

  /** The names of the hook points in the cache. */
  get names(): string[] {
    return [...this.#tensors.keys()];
  }

  /**
   * Returns the activation at a hook point.
   *
   * @param name the name of the hook point.
   * @returns a tensor with the axes of the hook point.
   * @throws CircuitbookError if the hook point was not tapped.
   */
  get(name: string): Tensor {
    checkArguments("get", { name: [name, is.text] });

    const tensor = this.#tensors.get(name);
    if (tensor) return tensor;
    const nearest = nearestNames(name, this.names).join(", ") || "none was";
    throw new CircuitbookError(
      `Expected a tapped hook point but found "${name}"; tapped and nearest: ${nearest}. Add it to tap.`,
    );
  }

  /**
   * The logits [batch, position, vocab].
   *
   * @throws CircuitbookError if the run returned none.
   */
  get logits(): Tensor {
    return this.get("logits");
  }

  /**
   * Returns the activations of one hook point in every layer that was tapped.
   *
   * @param glob the name of the hook point, with `*` for the layer.
   * @returns a tensor with the axes of the hook point, and `layer` before them: the tapped layers,
   * the first one first.
   * @throws CircuitbookError if no such hook point was tapped.
   */
  layers(glob: string): Tensor {
    checkArguments("layers", { glob: [glob, is.text] });

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
    const layerOf = (name: string) => Number.parseInt(name.slice(before.length));
    const byLayer = names.toSorted((a, b) => layerOf(a) - layerOf(b));
    return Tensor.stack(byLayer.map((name) => this.get(name)), "layer");
  }

  /**
   * Returns the activations of one row, without its padding.
   *
   * @param row the number of the row; −1 is the last row.
   * @returns a cache of one row.
   * @throws CircuitbookError if the row does not exist, or if an activation has no `batch` axis
   * because positions were listed for each row.
   */
  row(row: number): Cache {
    const [index] = resolveSelection(row, this.tokens.length, "row");
    const pad = this.pads[index];
    const stripped = [...this.#tensors].map(([name, tensor]) => {
      if (!tensor.axes.includes("batch")) {
        throw new CircuitbookError(
          `Expected a batch axis at "${name}" but found ${tensor.describe()}.`,
        );
      }
      // Chosen positions hold no padding; the keys of chosen queries do.
      const padded = this.chosen.has(name) ? ["key"] : ["position", "query", "key"];
      const sequence = padded.filter((axis) => tensor.axes.includes(axis));
      const selections = Object.fromEntries(sequence.map((axis) => [axis, { from: pad }]));
      return [name, tensor.slice({ batch: [index], ...selections })] as const;
    });
    return new Cache(new Map(stripped), [this.tokens[index]], [0], this.chosen);
  }

  /**
   * Writes the activations to a safetensors file, whole or not at all: a tensor for each hook point
   * under its name, and `tokens`, [batch, position]. Rows are padded on the left, with the token -1
   * and with NaN. The axes of every tensor stand in the file's metadata, as JSON under `axes`.
   * Python reads the file by `safetensors.numpy.load_file`.
   *
   * @param path the file; an older one is replaced. A relative path begins in the current folder,
   * in a cell the notebook's.
   * @throws CircuitbookError if the file cannot be written.
   *
   * @example
   * ```ts
   * import { checkpoints, loadModel } from "circuitbook";
   * import { assertEquals } from "@std/assert";
   *
   * const model = await loadModel("max-of-list");
   * const cache = await model.run([[1, 2, 3]], { tap: "blocks.*.hook_resid_post" });
   * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
   * await cache.save(path);
   * const { tensors } = await checkpoints.readSafetensorsHeader(path);
   * assertEquals([...tensors.keys()], ["tokens", "blocks.0.hook_resid_post"]);
   * ```
   */
  async save(path: string): Promise<void> {
    checkArguments("save", { path: [path, is.text] });

    await writeSafetensors(path, tensorsOf(this), { axes: JSON.stringify(axesOf(this)) });
  }

  /** Returns the cache in a line: the number of texts and the hook points with their axes. */
  toString(): string {
    const points = Map.groupBy(
      this.names,
      (name) => `${name.replace(/(?<=^blocks\.)\d+/, "*")} ${this.get(name).describe()}`,
    );
    const kinds = [...points].map(([kind, { length }]) =>
      length > 1 ? `${kind} × ${length}` : kind
    );
    return `Cache of ${counted(this.tokens.length, "text")}: ${listed(kinds)}`;
  }
}

printsAsText(Cache);
