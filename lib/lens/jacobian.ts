import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, throwIfStopped, type Watch } from "../base/progress.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import { Tensor } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { percent } from "../base/formats.ts";
import { Jacobians } from "./jacobians.ts";
import { RowMeans } from "./row_means.ts";
import { pointAt } from "../model/plan/hook_points.ts";

/** The options of {@link jacobian}. */
export interface JacobianOptions extends Watch {
  /**
   * How many coordinates of the last residual stream are differentiated for each text; each costs a
   * forward and a backward pass. With fewer than all, coordinates are dealt to the texts at random,
   * equally many to each: every row of the matrices is then the mean over some of the texts, which
   * is unbiased but has a larger standard error (`errors`). Default: all d_model.
   */
  readonly directions?: number;
  /**
   * How many positions at the start of each text are left out, since models treat the first
   * positions in a special way. Default 16.
   */
  readonly skip?: number;
  /** The number of tokens after which each text is cut off. Default 128. */
  readonly maxTokens?: number;
  /** The seed by which coordinates are dealt to texts. Default 0. */
  readonly seed?: number;
  /**
   * Whether activations are kept for the backward pass, or recomputed layer by layer, which needs
   * less memory. Default "keep".
   */
  readonly activations?: "keep" | "recompute";
  /**
   * Reads the texts in their order until the relative standard error of every layer's matrix is at
   * most this number, and leaves out the other texts. At least two texts are read, since one text
   * has no standard error. If the texts run out first, all of them are read, and some of the
   * result's `errors` are larger, or null. Reading stops at the
   * first text after which the estimated error is small enough, so that the true error is somewhat
   * larger on average.
   * Default: all texts are read.
   */
  readonly untilError?: number;
}

const jacobianSchema = z.strictObject({
  ...watch,
  directions: atLeastOne.optional(),
  maxTokens: atLeastOne.optional(),
  seed: wholeNumber.optional(),
  skip: wholeNumber.min(0, "to be at least 0").optional(),
  activations: z.enum(["keep", "recompute"], 'to be "keep" or "recompute"').optional(),
  untilError: z.number("to be a number above 0").positive("to be a number above 0").optional(),
});

/** The largest number of bytes of gradients that are held at a time. */
const HELD_BYTES = 256e6;

/**
 * Returns the averaged Jacobians of the last residual stream with respect to the stream after each
 * layer: the mean over texts, and over the positions t of each text, of the sum over positions t' ≥
 * t of ∂h_final,t' / ∂h_layer,t. Positions run from `skip` to the last but one.
 *
 * Gurnee et al., Verbalizable Representations Form a Global Workspace in Language Models
 * (Transformer Circuits Thread, 2026).
 *
 * @param model the model that is differentiated.
 * @param input texts; texts of at most `skip` + 1 tokens are left out.
 * @param options how many coordinates, positions and tokens are used, until which standard error
 * texts are read, and whether activations are kept.
 * @returns a matrix for each layer, with facts about the texts that were read.
 * @throws CircuitbookError if every text is too short, the model has one layer, or there are too
 * few directions for every row of the matrices. Throws InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { lens, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const text = "User: Using the numbers [11, 5, 68], create an equation that equals 62.";
 * const { matrices, corpus } = await lens.jacobian(model, text, { maxTokens: 20 });
 * assertEquals([matrices.length, corpus.positions], [8, 3]);
 * assertEquals(matrices[0].sizes, { output: 192, input: 192 });
 *
 * // Texts are read until the standard error of each matrix is at most half of the matrix.
 * const texts = [5, 7, 9, 12].map((n) => text.replace("11", String(n)));
 * const read = await lens.jacobian(model, texts, { maxTokens: 20, untilError: 0.5 });
 * assertEquals(read.corpus.texts, 2);
 * ```
 */
export async function jacobian(
  model: Model,
  input: Input,
  options: JacobianOptions = {},
): Promise<Jacobians> {
  checkArguments("jacobian", {
    model: [model, aModel],
    input: [input, is.either(is.text, is.numbers, is.list)],
  });

  checkOptions(options, jacobianSchema, "jacobian");
  const { layers, dModel } = model.architecture;
  const { skip = 16, maxTokens = 128, seed = 0 } = options;
  const { directions = dModel, activations, untilError, ...watched } = options;
  const rows = model.tokens(input).map((row) => row.slice(0, maxTokens)).filter(({ length }) =>
    length > skip + 1
  );
  checkPlenty(rows.length, directions, model, skip);
  const means = new RowMeans(layers - 1, dModel);
  const coordinates = dealt(rows.length, directions, dModel, seed);
  const meter = new Meter("average Jacobians", rows.length * directions, "passes", watched);
  let texts = 0;
  let expected = rows.length;
  let note: string | undefined;
  throwIfStopped(watched.signal);
  try {
    for (const [index, row] of rows.entries()) {
      const settings = { skip, activations, signal: watched.signal };
      let read = 0;
      for await (
        const { chosen, found } of slopesInParts(model, row, coordinates[index], settings)
      ) {
        means.add(chosen, found);
        read += chosen.length / directions;
        await meter.advance(chosen.length, note, (texts + read) / expected);
      }
      texts++;
      if (untilError === undefined) continue;
      const error = largestOf(means.errors(means.matrices()));
      if (error <= untilError) break;
      expected = expectedTexts(error, { untilError, read: texts, most: rows.length });
      note = Number.isFinite(error) ? `standard error ${percent(error)}` : undefined;
    }
  } finally {
    meter.end();
  }
  const positions = rows.slice(0, texts)
    .reduce((sum, { length }) => sum + length - 1 - skip, 0);
  const matrices = means.matrices();
  const errors = means.errors(matrices);
  return new Jacobians(matrices, {
    model: model.name,
    texts,
    positions,
    directions,
    skip,
    maxTokens,
    errors,
    ...untilError === undefined ? {} : { untilError },
  });
}

