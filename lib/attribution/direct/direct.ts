import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Input } from "../../model/plan/batch.ts";
import type { Cache } from "../../model/plan/cache.ts";
import { checkTokenIds } from "../../model/plan/token_ids.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Model } from "../../model/model.ts";
import { foldNorm } from "../../model/decoder/fold.ts";
import { checkOptions, onePosition, watch, wholeNumber, wholeNumbers } from "../../base/options.ts";
import { positionsByRow } from "../../model/plan/positions.ts";
import { constants, dots, dotsByHead, products, type Readout } from "./dot_products.ts";
import { type AnswerTokens, logitDirections } from "./logit_directions.ts";
import type { AttributedPosition } from "./contributions.ts";
import { LogitAttribution } from "./logit_attribution.ts";
import { pointAt, scaleAt } from "../../model/plan/hook_points.ts";

/** Which logits are attributed, and at which positions. */
export interface DirectOptions extends Watch {
  /**
   * The id of the token whose logit counts: one for all positions, or one for each, prompt by
   * prompt.
   */
  readonly answer: number | readonly number[];
  /**
   * The id of the token whose logit is subtracted: one for all positions, or one for each. Default:
   * the logit of `answer` alone is attributed.
   */
  readonly against?: number | readonly number[];
  /**
   * One position of every prompt, or a list of positions for each prompt. A negative position
   * counts from the end. Default −1, the last position.
   */
  readonly positions?: number | readonly (readonly number[])[];
}

const tokens = z.union([wholeNumber, wholeNumbers], "to be a token id, or a list of them");
const directSchema = z.strictObject({
  ...watch,
  answer: tokens,
  against: tokens.optional(),
  positions: onePosition.optional(),
});

/**
 * Returns direct logit attributions: what the embeddings, every head, every MLP, every neuron and
 * the biases add directly to logit(answer) − logit(against).
 *
 * The final norm keeps the scale that it had in the run (frozen norm), and so do norms after
 * attention and MLP. A cap of logits (Gemma 2) is left out. Embeddings, heads, MLPs and biases sum
 * to the logit difference; an MLP without its bias is the sum of its neurons. Only `hook_z` and
 * `hook_post` of the chosen positions leave the graph. The direction of the logit difference is
 * brought back to them through W_O and W_out, so that no output vector of a head or a neuron is
 * made.
 *
 * Elhage et al., A Mathematical Framework for Transformer Circuits (2021); Wang et al.,
 * Interpretability in the Wild (arXiv 2211.00593), for logit differences.
 *
 * @param model the model.
 * @param input the prompts: texts or token ids.
 * @param options the tokens and the positions.
 * @returns the contributions to each example (a position of a prompt), as tensors and tables.
 * @throws CircuitbookError if a token or position does not exist, or there is neither one token nor
 * one for each position.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [answer, against] = ["1", "2"].map((text) => model.tokenizer.idOf(text));
 * const found = await attribution.direct(model, "11 + 5 = ", { answer, against });
 * assertEquals(found.heads.sizes, { layer: 8, example: 1, head: 6 });
 * const { logits } = await model.run("11 + 5 = ", { logits: [-1] });
 * assertAlmostEquals(found.sums.data[0], logits.data[answer] - logits.data[against], 1e-3);
 * ```
 */
export async function direct(
  model: Model,
  input: Input,
  options: DirectOptions,
): Promise<LogitAttribution> {
  checkArguments("direct", { model: [model, aModel] });
  checkOptions(options, directSchema, "direct");
  const { answer, against, positions = -1, ...watch } = options;
  const rows = model.tokens(input);
  const lists = positionsByRow(positions, rows);
  const examples = lists.flatMap((list, row) => list.map((position) => ({ row, position })));
  const vocab = model.architecture.vocab;
  const answers = tokenList(answer, examples.length, vocab, "answer");
  const others = against === undefined ? [] : tokenList(against, examples.length, vocab, "against");
  const cache = await model.run(rows, { tap: pointsOf(model), positions: lists, ...watch });
  const readouts = await logitReadouts(
    model,
    cache,
    answers.map((answer, i) => ({ answer, against: others[i] })),
  );
  return await contracted(model, cache, examples, readouts);
}

/** A direction of the residual stream, and where it is read. */
export interface DirectionOptions extends Watch {
  /** The direction, [d_model]. Its length counts: contributions are dot products with it. */
  readonly direction: ArrayLike<number>;
  /**
   * The layer after which the residual stream is read, from 0. Contributions of this layer and of
   * earlier layers are returned.
   */
  readonly layer: number;
  /** As for {@link direct}. */
  readonly positions?: number | readonly (readonly number[])[];
}

const directionSchema = z.strictObject({
  ...watch,
  direction: z.custom(is.numbers.accepts, "to be a list of numbers"),
  layer: wholeNumber,
  positions: onePosition.optional(),
});

