import type { Abilities } from "../base/abilities.ts";
import type { Watch } from "../base/progress.ts";
import { resolveSelection } from "../base/tensor.ts";
import { meanNorm } from "../base/vectors.ts";
import { kept } from "../checkpoint/kept.ts";
import type { Model } from "../model/model.ts";
import { probe } from "../probe/probe.ts";
import {
  type VerificationHeads,
  verificationHeads,
} from "../studies/verification/verification_heads.ts";
import { abilities } from "../tasks/countdown/abilities.ts";
import { matchedPairs } from "../tasks/countdown/alterations/matched_pairs.ts";
import { templateFor } from "../tasks/countdown/prompts/template.ts";
import { verdictStarts } from "../tasks/countdown/scoring/verdict_starts.ts";
import { pairs as propertyPairs } from "../tasks/property/pairs.ts";
import type { LiveFacts, LiveSteering } from "./live_model.ts";

/** The version of the method: a stored result of another version is not used. */
const METHOD = 1;

/** The pairs of a right and a wrong result that the probe learns from. */
const PAIRS = { n: 100, seed: 6, order: "random" } as const;

/** The share of the layers before the first one that the page steers. */
const LOWER_LAYERS = 2 / 3;

/** How the facts of a model are found. */
export interface LiveFactsOptions extends Watch {
  /**
   * The abilities of the model, if `countdown.abilities` has measured them already. Default: they
   * are measured.
   */
  readonly abilities?: Abilities;
  /**
   * The model's verification heads, if `verificationHeads` has found them already. Default:
   * `verificationHeads` finds them with its default options.
   */
  readonly verifiers?: VerificationHeads;
}

/**
 * The facts of a model that has no words for a verdict. The page can silence its heads at every
 * token.
 */
const NO_FACTS: LiveFacts = {
  verifiers: [],
  window: "from the last =",
  steering: null,
  properties: false,
};

/**
 * The pairs of results with and without a property on which the model is tested for judging
 * properties.
 */
const PROPERTY_PAIRS = { n: 8, seed: 6 } as const;

/** The smallest share of right verdicts of a model that judges properties. */
const JUDGES = 0.75;

/**
 * Returns what the live page needs to know of a model beside its weights: the verification heads,
 * the direction by which the page steers, and whether the model also judges properties. The heads
 * and the direction are computed once for a model and kept in the cache.
 *
 * The direction is the weight vector for `this` of a linear probe at the `(` after right and wrong
 * results, in the upper third of the layers, as in `01-verification-vectors`.
 *
 * @param model the model.
 * @param options the abilities of the model, its verification heads, the signal that stops the
 * work, and the listener for its progress.
 * @returns the facts; without heads and direction for a model that has no words for right and
 * wrong.
 */
export async function liveFacts(
  model: Model,
  { abilities: known, verifiers, ...options }: LiveFactsOptions = {},
): Promise<LiveFacts> {
  const able = known ?? await abilities(model, options);
  if (able.missing("words", "judges") !== undefined) return NO_FACTS;
  const { heads, window } = verifiers ?? await verificationHeads(model, options);
  const identity = {
    method: METHOD,
    model: await model.checkpoint.hash(),
    dtype: model.dtype,
    pairs: PAIRS.n,
    order: PAIRS.order,
    seed: PAIRS.seed,
    lowerLayers: LOWER_LAYERS,
  };
  const { result } = await kept("live-direction", identity, () => directionOf(model, options));
  const properties = await judgesProperties(model, options);
  return { verifiers: heads, window, steering: result, properties };
}

/** Returns whether a model distinguishes results with a property from results without it. */
async function judgesProperties(model: Model, options: Watch): Promise<boolean> {
  const pairs = propertyPairs(model.tokenizer, PROPERTY_PAIRS);
  const starts = verdictStarts(model.tokenizer);
  const calledRight = async (texts: readonly number[][]) => {
    const { logits } = await model.run(texts, { logits: [-1], ...options });
    const vocab = logits.size("vocab");
    const rows = Array.from(
      texts,
      (_, row) => logits.data.subarray(row * vocab, (row + 1) * vocab),
    );
    return rows.filter((own) => own[starts.right] > own[starts.wrong]).length;
  };
  const accepted = await calledRight(pairs.map(({ correct }) => correct));
  const rejected = pairs.length - await calledRight(pairs.map(({ wrong }) => wrong));
  return accepted + rejected >= JUDGES * 2 * pairs.length;
}

/**
 * Returns the layers, the directions and the length of the steering vectors, from a probe of right
 * and wrong results.
 */
async function directionOf(model: Model, options: Watch): Promise<LiveSteering> {
  const { pairs } = matchedPairs(model.tokenizer, {
    ...PAIRS,
    template: templateFor(model.tokenizer),
  });
  const texts = pairs.flatMap(({ correct, wrong }) => [correct, wrong]);
  const at = "blocks.*.hook_resid_post";
  const cache = await model.run(texts, { tap: at, positions: texts.map(() => [-1]), ...options });
  const streams = cache.layers(at);
  const probes = await probe(streams, texts.map((_, i) => i % 2 ? "not" : "this"), {
    groups: texts.map((_, i) => i >> 1),
    ...options,
  });
  const depth = model.architecture.layers;
  const layers = resolveSelection({ from: Math.round(depth * LOWER_LAYERS) }, depth, "layer");
  return {
    layers,
    directions: layers.map((layer) => Array.from(probes.layer(layer).direction("this"))),
    length: meanNorm(streams.slice({ layer: layers })),
  };
}