/** Returns the largest of some standard errors; Infinity if one is unknown. */
function largestOf(errors: readonly (number | null)[]): number {
  return Math.max(...errors.map((error) => error ?? Infinity));
}

/**
 * Returns how many texts will probably be read, for the progress bar: a standard error falls with
 * the square root of their number.
 *
 * @param error the largest standard error of the texts read so far.
 * @param options the error to reach, the number of texts read so far, and the number of all texts.
 */
function expectedTexts(
  error: number,
  { untilError, read, most }: { untilError: number; read: number; most: number },
): number {
  if (!Number.isFinite(error)) return most;
  return Math.min(most, Math.max(read + 1, Math.ceil(read * (error / untilError) ** 2)));
}

/** How the gradients of one text are computed. */
type SlopeOptions = { skip: number } & Pick<JacobianOptions, "activations" | "signal">;

/** Returns the slopes of a text, of as many coordinates at a time as memory is meant to hold. */
async function* slopesInParts(
  model: Model,
  row: readonly number[],
  coordinates: readonly number[],
  options: SlopeOptions,
): AsyncGenerator<{ chosen: readonly number[]; found: Tensor[] }> {
  const { layers, dModel } = model.architecture;
  const bytes = 4 * dModel * (layers - 1) * row.length;
  const size = Math.max(1, Math.floor(HELD_BYTES / bytes));
  for (let first = 0; first < coordinates.length; first += size) {
    const chosen = coordinates.slice(first, first + size);
    yield { chosen, found: await slopes(model, row, chosen, options) };
  }
}

/**
 * Returns, for each layer before the last, the gradients of some coordinates of the last residual
 * stream, summed over positions, with respect to the stream after that layer: [batch, position,
 * d_model], one batch row for each coordinate.
 */
async function slopes(
  model: Model,
  row: readonly number[],
  coordinates: readonly number[],
  { skip, ...options }: SlopeOptions,
): Promise<Tensor[]> {
  const { layers, dModel } = model.architecture;
  const positions = { from: skip, to: row.length - 1 };
  const score = new Tensor(new Float32Array(coordinates.length * dModel), {
    row: coordinates.length,
    d_model: dModel,
  });
  // The score of a row is its coordinate, summed over positions. Attention is causal, so the
  // gradient at position t is the sum over t' ≥ t: one backward pass for all pairs of positions.
  coordinates.forEach((coordinate, i) => score.data[i * dModel + coordinate] = 1);
  const earlier = Array.from({ length: layers - 1 }, (_, layer) => pointAt.residPost(layer));
  const { gradients } = await model.gradients(
    coordinates.map(() => row),
    { score, at: pointAt.residPost(layers - 1), positions },
    { ...options, at: earlier, positions, onProgress: () => {} },
  );
  return earlier.map((point) => gradients.get(point));
}

/**
 * Returns coordinates for each text: equally many for each text, and each coordinate equally often,
 * up to a difference of one.
 */
function dealt(texts: number, directions: number, dModel: number, seed: number): number[][] {
  const deck = shuffle(seededRandom(seed), Array.from({ length: dModel }, (_, i) => i));
  return Array.from(
    { length: texts },
    (_, text) =>
      Array.from({ length: directions }, (_, i) => deck[(text * directions + i) % dModel]),
  );
}

/**
 * Throws a CircuitbookError if the texts or directions do not suffice for every row of the
 * matrices.
 */
function checkPlenty(
  texts: number,
  directions: number,
  { architecture, name }: Model,
  skip: number,
): void {
  const { layers, dModel } = architecture;
  if (layers < 2) {
    throw new CircuitbookError(
      `Expected a model of at least two layers but ${name} has ${layers}.`,
    );
  }
  if (!texts) {
    throw new CircuitbookError(
      `Expected a text of more than ${
        skip + 1
      } tokens but found none; give longer texts, or a smaller skip.`,
    );
  }
  const least = Math.ceil(dModel / texts);
  if (directions > dModel || directions < least) {
    throw new CircuitbookError(
      `Expected directions from ${least} to ${dModel} (d_model), so that ${texts} texts cover all coordinates, ` +
        `but found ${directions}.`,
    );
  }
}
