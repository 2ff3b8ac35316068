import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { normal, seededRandom } from "../base/random.ts";
import { Tensor } from "../base/tensor.ts";
import { readSafetensorsHeader } from "../checkpoint/safetensors/header.ts";
import type { TensorEntry } from "../checkpoint/safetensors/stored_tensor.ts";
import { readWeight } from "../checkpoint/safetensors/weight.ts";
import { writeSafetensors } from "../checkpoint/safetensors/write.ts";
import { Cache } from "../model/plan/cache.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, wholeNumber } from "../base/options.ts";
import { difference } from "../base/vectors.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { carry } from "./carry.ts";
import { identity, normOf } from "./matrices.ts";
import { pointAt } from "../model/plan/hook_points.ts";

const corpusSchema = z.object({
  model: z.string(),
  texts: z.number(),
  positions: z.number(),
  directions: z.number(),
  skip: z.number(),
  maxTokens: z.number(),
  errors: z.array(z.number().nullable()),
  untilError: z.number().optional(),
});

/** The texts that Jacobians were averaged over, and the standard errors. */
export interface JacobianCorpus {
  /** The name of the model. */
  readonly model: string;
  /** The number of texts that were read: all that were long enough, or the first of them. */
  readonly texts: number;
  /** The number of positions of these texts that were averaged over. */
  readonly positions: number;
  /** The number of coordinates that were differentiated for each text. */
  readonly directions: number;
  /** The number of positions at the start of each text that were left out. */
  readonly skip: number;
  /** The number of tokens after which each text was cut off. */
  readonly maxTokens: number;
  /**
   * The norm of the standard error over texts of each matrix, as a share of the norm of the matrix;
   * null if a row has only one text.
   */
  readonly errors: readonly (number | null)[];
  /**
   * The error until which texts were read, if the call named one. If the texts ran out first, an
   * entry of `errors` is larger, or null.
   */
  readonly untilError?: number;
}

/** The size of the Jacobian of one layer. */
export interface JacobianSummary {
  /** The layer, from 0. */
  layer: number;
  /** The root mean square of the singular values. */
  gain: number;
  /** The mean of the diagonal. */
  identity: number;
  /**
   * The norm of the matrix minus the identity, as a share of the norm of the matrix: how far the
   * Jacobian lens is from the logit lens.
   */
  distance: number;
  /** The relative standard error over texts; NaN if unknown. */
  error: number;
}

/**
 * The averaged Jacobians of a model: for each layer a matrix [output, input] of d_model by d_model
 * that says how the residual stream after the last layer depends on the stream after this layer.
 * The matrix of the last layer is the identity. Returned by {@link jacobian}.
 *
 * @example
 * ```ts
 * import { lens, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const text = "User: Using the numbers [11, 5, 68], create an equation that equals 62.";
 * const jacobians = await lens.jacobian(model, [text, `${text} Let`], { directions: 96 });
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * await jacobians.save(path);
 * assertEquals((await lens.Jacobians.load(path)).corpus, jacobians.corpus);
 * await Deno.remove(path);
 * ```
 */
export class Jacobians {
  /**
   * Creates Jacobians from matrices.
   *
   * @param matrices [output, input] for each layer of the model.
   * @param corpus the texts that the matrices were averaged over.
   * @throws CircuitbookError if a matrix is not square, has another size than the first, or is not
   * finite, or there is no standard error for each matrix.
   */
  constructor(
    /** [output, input] for each layer. */
    readonly matrices: readonly Tensor[],
    /** The texts that the matrices were averaged over. */
    readonly corpus: JacobianCorpus,
  ) {
    checkMatrices(matrices);
    if (corpus.errors.length === matrices.length) return;
    throw new CircuitbookError(
      `Expected ${matrices.length} errors, one by layer, but found ${corpus.errors.length}.`,
    );
  }

  /** The number of layers. */
  get layers(): number {
    return this.matrices.length;
  }

  /**
   * Returns the residual streams of a run carried to the last layer: J_layer · h_layer for each
   * tapped `hook_resid_post`. The logit lens and other readers take the result like the run itself.
   *
   * @param model the model of the run.
   * @param cache a run with `hook_resid_post` of some layers tapped.
   * @returns a cache with the tapped streams under their own names.
   * @throws CircuitbookError if no residual stream was tapped, or the matrices are of another
   * model. To compare with the matrices of another model, rename them:
   * `new lens.Jacobians(matrices, { ...corpus, model: model.name })`.
   */
  async carry(model: Model, cache: Cache): Promise<Cache> {
    const { layers, dModel } = model.architecture;
    const [{ shape: [size] }] = this.matrices;
    if (layers !== this.layers || dModel !== size) {
      throw new CircuitbookError(
        `Expected Jacobians of ${layers} layers and d_model ${dModel}, as ${model.name} has, but found ${this.layers} and ${size}.`,
      );
    }
    if (lastPart(this.corpus.model) !== lastPart(model.name)) {
      throw new CircuitbookError(
        `Expected Jacobians of ${model.name} but found those of ${this.corpus.model}; average them over this model.`,
      );
    }
    return await carry(model, cache, this.matrices);
  }

