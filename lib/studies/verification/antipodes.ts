import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { neuronName } from "../../base/one_line.ts";
import type { Selection } from "../../base/tensor.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Model } from "../../model/model.ts";
import { nearestNeurons } from "../../neurons/nearest_neurons.ts";
import { nearestTokens } from "../../neurons/nearest_tokens.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { pointAt } from "../../model/plan/hook_points.ts";
import { percent } from "../../base/formats.ts";
import { meanOf } from "../../base/mean.ts";

/** Words for right and for wrong, as token ids. */
export interface VerdictWords {
  /** Tokens that say that a result is right. */
  readonly right: readonly number[];
  /** Tokens that say that a result is wrong. */
  readonly wrong: readonly number[];
}

/**
 * A neuron near one verdict whose antipode, the negative of its value vector, is near words for the
 * other.
 */
export interface SpeakingAntipode {
  /** The layer of the neuron, from 0. */
  readonly layer: number;
  /** The neuron, from 0. */
  readonly neuron: number;
  /** The verdict that the antipode's words say: "right" or "wrong". */
  readonly says: string;
  /** The antipode's nearest tokens that are words for this verdict. */
  readonly words: string;
  /** The length of the value vector. */
  readonly norm: number;
}

/** The coefficient of one value vector in one text. */
export interface SignedCoefficient extends SpeakingAntipode {
  /** The text. */
  readonly example: number;
  /** The signs of the gate and of up, such as "gate +, up −". */
  readonly signs: string;
  /** The coefficient act(gate) · up. */
  readonly coefficient: number;
  /** Whether the coefficient is negative, so that the neuron writes its antipode. */
  readonly negative: boolean;
  /** The length that the neuron writes along its antipode; below 0 along its value vector. */
  readonly written: number;
}

/** How many of the ten nearest tokens have to be words for a verdict. */
const LEAST_WORDS = 3;

/**
 * Returns the neurons near one verdict whose antipode says the other: value vectors near the
 * direction of right whose antipodes have at least three words for wrong among their ten nearest
 * tokens, and more than words for right; and value vectors near its negative whose antipodes have
 * words for right.
 *
 * A. Lee, Unraveling DeepSeekR1-Zero One Step at a Time, Part II (2025), lists ten such neurons.
 *
 * @param model the model.
 * @param direction [d_model], from wrong to right.
 * @param words words for right and wrong.
 * @param options `layers`: whose neurons are taken. `k`: how many neurons of each layer and of
 * either side of the direction are looked at. Default 50.
 * @returns the neurons; perhaps none.
 * @throws CircuitbookError if the model has no MLPs, or the direction does not fit.
 *
 * @example
 * ```ts
 * import { countdown, loadModel, neurons } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assert } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const words = countdown.verdictTokens(model.tokenizer);
 * const direction = (await neurons.valueVectors(model, 6)).slice({ neuron: 425 }).data;
 * const found = await verificationStudy.speakingAntipodes(model, direction, words, {
 *   layers: [6],
 * });
 * assert(found.every(({ layer, says }) => layer === 6 && ["right", "wrong"].includes(says)));
 * ```
 */
export async function speakingAntipodes(
  model: Model,
  direction: Float32Array,
  words: VerdictWords,
  options: { readonly layers?: Selection; readonly k?: number } = {},
): Promise<SpeakingAntipode[]> {
  checkArguments("speakingAntipodes", {
    model: [model, aModel],
    direction: [direction, is.numbers],
    words: [words, is.like("words for verdicts", "right", "wrong")],
    options: [options, is.object],
  });

  const { layers, k = 50 } = options;
  const found: SpeakingAntipode[] = [];
  for (const [says, sign] of [["wrong", 1], ["right", -1]] as const) {
    const other = says === "right" ? "wrong" : "right";
    const near = await nearestNeurons(model, direction.map((value) => sign * value), { k, layers });
    const tokens = rowsOf(await nearestTokens(model, near)).filter((row) => row.sign === "−");
    const byNeuron = Map.groupBy(tokens, ({ layer, neuron }) => `${layer} ${neuron}`);
    for (const { layer, neuron, norm } of rowsOf(near)) {
      const own = byNeuron.get(`${layer} ${neuron}`)!;
      const [said, denied] = [says, other].map((verdict) =>
        own.filter(({ id }) => words[verdict as keyof VerdictWords].includes(Number(id)))
      );
      if (said.length < LEAST_WORDS || said.length <= denied.length) continue;
      const names = said.map(({ token }) => token.trim());
      found.push({ layer, neuron, says, words: [...new Set(names)].join(", "), norm });
    }
  }
  return found;
}

/**
 * Returns the coefficients of neurons at the last token of some texts, with the signs of their
 * factors. In a gated MLP the coefficient is act(gate) · up, and has the sign of the product, since
 * act keeps the sign.
 *
 * @param model the model. Its MLPs have to be gated.
 * @param texts the tokens of each text.
 * @param antipodes the neurons.
 * @returns a row for each neuron and text.
 * @throws CircuitbookError if the MLPs of the model are not gated.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const neuron = { layer: 6, neuron: 425, says: "right", words: "yes", norm: 2 };
 * const table = await verificationStudy.signedCoefficients(model, [[1, 2, 3]], [neuron]);
 * const [{ coefficient, written }] = table.toRecords();
 * assertEquals(written, -2 * Number(coefficient));
 * ```
 */
