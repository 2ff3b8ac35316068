import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { resolveSelection, type Selection, Tensor } from "../base/tensor.ts";
import { scaledTo } from "../base/vectors.ts";
import type { Input } from "../model/plan/batch.ts";
import type { AffineEdit } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions, selection, watch } from "../base/options.ts";
import { startTaps } from "../model/plan/start.ts";
import { nextToken } from "../model/next_token.ts";

/** A vector to steer with: one for all, or one for each layer and row. */
export type SteeringVector =
  | ArrayLike<number>
  | ((layer: number, row: number) => ArrayLike<number>);

/** What a sweep of scales steers, and how it reads what the model says. */
export interface ScaleSweepOptions extends Watch {
  /** Lengths of what is added; 0 is measured too. */
  readonly scales: readonly number[];
  /** Layers after which the vector is added; all by default. */
  readonly layers?: Selection;
  /** Tokens by what they say, such as `{ right: […], wrong: […] }`. */
  readonly classes: Readonly<Record<string, readonly number[]>>;
}

const sweepSchema = z.strictObject({
  ...watch,
  scales: z.array(z.number("to be a finite number"), "to be a list of numbers"),
  layers: selection.optional(),
  classes: anything,
});

/**
 * Steers each prompt at its last token, with several vectors and scales, and returns what the model says next, as a table:
 * `series` (the vector's name), `scale`, `row`, `token` (the most probable one), `said` (its class, or `other`), and the
 * probability of each class as `p(class)`.
 *
 * The layers before the first that is steered, and all tokens but the last, are run once; every scale starts from what they left.
 *
 * @throws CircuitbookError when a vector has another size than the residual stream, is zero or not finite.
 *
 * @example
 * ```ts
 * import { loadModel, steering } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [right, wrong] = ["this", "not"].map((word) => [model.tokenizer.idOf(word)]);
 * const vector = new Float32Array(192).fill(1);
 * const table = await steering.sweepScales(model, ["11 + 5 = 16 ("], { ones: vector }, { scales: [10], classes: { right, wrong } });
 * assertEquals(table.getColumn("scale").toArray(), [0, 10]);
 * ```
 */
export async function sweepScales(
  model: Model,
  input: Input,
  vectors: Readonly<Record<string, SteeringVector>>,
  options: ScaleSweepOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, sweepSchema, "sweepScales");
  const { scales, layers = {}, classes, signal } = options;
  const rows = model.tokens(input);
  const steered = resolveSelection(layers, model.architecture.layers, "layer");
  if (!steered.length) {
    throw new CircuitbookError("Expected at least one layer to steer but found none.");
  }
  const at = `blocks.${Math.min(...steered)}.hook_resid_pre`;
  const base = await model.run(rows, {
    tap: startTaps(model.architecture, at, { past: true }),
    logits: [-1],
    signal,
  });
  const start = { from: base, at, position: -1 };
  const read = readerOf(model, classes);
  const unsteered = read(base.logits);
  const records: Record<string, unknown>[] = [];
  const others = scales.filter((scale) => scale !== 0);
  const meter = new Meter("steer", Object.keys(vectors).length * others.length, "scales", options);
  try {
    for (const [series, vector] of Object.entries(vectors)) {
      records.push(...unsteered.map((said, row) => ({ series, scale: 0, row, ...said })));
      const directions = steered.map((layer) =>
        [layer, directionsOf(vector, layer, rows.length, model)] as const
      );
      for (const scale of others) {
        const edit = directions.map(([layer, vectors]) => shiftAtEnd(layer, vectors, scale));
        const { logits } = await model.run(rows, { start, edit, logits: [-1], signal });
        records.push(...read(logits).map((said, row) => ({ series, scale, row, ...said })));
        await meter.advance(1);
      }
    }
  } finally {
    meter.end();
  }
  return pl.DataFrame(records);
}

/** Unit vectors [batch, position 1, d_model]. */
function directionsOf(
  vector: SteeringVector,
  layer: number,
  rows: number,
  { architecture: { dModel } }: Model,
): Tensor {
  const data = new Float32Array(rows * dModel);
  for (let row = 0; row < rows; row++) {
    data.set(
      scaledTo(typeof vector === "function" ? vector(layer, row) : vector, 1, dModel),
      row * dModel,
    );
  }
  return new Tensor(data, { batch: rows, position: 1, d_model: dModel });
}

function shiftAtEnd(layer: number, { data, sizes }: Tensor, scale: number): AffineEdit {
  const shift = new Tensor(Float32Array.from(data, (value) => value * scale), sizes);
  return { at: `blocks.${layer}.hook_resid_post`, positions: [-1], shift };
}

/** Reads logits [batch, position 1, vocab]: the top token of each row, and the probability of each class. */
function readerOf({ tokenizer }: Model, classes: Readonly<Record<string, readonly number[]>>) {
  return (logits: Tensor): Record<string, unknown>[] => {
    const vocab = logits.size("vocab");
    return Array.from({ length: logits.size("batch") }, (_, row) => {
      const own = logits.data.subarray(row * vocab, (row + 1) * vocab) as Float32Array;
      const { top, probability } = nextToken(own);
      const mass = (ids: readonly number[]) => ids.reduce((sum, id) => sum + probability(id), 0);
      const said = Object.entries(classes).find(([, ids]) => ids.includes(top))?.[0] ?? "other";
      const masses = Object.entries(classes).map(([name, ids]) => [`p(${name})`, mass(ids)]);
      return { token: tokenizer.pieces([top])[0], said, ...Object.fromEntries(masses) };
    });
  };
}
