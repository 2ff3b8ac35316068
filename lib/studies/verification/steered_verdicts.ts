import { CircuitbookError } from "../../base/errors.ts";
import { resolveSelection } from "../../base/tensor.ts";
import { scaledTo } from "../../base/vectors.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import type { Model } from "../../model/model.ts";
import type { Input } from "../../model/plan/batch.ts";
import type { AffineEdit } from "../../model/plan/edit.ts";
import { pointAt } from "../../model/plan/hook_points.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { shiftOfRows, type SteeringVector, vectorAt } from "../../steering/steering_vector.ts";
import {
  type ScaleSweepOptions,
  type SteeredPrediction,
  sweepScales,
} from "../../steering/sweep_scales.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { verdictAtStart } from "../../tasks/countdown/chains/verdict_at_start.ts";
import { hasDenial } from "../../tasks/countdown/chains/verdict_words.ts";

/** How many tokens of a verdict are read at most: `this does not work` has four. */
const VERDICT_TOKENS = 6;

/** The verdict that a model writes under one vector and scale. */
export interface SteeredVerdict {
  /** The name of the vector. */
  readonly series: string;
  /** The length of what was added, in units of the residual stream; 0 is the unsteered model. */
  readonly scale: number;
  /** The index of the prompt. */
  readonly row: number;
  /**
   * The words of the verdict if it begins with a token of the class `right`; otherwise its first
   * token.
   */
  readonly verdict: string;
  /**
   * The class of the first token, or `other`; or `taken back` if that token says right and the
   * verdict goes on with a word that denies.
   */
  readonly said: string;
}

/**
 * Steers a model at the last token of each prompt, a `(`, and returns the verdicts that it writes.
 * Of a verdict that begins with a word for right, up to six tokens are read, because the model may
 * take the word back: `(this does not work)`. No vector is added after the `(`.
 *
 * @param model the model that is steered.
 * @param input the prompts, each cut off after the `(` of a verdict.
 * @param vectors the vectors by name.
 * @param options the scales and layers, and the classes of first tokens, of which one is `right`.
 * @returns a table with one row for each vector, scale and prompt.
 * @throws CircuitbookError if no class is called `right`, and as `steering.sweepScales` does.
 * Throws InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [{ text }] = countdown.chains([countdown.problem([5, 9, 20], 24)]);
 * const prompt = text.slice(0, text.indexOf("this works"));
 * const table = await verificationStudy.steeredVerdicts(model, [prompt], {
 *   ones: new Float32Array(192).fill(1),
 * }, { scales: [], classes: countdown.verdictTokens(model.tokenizer) });
 * assertEquals(table.getColumn("verdict").toArray(), ["this works"]);
 * ```
 */
export async function steeredVerdicts(
  model: Model,
  input: Input,
  vectors: Readonly<Record<string, SteeringVector>>,
  options: ScaleSweepOptions,
): Promise<TableOf<SteeredVerdict>> {
  checkArguments("steeredVerdicts", {
    model: [model, aModel],
    vectors: [vectors, is.recordOf(is.either(is.callable, is.numbers))],
  });

  if (!Object.hasOwn(Object(options.classes), "right")) {
    throw new CircuitbookError(
      `Expected a class "right" of first tokens but found ${
        Object.keys(Object(options.classes)).join(", ") || "none"
      }; countdown.verdictTokens returns the classes.`,
    );
  }
  const rows = model.tokens(input);
  const begun = rowsOf(await sweepScales(model, rows, vectors, options));
  const right = begun.filter(({ said }) => said === "right");
  const texts = await written(model, rows, vectors, right, options);
  const verdicts = new Map(right.map((each, i) => [each, verdictAtStart(texts[i])]));
  return tableOf(begun.map((each) => {
    const { series, scale, row, token, said } = each;
    const verdict = verdicts.get(each);
    if (verdict === undefined) return { series, scale, row, verdict: token, said };
    return { series, scale, row, verdict, said: hasDenial(verdict) ? "taken back" : said };
  }));
}

/** Returns what the model writes after the prompts of some predictions, each steered alike. */
async function written(
  model: Model,
  rows: readonly number[][],
  vectors: Readonly<Record<string, SteeringVector>>,
  predictions: readonly Pick<SteeredPrediction, "series" | "scale" | "row">[],
  { layers = {}, signal, onProgress }: ScaleSweepOptions,
): Promise<readonly string[]> {
  if (!predictions.length) return [];
  const { layers: depth, dModel } = model.architecture;
  const edit = resolveSelection(layers, depth, "layer").map((layer): AffineEdit => {
    const shift = shiftOfRows(predictions.length, dModel, (i) => {
      const { series, scale, row } = predictions[i];
      const direction = scaledTo(vectorAt(vectors[series], layer, row), 1, dModel);
      return direction.map((value) => value * scale);
    });
    return { at: pointAt.residPost(layer), positions: [-1], shift };
  });
  const { texts } = await model.generate(predictions.map(({ row }) => rows[row]), {
    maxNewTokens: VERDICT_TOKENS,
    stop: [")", "\n"],
    edit,
    signal,
    onProgress,
  });
  return texts;
}
