import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { checkOptions, selection, watch } from "../base/options.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { resolveSelection, type Selection, Tensor } from "../base/tensor.ts";
import { scaledTo } from "../base/vectors.ts";
import { classOf, type TokenClasses, tokenClasses } from "../lens/token_classes.ts";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { nextToken } from "../model/next_token.ts";
import type { Input } from "../model/plan/batch.ts";
import type { AffineEdit } from "../model/plan/edit.ts";
import { startTaps } from "../model/plan/start.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { shiftOfRows, type SteeringVector, vectorAt } from "./steering_vector.ts";
import { pointAt } from "../model/plan/hook_points.ts";

/** The options of {@link sweepScales}. */
export interface ScaleSweepOptions extends Watch {
  /**
   * The lengths (L2 norms) of the vector that is added, in units of the residual stream; a negative
   * scale adds the opposite. Scale 0, the unsteered model, is always part of the table.
   */
  readonly scales: readonly number[];
  /** The layers after which the vector is added, all at once. Default: all. */
  readonly layers?: Selection;
  /** Token ids by what they say, such as `{ right: […], wrong: […] }`. */
  readonly classes: TokenClasses;
}

/** The prediction of the next token under one vector and scale. */
export interface SteeredPrediction extends Record<`p(${string})`, number> {
  /** The name of the vector. */
  series: string;
  /** The length of what was added, in units of the residual stream; 0 is the unsteered model. */
  scale: number;
  /** The index of the prompt. */
  row: number;
  /** The most probable token. */
  token: string;
  /** The class of the most probable token, or `other`. */
  said: string;
}

const sweepSchema = z.strictObject({
  ...watch,
  scales: z.array(z.number("to be a finite number"), "to be a list of numbers"),
  layers: selection.optional(),
  classes: tokenClasses,
});

/**
 * Steers the model at the last token of each prompt with several vectors and scales, and returns
 * its predictions of the next token.
 *
 * Every vector is normalised and multiplied by the scale, as {@link steer} does.
 *
 * The layers before the first steered one, and all tokens but the last, are run once; every scale
 * starts from there.
 *
 * @param model the model that is steered.
 * @param input the prompts.
 * @param vectors the vectors by name.
 * @param options the scales, layers and classes of tokens.
 * @returns a table with one row for each vector, scale and prompt, with the probability of each
 * class as `p(class)`.
 * @throws CircuitbookError if a vector does not have d_model numbers, is zero or is not finite, or
 * no layer is chosen. Throws InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [right, wrong] = ["this", "not"].map((word) => [model.tokenizer.idOf(word)]);
 * const ones = new Float32Array(192).fill(1);
 * const options = { scales: [10], classes: { right, wrong } };
 * const table = await steering.sweepScales(model, ["11 + 5 = 16 ("], { ones }, options);
 * assertEquals(table.getColumn("scale").toArray(), [0, 10]);
 * ```
 */
export async function sweepScales(
  model: Model,
  input: Input,
  vectors: Readonly<Record<string, SteeringVector>>,
  options: ScaleSweepOptions,
): Promise<TableOf<SteeredPrediction>> {
  checkArguments("sweepScales", {
    model: [model, aModel],
    vectors: [vectors, is.recordOf(is.either(is.callable, is.numbers))],
  });
  checkOptions(options, sweepSchema, "sweepScales");
  const { layers = {}, classes, signal } = options;
  const scales = options.scales.filter((scale) => scale !== 0);
  const rows = model.tokens(input);
  const steered = resolveSelection(layers, model.architecture.layers, "layer");
  if (!steered.length) {
    throw new CircuitbookError(
      "Expected at least one layer to steer but found an empty selection; set layers.",
    );
  }
  const at = pointAt.residPre(Math.min(...steered));
  const base = await model.run(rows, {
    tap: startTaps(model.architecture, at, { past: true }),
    logits: [-1],
    signal,
  });
  const start = { from: base, at, position: -1 };
  const unsteered = predictions(model, base.logits, classes);
  const table: SteeredPrediction[] = [];
  const meter = new Meter("steer", Object.keys(vectors).length * scales.length, "scales", options);
  try {
    for (const [series, vector] of Object.entries(vectors)) {
      table.push(...unsteered.map((said, row) => ({ series, scale: 0, row, ...said })));
      const directions = steered.map((layer) =>
        [layer, directionsOf(vector, layer, rows.length, model)] as const
      );
      for (const scale of scales) {
        const edit = directions.map(([layer, own]) => shiftAtEnd(layer, own, scale));
        const { logits } = await model.run(rows, { start, edit, logits: [-1], signal });
        const found = predictions(model, logits, classes);
        table.push(...found.map((said, row) => ({ series, scale, row, ...said })));
        await meter.advance(1);
      }
    }
  } finally {
    meter.end();
  }
  return tableOf(table);
}

/** Returns the vector of each row at length 1, [batch, position 1, d_model]. */
function directionsOf(
  vector: SteeringVector,
  layer: number,
  rows: number,
  { architecture: { dModel } }: Model,
): Tensor {
  return shiftOfRows(rows, dModel, (row) => scaledTo(vectorAt(vector, layer, row), 1, dModel));
}

function shiftAtEnd(layer: number, { data, sizes }: Tensor, scale: number): AffineEdit {
  const shift = new Tensor(Float32Array.from(data, (value) => value * scale), sizes);
  return { at: pointAt.residPost(layer), positions: [-1], shift };
}

/** Returns the prediction that logits [batch, position 1, vocab] make for each row. */
function predictions(
  { tokenizer }: Model,
  logits: Tensor,
  classes: TokenClasses,
): Omit<SteeredPrediction, "series" | "scale" | "row">[] {
  const vocab = logits.size("vocab");
  return Array.from({ length: logits.size("batch") }, (_, row) => {
    const own = logits.data.subarray(row * vocab, (row + 1) * vocab) as Float32Array;
    const { top, probability } = nextToken(own);
    const masses = Object.entries(classes).map(([name, ids]) => [
      `p(${name})`,
      ids.reduce((sum, id) => sum + probability(id), 0),
    ]);
    return {
      token: tokenizer.pieces([top])[0],
      said: classOf(classes, top),
      ...Object.fromEntries(masses),
    };
  });
}