export async function signedCoefficients(
  model: Model,
  texts: readonly (readonly number[])[],
  antipodes: readonly SpeakingAntipode[],
): Promise<TableOf<SignedCoefficient>> {
  checkArguments("signedCoefficients", {
    model: [model, aModel],
    texts: [texts, is.lists],
    antipodes: [antipodes, is.listOf(is.like("a neuron", "layer", "neuron", "says", "norm"))],
  });

  const pointsOf = (layer: number) =>
    (["mlpPre", "mlpPreLinear", "mlpPost"] as const).map((name) => pointAt[name](layer));
  const layers = [...new Set(antipodes.map(({ layer }) => layer))];
  const cache = await model.run(texts.map((tokens) => [...tokens]), {
    tap: layers.flatMap(pointsOf),
    positions: texts.map(() => [-1]),
  });
  const signOf = (value: number) => value < 0 ? "−" : "+";
  return tableOf(antipodes.flatMap((antipode) => {
    const { layer, neuron, norm } = antipode;
    const [gates, ups, coefficients] = pointsOf(layer).map((name) =>
      cache.get(name).slice({ d_mlp: neuron }).data
    );
    return texts.map((_, example): SignedCoefficient => ({
      ...antipode,
      example,
      signs: `gate ${signOf(gates[example])}, up ${signOf(ups[example])}`,
      coefficient: coefficients[example],
      negative: coefficients[example] < 0,
      written: -coefficients[example] * norm,
    }));
  }));
}

/** A signed coefficient with the verdict that follows. */
export interface Flip extends SignedCoefficient {
  /** Which verdict follows. */
  readonly before: string;
}

/** What one neuron does before either verdict. */
export interface NeuronFlips {
  /** The neuron, such as "L6N223". */
  readonly neuron: string;
  /** The verdict that the antipode names. */
  readonly names: string;
  /** The antipode's words for this verdict. */
  readonly words: string;
  /** The share of negative coefficients before this verdict, in percent. */
  readonly "negative before it": string;
  /** The share of negative coefficients before the other verdict, in percent. */
  readonly "negative before the other": string;
  /** The mean coefficient before this verdict. */
  readonly "coefficient before it": number;
  /** The mean coefficient before the other verdict. */
  readonly "coefficient before the other": number;
}

/**
 * Returns how often each neuron's coefficient is negative before either verdict.
 *
 * @param flips the coefficients.
 * @param verdicts the values of `before`: `named` for the verdict that the antipode names, and
 * `other`.
 * @returns a row for each neuron; those whose mean coefficients differ most come first.
 * @throws CircuitbookError if a neuron has no coefficient before one of the verdicts.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const neuron = {
 *   layer: 6,
 *   neuron: 3,
 *   says: "right",
 *   words: "yes",
 *   norm: 1,
 *   signs: "gate +, up −",
 * };
 * const flip = (example: number, before: string, coefficient: number) => ({
 *   ...neuron,
 *   example,
 *   before,
 *   coefficient,
 *   negative: coefficient < 0,
 *   written: -coefficient,
 * });
 * const flips = [flip(0, "own", -2), flip(1, "other", 1)];
 * const table = verificationStudy.flipsByNeuron(flips, { named: "own", other: "other" });
 * const [row] = table.toRecords();
 * assertEquals([row.neuron, row["negative before it"], row["negative before the other"]], [
 *   "L6N3",
 *   "100 %",
 *   "0 %",
 * ]);
 * ```
 */
export function flipsByNeuron(
  flips: readonly Flip[],
  verdicts: { readonly named: string; readonly other: string },
): TableOf<NeuronFlips> {
  checkArguments("flipsByNeuron", {
    flips: [flips, is.listOf(is.like("a coefficient", "layer", "neuron", "before", "coefficient"))],
    verdicts: [verdicts, is.like("verdicts", "named", "other")],
  });

  const neurons = Map.groupBy(flips, ({ layer, neuron }) => neuronName(layer, neuron));
  const rows = [...neurons].map(([neuron, own]): NeuronFlips => {
    const [named, other] = [verdicts.named, verdicts.other].map((before) =>
      own.filter((row) => row.before === before)
    );
    return {
      neuron,
      names: own[0].says,
      words: own[0].words,
      "negative before it": negativeShare(named),
      "negative before the other": negativeShare(other),
      "coefficient before it": meanCoefficient(named),
      "coefficient before the other": meanCoefficient(other),
    };
  });
  const apart = (row: NeuronFlips) =>
    Math.abs(row["coefficient before it"] - row["coefficient before the other"]);
  return tableOf(rows.sort((a, b) => apart(b) - apart(a)));
}

function negativeShare(rows: readonly Flip[]): string {
  return percent(rows.filter(({ negative }) => negative).length / rows.length);
}

function meanCoefficient(rows: readonly Flip[]): number {
  if (rows.length === 0) {
    throw new CircuitbookError("Expected coefficients before both verdicts but found one only.");
  }
  return meanOf(rows.map(({ coefficient }) => coefficient));
}
