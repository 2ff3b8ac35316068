import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, throwIfStopped, type Watch } from "../base/progress.ts";
import { seededRandom, shuffle } from "../base/random.ts";
import { Tensor } from "../base/tensor.ts";
import type { Input } from "../model/plan/batch.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions, watch, wholeNumber } from "../base/options.ts";
import { Jacobians, pointOf } from "./jacobians.ts";
import { type LensTables, logitLens, type LogitLensOptions } from "./logit_lens.ts";
import { RowMeans } from "./row_means.ts";

/** What Jacobians are averaged over. */
export interface JacobianOptions extends Watch {
  /**
   * How many output coordinates each text is differentiated by; a pass and its reverse for each. All by default. Fewer are dealt out
   * to the texts in random order, as many to each: every row of the matrices is then an average over a part of the texts, which is as
   * right on average, and `errors` tells how far off it may be.
   */
  readonly directions?: number;
  /** The first positions of each text, which are left out: there a model behaves in ways of its own. Default 16. */
  readonly skip?: number;
  /** Each text is read up to so many tokens. Default 128. */
  readonly maxTokens?: number;
  /** Seeds how coordinates are dealt out. Default 0. */
  readonly seed?: number;
  /** Whether activations are kept for the reverse pass, or computed again layer by layer, which takes less memory. Default "keep". */
  readonly activations?: "keep" | "recompute";
}

const jacobianSchema = z.strictObject({
  ...watch,
  directions: atLeastOne.optional(),
  maxTokens: atLeastOne.optional(),
  seed: wholeNumber.optional(),
  skip: wholeNumber.min(0, "to be at least 0").optional(),
  activations: z.enum(["keep", "recompute"], 'to be "keep" or "recompute"').optional(),
});

/** Bytes of gradients that are held at a time. */
const HELD_BYTES = 256e6;

/**
 * Averaged Jacobians of the last residual stream by that after each layer: the mean over texts, and over the positions t of a text,
 * of the sum over positions t' ≥ t of d h_final,t' / d h_layer,t. Positions are those from `skip` to the last but one.
 *
 * Gurnee et al., Verbalizable Representations Form a Global Workspace in Language Models (Transformer Circuits Thread, 2026).
 *
 * @param input texts; those too short to have a position are left out.
 * @throws CircuitbookError when all are too short, the model has one layer, or there are too few directions for every row of the
 * matrices; InterruptedError when stopped.
 *
 * @example
 * ```ts
 * import { lens, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const text = "User: Using the numbers [11, 5, 68], create an equation that equals 62.";
 * const { matrices, corpus } = await lens.jacobian(model, text, { maxTokens: 20 });
 * assertEquals([matrices.length, matrices[0].sizes, corpus.positions], [8, { output: 192, input: 192 }, 3]);
 * ```
 */
export async function jacobian(
  model: Model,
  input: Input,
  options: JacobianOptions = {},
): Promise<Jacobians> {
  checkOptions(options, jacobianSchema, "jacobian");
  const { layers, dModel } = model.architecture;
  const { skip = 16, maxTokens = 128, seed = 0 } = options;
  const { directions = dModel, activations, ...watched } = options;
  const rows = model.tokens(input).map((row) => row.slice(0, maxTokens)).filter(({ length }) =>
    length > skip + 1
  );
  checkPlenty(rows.length, directions, model, skip);
  const means = new RowMeans(layers - 1, dModel);
  const hands = dealt(rows.length, directions, dModel, seed);
  const meter = new Meter("average Jacobians", rows.length * directions, "passes", watched);
  throwIfStopped(watched.signal);
  try {
    for (const [index, row] of rows.entries()) {
      const bytes = 4 * dModel * (layers - 1) * row.length;
      const size = Math.max(1, Math.floor(HELD_BYTES / bytes));
      for (let first = 0; first < directions; first += size) {
        const hand = hands[index].slice(first, first + size);
        means.add(
          hand,
          await slopes(model, row, hand, { skip, activations, signal: watched.signal }),
        );
        await meter.advance(hand.length);
      }
    }
  } finally {
    meter.end();
  }
  const positions = rows.reduce((sum, { length }) => sum + length - 1 - skip, 0);
  const matrices = means.matrices();
  const errors = means.errors(matrices);
  const texts = rows.length;
  return new Jacobians(matrices, {
    model: model.name,
    texts,
    positions,
    directions,
    skip,
    maxTokens,
    errors,
  });
}

/**
 * The Jacobian lens: the residual stream after every layer, carried to the last one by averaged Jacobians, through the final norm and
 * the unembedding. The tables are those of {@link logitLens}, which it is where the Jacobians are the identity.
 *
 * Gurnee et al., Verbalizable Representations Form a Global Workspace in Language Models (Transformer Circuits Thread, 2026).
 *
 * @param cache a run with `blocks.*.hook_resid_post` tapped.
 * @throws CircuitbookError when no residual stream was tapped, or the Jacobians are of another model.
 *
 * @example
 * ```ts
 * import { lens, loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const text = "User: Using the numbers [11, 5, 68], create an equation that equals 62.";
 * const jacobians = await lens.jacobian(model, text, { maxTokens: 20 });
 * const cache = await model.run("11 + 5 =", { tap: "blocks.*.hook_resid_post", positions: [-1] });
 * const { top } = await lens.jacobianLens(model, cache, jacobians, { k: 5 });
 * assertEquals(top.height, 8 * 5);
 * ```
 */
export async function jacobianLens(
  model: Model,
  cache: Cache,
  jacobians: Jacobians,
  options: LogitLensOptions = {},
): Promise<LensTables> {
  return await logitLens(model, await jacobians.carry(model, cache), options);
}

/**
 * Slopes of some coordinates of the last residual stream, summed over positions, by the stream after each layer before it: [batch,
 * position, d_model], by layer.
 */
async function slopes(
  model: Model,
  row: readonly number[],
  coordinates: readonly number[],
  { skip, ...options }: { skip: number } & Pick<JacobianOptions, "activations" | "signal">,
): Promise<Tensor[]> {
  const { layers, dModel } = model.architecture;
  const positions = { from: skip, to: row.length - 1 };
  const score = new Tensor(new Float32Array(coordinates.length * dModel), {
    row: coordinates.length,
    d_model: dModel,
  });
  coordinates.forEach((coordinate, i) => score.data[i * dModel + coordinate] = 1);
  const earlier = Array.from({ length: layers - 1 }, (_, layer) => pointOf(layer));
  const { gradients } = await model.gradients(
    coordinates.map(() => row),
    { score, at: pointOf(layers - 1), positions },
    { ...options, at: earlier, positions, onProgress: () => {} },
  );
  return earlier.map((point) => gradients.get(point));
}

/** Coordinates for each of some texts: as many to each, and each coordinate as often, up to one. */
function dealt(texts: number, directions: number, dModel: number, seed: number): number[][] {
  const deck = shuffle(seededRandom(seed), Array.from({ length: dModel }, (_, i) => i));
  return Array.from(
    { length: texts },
    (_, text) =>
      Array.from({ length: directions }, (_, i) => deck[(text * directions + i) % dModel]),
  );
}

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
      } tokens but found none; give longer ones or set skip.`,
    );
  }
  if (directions > dModel || texts * directions < dModel) {
    throw new CircuitbookError(
      `Expected directions from ${
        Math.ceil(dModel / texts)
      } to ${dModel} (d_model), so that ${texts} texts cover all, but found ${directions}.`,
    );
  }
}