/**
 * Returns what the embeddings and each head, MLP and neuron up to a layer write along a direction
 * of the residual stream after that layer, such as the direction of a probe. No norm is applied.
 * All contributions together are the dot product of the stream with the direction.
 *
 * @param model the model.
 * @param input the prompts: texts or token ids.
 * @param options the direction, the layer, and the positions.
 * @returns the contributions to each example (a position of a prompt), for the layers up to the one
 * named; `logitDifferences` are the measured dot products.
 * @throws CircuitbookError if the direction has another length than d_model or is not finite, or if
 * the layer or a position does not exist.
 *
 * @example
 * ```ts
 * import { attribution, loadModel, vectors } from "circuitbook";
 * import { assertAlmostEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const direction = vectors.randomDirections({ n: 1, size: 192, seed: 1 }).data;
 * const found = await attribution.ontoDirection(model, "11 + 5 = 16 (", { direction, layer: 5 });
 * assertAlmostEquals(found.sums.data[0], found.logitDifferences.data[0], 1e-3);
 * ```
 */
export async function ontoDirection(
  model: Model,
  input: Input,
  options: DirectionOptions,
): Promise<LogitAttribution> {
  checkArguments("ontoDirection", { model: [model, aModel] });
  checkOptions(options, directionSchema, "ontoDirection");
  const { direction, layer, positions = -1, ...watch } = options;
  const { layers, dModel } = model.architecture;
  const values = Float32Array.from(direction);
  if (values.length !== dModel || !values.every(Number.isFinite)) {
    throw new CircuitbookError(
      `Expected a direction of ${dModel} finite numbers but found ${values.length}${
        values.length === dModel ? ", some not finite" : ""
      }.`,
    );
  }
  if (layer < 0 || layer >= layers) {
    throw new CircuitbookError(`Expected a layer from 0 to ${layers - 1} but found ${layer}.`);
  }
  const rows = model.tokens(input);
  const lists = positionsByRow(positions, rows);
  const examples = lists.flatMap((list, row) => list.map((position) => ({ row, position })));
  const end = pointAt.residPost(layer);
  const tap = pointsOfStream(model).flatMap((glob) =>
    glob.includes("*")
      ? Array.from({ length: layer + 1 }, (_, each) => glob.replace("*", `${each}`))
      : [glob]
  );
  const cache = await model.run(rows, { tap: [...tap, end], positions: lists, ...watch });
  const readout: Readout = { directions: examples.map(() => 0) };
  return await contracted(model, cache, examples, {
    directions: new Tensor(values, { difference: 1, d_model: dModel }),
    finalBias: [0],
    plain: readout,
    scaled: readout,
    layers: layer + 1,
    end,
  });
}

/** Returns the hook points whose activations, times weights, sum to the logits. */
function pointsOf(model: Model): string[] {
  const { layers, norm } = model.architecture;
  return [
    ...pointsOfStream(model),
    ...norm.kind === "none"
      ? [pointAt.residPost(layers - 1)]
      : ["ln_final.hook_scale", "ln_final.hook_normalized"],
  ];
}

/** Returns the hook points whose activations, times weights, sum to the residual stream. */
function pointsOfStream({ architecture: { dMlp, weights } }: Model): string[] {
  return [
    "hook_embed",
    ...weights.positions ? ["hook_pos_embed"] : [],
    "blocks.*.attn.hook_z",
    ...dMlp ? ["blocks.*.mlp.hook_post"] : [],
    ...weights.layer(0).ln1Post ? ["blocks.*.ln1_post.hook_scale"] : [],
    ...weights.layer(0).ln2Post ? ["blocks.*.ln2_post.hook_scale"] : [],
  ];
}

/**
 * The directions along which activations are measured, and the hook point at which their sum is
 * measured.
 */
interface Readouts {
  /** [difference, d_model]. */
  readonly directions: Tensor;
  /** The contribution of a final bias to each difference. */
  readonly finalBias: readonly number[];
  /** The direction of each example. */
  readonly plain: Readout;
  /** The direction of each example, with the scale of the norm before it. */
  readonly scaled: Readout;
  /** The number of layers whose contributions are measured. */
  readonly layers: number;
  /** The hook point whose product with the directions is the sum. */
  readonly end: string;
}

/** Returns the readouts of logit differences. */
async function logitReadouts(
  model: Model,
  cache: Cache,
  asked: readonly AnswerTokens[],
): Promise<Readouts> {
  const { layers, norm } = model.architecture;
  // There is one direction for each distinct choice of tokens.
  const names = asked.map((tokens) => JSON.stringify(tokens));
  const distinct = [...new Set(names)];
  const { directions, finalBias } = await logitDirections(
    model,
    distinct.map((name) => JSON.parse(name)),
  );
  const plain: Readout = { directions: names.map((name) => distinct.indexOf(name)) };
  const scaled = norm.kind === "none"
    ? plain
    : { ...plain, scales: cache.get("ln_final.hook_scale").data };
  const end = norm.kind === "none" ? pointAt.residPost(layers - 1) : "ln_final.hook_normalized";
  return { directions, finalBias, plain, scaled, layers, end };
}

