import pl from "nodejs-polars";
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
import { carried } from "./carried.ts";

const corpusSchema = z.object({
  model: z.string(),
  texts: z.number(),
  positions: z.number(),
  directions: z.number(),
  skip: z.number(),
  maxTokens: z.number(),
  errors: z.array(z.number().nullable()),
});

/** What Jacobians were averaged over. */
export interface JacobianCorpus {
  /** The model's name. */
  readonly model: string;
  /** Texts that counted: those long enough. */
  readonly texts: number;
  /** Source positions in all of them. */
  readonly positions: number;
  /** Output coordinates that each text was differentiated by. */
  readonly directions: number;
  /** First positions of each text that are left out, and the most tokens that are read of it. */
  readonly skip: number;
  readonly maxTokens: number;
  /** By layer, the standard error of the average over texts: its norm, as a share of the matrix's own norm; null where rows are of one text. */
  readonly errors: readonly (number | null)[];
}

/**
 * Averaged Jacobians of a model, a matrix [output, input] of d_model for each layer: how the residual stream after the last layer
 * depends on that after this one. That of the last layer is the identity. Made by {@link jacobian}.
 *
 * @throws CircuitbookError when a matrix is not square, of another size than the first, or not finite.
 *
 * @example
 * ```ts
 * import { lens, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const texts = "User: Using the numbers [11, 5, 68], create an equation that equals 62.";
 * const jacobians = await lens.jacobian(model, [texts, `${texts} Let`], { directions: 96 });
 * const path = await Deno.makeTempFile({ suffix: ".safetensors" });
 * await jacobians.save(path);
 * assertEquals((await lens.Jacobians.load(path)).corpus, jacobians.corpus);
 * await Deno.remove(path);
 * ```
 */
export class Jacobians {
  constructor(
    /** By layer, [output, input]. */
    readonly matrices: readonly Tensor[],
    readonly corpus: JacobianCorpus,
  ) {
    checkMatrices(matrices);
    if (corpus.errors.length === matrices.length) return;
    throw new CircuitbookError(
      `Expected ${matrices.length} errors, one by layer, but found ${corpus.errors.length}.`,
    );
  }

  /** How many layers the model has. */
  get layers(): number {
    return this.matrices.length;
  }

  /**
   * The residual streams of a run as the last layer would have them: J_l h_l for each tapped `hook_resid_post`. What comes back is
   * read like the cache itself, by the logit lens, by classes, position by position.
   *
   * @throws CircuitbookError when no residual stream was tapped, or the matrices are of another model (as a comparison, give them
   * its name: `new lens.Jacobians(matrices, { ...corpus, model: model.name })`).
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
    return await carried(model, cache, this.matrices);
  }

  /** The matrices of each layer as a table: `layer`, `gain` (root mean square of the singular values), `identity` (mean of the diagonal), `error`. */
  summary(): pl.DataFrame {
    return pl.DataFrame(this.matrices.map((matrix, layer) => {
      const size = matrix.shape[0];
      const gain = normOf(matrix) / Math.sqrt(size);
      let trace = 0;
      for (let i = 0; i < size; i++) trace += matrix.data[i * size + i];
      return { layer, gain, identity: trace / size, error: this.corpus.errors[layer] ?? NaN };
    }));
  }

  /**
   * Random matrices to compare with: the identity plus normal noise, in each layer as large as what the Jacobian is beside the
   * identity.
   */
  random(options: { readonly seed?: number } = {}): Jacobians {
    checkOptions(options, z.strictObject({ seed: wholeNumber.optional() }), "Jacobians.random");
    const random = seededRandom(options.seed ?? 0);
    const matrices = this.matrices.map((matrix) => {
      const one = identity(matrix.shape[0]);
      const size = normOf(differenceOf(matrix, one));
      const noise = new Tensor(one.data.map(() => normal(random)), one.sizes);
      const scale = size / normOf(noise);
      return new Tensor(one.data.map((value, i) => value + scale * noise.data[i]), one.sizes);
    });
    return new Jacobians(matrices, this.corpus);
  }

  /** Writes the matrices (f32, by the name of the hook point) and the facts about the corpus to a safetensors file. */
  async save(path: string): Promise<void> {
    const tensors = Object.fromEntries(
      this.matrices.map((matrix, layer) => [pointOf(layer), matrix]),
    );
    await writeSafetensors(path, tensors, { jacobians: JSON.stringify(this.corpus) });
  }

  /** What was saved. @throws CircuitbookError when the file is missing, or holds something else. */
  static async load(path: string): Promise<Jacobians> {
    const { tensors, metadata } = await readSafetensorsHeader(path);
    const names = Array.from({ length: tensors.size }, (_, layer) => pointOf(layer));
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
    throw new CircuitbookError("Expected a matrix for each layer but found none.");
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

/** A model has one name in several folders. */
function lastPart(name: string): string {
  return name.split(/[\\/]/).filter(Boolean).at(-1) ?? name;
}

/** The facts that were saved beside the matrices. */
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

/** The hook point of the residual stream after a layer. */
export function pointOf(layer: number): string {
  return `blocks.${layer}.hook_resid_post`;
}

/** The identity [output, input]. */
export function identity(size: number): Tensor {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = 1;
  return new Tensor(data, { output: size, input: size });
}

/** The Frobenius norm. */
export function normOf({ data }: Tensor): number {
  let sum = 0;
  for (const value of data) sum += value * value;
  return Math.sqrt(sum);
}

function differenceOf(a: Tensor, b: Tensor): Tensor {
  return new Tensor(a.data.map((value, i) => value - b.data[i]), a.sizes);
}