  /**
   * Returns how large the matrix of each layer is, how far from the identity, and how uncertain.
   *
   * @returns a table with one row for each layer.
   */
  summary(): TableOf<JacobianSummary> {
    return tableOf(this.matrices.map((matrix, layer) => {
      const size = matrix.shape[0];
      const norm = normOf(matrix.data);
      let trace = 0;
      for (let i = 0; i < size; i++) trace += matrix.data[i * size + i];
      return {
        layer,
        gain: norm / Math.sqrt(size),
        identity: trace / size,
        distance: normOf(difference(matrix.data, identity(size).data)) / norm,
        error: this.corpus.errors[layer] ?? NaN,
      };
    }));
  }

  /**
   * Returns random matrices as a control: in each layer the identity plus normal noise, with the
   * same distance from the identity as the Jacobian.
   *
   * @param options the seed. Default 0.
   * @returns Jacobians with the facts about the texts of these.
   */
  random(options: { readonly seed?: number } = {}): Jacobians {
    checkOptions(options, z.strictObject({ seed: wholeNumber.optional() }), "Jacobians.random");
    const random = seededRandom(options.seed ?? 0);
    const matrices = this.matrices.map((matrix) => {
      const one = identity(matrix.shape[0]);
      const noise = one.data.map(() => normal(random));
      const factor = normOf(difference(matrix.data, one.data)) / normOf(noise);
      return new Tensor(one.data.map((value, i) => value + factor * noise[i]), one.sizes);
    });
    return new Jacobians(matrices, this.corpus);
  }

  /**
   * Writes the matrices (f32, under the names of the hook points) and the facts about the texts to
   * a safetensors file.
   *
   * @param path the file.
   */
  async save(path: string): Promise<void> {
    const tensors = Object.fromEntries(
      this.matrices.map((matrix, layer) => [pointAt.residPost(layer), matrix]),
    );
    await writeSafetensors(path, tensors, { jacobians: JSON.stringify(this.corpus) });
  }

  /**
   * Reads Jacobians from a file that {@link save} wrote.
   *
   * @param path the file.
   * @returns the Jacobians.
   * @throws CircuitbookError if the file does not exist, or holds something else.
   */
  static async load(path: string): Promise<Jacobians> {
    const { tensors, metadata } = await readSafetensorsHeader(path);
    const names = Array.from({ length: tensors.size }, (_, layer) => pointAt.residPost(layer));
    if (!metadata.jacobians || names.some((name) => !tensors.has(name))) {
      throw new CircuitbookError(
        `Expected Jacobians in ${path} but found ${[...tensors.keys()].slice(0, 3).join(", ")}.`,
      );
    }
    const matrices = await Promise.all(names.map(async (name) => {
      const { shape: [output, input = 1] } = tensors.get(name)!;
      return new Tensor(await readWeight(tensors.get(name) as TensorEntry), { output, input });
    }));
    return new Jacobians(matrices, corpusOf(metadata.jacobians, path));
  }
}

function checkMatrices(matrices: readonly Tensor[]): void {
  if (!matrices.length) {
    throw new CircuitbookError(
      "Expected a matrix for each layer but found an empty list; give the matrices in the order of the layers.",
    );
  }
  const size = matrices[0].shape[0];
  matrices.forEach((matrix, layer) => {
    if (matrix.shape.join() !== `${size},${size}`) {
      throw new CircuitbookError(
        `Expected a matrix of ${size} by ${size} for layer ${layer} but found ${matrix.describe()}.`,
      );
    }
    const bad = matrix.data.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return;
    throw new CircuitbookError(
      `Expected finite numbers in the matrix of layer ${layer} but found ${matrix.data[bad]}.`,
    );
  });
}

/** Returns the last part of a path: the same model may lie in several folders. */
function lastPart(name: string): string {
  return name.split(/[\\/]/).filter(Boolean).at(-1) ?? name;
}

/** Returns the facts about the texts that were saved with the matrices. */
function corpusOf(text: string, path: string): JacobianCorpus {
  try {
    return corpusSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CircuitbookError(
      `Expected the facts about the corpus of Jacobians in ${path} but found others.`,
      {
        cause,
      },
    );
  }
}