/** Multiplies the tapped activations with the directions. */
async function contracted(
  model: Model,
  cache: Cache,
  examples: readonly AttributedPosition[],
  { directions, finalBias, plain, scaled, layers, end }: Readouts,
): Promise<LogitAttribution> {
  const { dMlp, weights } = model.architecture;
  const blocks = Array.from({ length: layers }, (_, layer) => weights.layer(layer));
  const pulledHeads = await pulledThrough(
    model,
    blocks.map(({ o, ln1Post }) => ({ matrix: o.weight, gain: ln1Post?.weight })),
    directions,
  );
  const pulledNeurons = dMlp
    ? await pulledThrough(
      model,
      blocks.map(({ down, ln2Post }) => ({ matrix: down!.weight, gain: ln2Post?.weight })),
      directions,
    )
    : [];
  const afterNorm = (name: string) => readoutAfterNorm(cache, scaled, name);
  const byLayer = (one: (layer: number) => Tensor) =>
    Tensor.stack(blocks.map((_, layer) => one(layer)), "layer");
  const biases = await biasesAlong(model, directions, layers);
  const measured = dots(cache.get(end), directions, plain);
  return new LogitAttribution({
    examples,
    embed: dots(cache.get("hook_embed"), directions, scaled),
    posEmbed: weights.positions ? dots(cache.get("hook_pos_embed"), directions, scaled) : undefined,
    heads: byLayer((layer) =>
      dotsByHead(
        cache.get(pointAt.z(layer)),
        pulledHeads[layer],
        afterNorm(scaleAt(layer, "ln1_post")),
      )
    ),
    neurons: dMlp
      ? byLayer((layer) =>
        products(
          cache.get(pointAt.mlpPost(layer)),
          pulledNeurons[layer],
          afterNorm(scaleAt(layer, "ln2_post")),
        )
      )
      : undefined,
    biases: byLayer((layer) => constants(biases[layer], scaled)),
    finalBias: constants(finalBias, plain),
    logitDifferences: new Tensor(
      measured.data.map((value, i) => value + finalBias[plain.directions[i]]),
      measured.sizes,
    ),
  });
}

/**
 * Returns, for each layer, the directions pulled back through the gain of the norm that follows the
 * layer's matrix, and then through the matrix.
 */
async function pulledThrough(
  model: Model,
  layers: readonly { readonly matrix: string; readonly gain?: string }[],
  directions: Tensor,
): Promise<Tensor[]> {
  if (layers.every(({ gain }) => gain === undefined)) {
    return await model.pullBack(layers.map(({ matrix }) => matrix), directions);
  }
  const pulled: Tensor[] = [];
  for (const { matrix, gain } of layers) {
    const gained = await foldNorm(model, directions, gain === undefined ? gain : { weight: gain });
    pulled.push(...await model.pullBack([matrix], gained));
  }
  return pulled;
}

/**
 * Returns a readout. If the norm after attention or MLP was tapped, its scale is multiplied into
 * the scales of the readout.
 */
function readoutAfterNorm(cache: Cache, readout: Readout, name: string): Readout {
  if (!cache.names.includes(name)) return readout;
  const own = cache.get(name).data;
  const { scales } = readout;
  return { ...readout, scales: own.map((scale, i) => scale * (scales?.[i] ?? 1)) };
}

/**
 * Returns the dot product of the biases of each of the first layers (of W_O and W_out, summed) with
 * every direction.
 */
async function biasesAlong(
  { architecture, checkpoint }: Model,
  { data, shape: [count, size] }: Tensor,
  layers: number,
): Promise<Float64Array[]> {
  const totals = Array.from({ length: layers }, () => new Float64Array(count));
  for (const [layer, total] of totals.entries()) {
    const { o, down } = architecture.weights.layer(layer);
    for (const name of [o.bias, down?.bias].filter((name) => name !== undefined)) {
      const bias = await checkpoint.read(name);
      for (let i = 0; i < data.length; i++) total[Math.floor(i / size)] += data[i] * bias[i % size];
    }
  }
  return totals;
}

/**
 * Returns a token for each position.
 *
 * @throws CircuitbookError if their number or an id is wrong.
 */
function tokenList(
  given: number | readonly number[],
  count: number,
  vocab: number,
  name: string,
): number[] {
  const list = typeof given === "number" ? Array<number>(count).fill(given) : given;
  if (list.length !== count) {
    throw new CircuitbookError(
      `Expected one token as "${name}", or one for each of ${count} positions, but found ${list.length}.`,
    );
  }
  checkTokenIds(list, vocab, `as "${name}"`);
  return [...list];
}
