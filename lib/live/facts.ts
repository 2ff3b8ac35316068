import type { Abilities } from "../base/abilities.ts";
import type { Watch } from "../base/progress.ts";
import { resolveSelection } from "../base/tensor.ts";
import { meanNorm } from "../base/vectors.ts";
import { kept } from "../checkpoint/kept.ts";
import type { Model } from "../model/model.ts";
import { probe } from "../probe/probe.ts";
import { verificationHeads } from "../studies/verification/verification_heads.ts";
import { abilities } from "../tasks/countdown/abilities.ts";
import { matchedPairs } from "../tasks/countdown/alterations/matched_pairs.ts";
import { templateFor } from "../tasks/countdown/prompts/template.ts";
import type { LiveFacts, LiveSteering } from "./live_model.ts";

/** The version of the method: a stored result of another version is not used. */
const METHOD = 1;

/** How many pairs of a right and a wrong result the probe learns from. */
const PAIRS = 100;

/** How the facts of a model are found. */
export interface LiveFactsOptions extends Watch {
  /** What the model can do, if `countdown.abilities` has told already. Default: asked anew. */
  readonly abilities?: Abilities;
}

/** Facts of a model that has no words for a verdict: its heads can be silenced, at every token. */
const NONE: LiveFacts = { verifiers: [], window: "from the last =", steering: null };

/**
 * Returns what the live page shows of a model beside its weights: the verification heads, and the direction by which
 * the page steers. Both are computed once for a model and kept in the cache.
 *
 * The direction is the weight vector for `this` of a linear probe at the `(` behind right and wrong results, in the
 * upper third of the layers, as in `01-verification-vectors`.
 *
 * @param model the model.
 * @param options what the model can do, who may stop the work, and who hears how far it is.
 * @returns the facts; without heads and direction for a model that has no words for right and wrong.
 */
export async function liveFacts(
  model: Model,
  { abilities: known, ...options }: LiveFactsOptions = {},
): Promise<LiveFacts> {
  const able = known ?? await abilities(model, options);
  if (able.missing("words", "judges") !== undefined) return NONE;
  const { heads, window } = await verificationHeads(model, { n: 60, ...options });
  const identity = { method: METHOD, model: await model.checkpoint.hash(), dtype: model.dtype };
  const { result } = await kept("live-direction", identity, () => directionOf(model, options));
  return { verifiers: heads, window, steering: result };
}

async function directionOf(model: Model, options: Watch): Promise<LiveSteering> {
  const { pairs } = matchedPairs(model.tokenizer, {
    n: PAIRS,
    seed: 6,
    order: "random",
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
  const layers = resolveSelection({ from: Math.round(depth * 2 / 3) }, depth, "layer");
  const lengths = layers.map((layer) => meanNorm(streams.slice({ layer })));
  return {
    layers,
    directions: layers.map((layer) => Array.from(probes.layer(layer).direction("this"))),
    length: lengths.reduce((a, b) => a + b, 0) / lengths.length,
  };
}
