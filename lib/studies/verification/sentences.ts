import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { namesInWords } from "../../base/one_line.ts";
import type { SingularToken } from "../../heads/singular_vectors.ts";
import type { VerdictWords } from "./antipodes.ts";
import { counted, percent, significant } from "../../base/formats.ts";
import type { Jacobians } from "../../lens/jacobians.ts";
import { rowsOf } from "../../table/table.ts";

/** What is estimated of one position before one layer. */
export interface PlaceEstimate {
  /** The layer, from 0. */
  readonly layer: number;
  /** The position in the text, from 0. */
  readonly position: number;
  /** The estimated gain of the margin. */
  readonly estimate: number;
}

/**
 * Returns a sentence on the position with the largest estimate before the last layers, and on the
 * positions that have the largest estimate before earlier layers.
 *
 * @param estimates the estimates of all positions and layers.
 * @param pieces the text of each token.
 * @returns the sentence.
 * @throws CircuitbookError if there are no estimates.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const at = (layer: number, position: number, estimate: number) => ({
 *   layer,
 *   position,
 *   estimate,
 * });
 * const estimates = [
 *   at(0, 0, 3),
 *   at(0, 1, 0),
 *   at(1, 0, 2),
 *   at(1, 1, -1),
 *   at(2, 0, 0),
 *   at(2, 1, 4),
 * ];
 * assertEquals(
 *   verificationStudy.strongestPlaces(estimates, ["46", " ("]),
 *   "The largest estimate is at “ (” (position 1) before layer 2, and at “46” (0) before earlier layers.",
 * );
 * ```
 */
export function strongestPlaces(
  estimates: readonly PlaceEstimate[],
  pieces: readonly string[],
): string {
  checkArguments("strongestPlaces", {
    estimates: [estimates, is.listOf(is.like("an estimate", "layer", "position", "estimate"))],
    pieces: [pieces, is.texts],
  });

  verifyAny(estimates, "estimate");
  const strongest = [...Map.groupBy(estimates, ({ layer }) => layer).values()]
    .map((own) =>
      own.reduce((best, row) => Math.abs(row.estimate) > Math.abs(best.estimate) ? row : best)
    )
    .sort((a, b) => a.layer - b.layer);
  const last = strongest.at(-1)!;
  const first = strongest.findLastIndex(({ position }) => position !== last.position) + 1;
  const layers = first === strongest.length - 1
    ? `layer ${last.layer}`
    : `the layers ${strongest[first].layer} to ${last.layer}`;
  const places = new Set(strongest.slice(0, first).map(({ position }) => position));
  const named = [...places].sort((a, b) => a - b).map((at) => `“${pieces[at]}” (${at})`);
  const earlier = named.length ? `, and at ${namesInWords(named)} before earlier layers` : "";
  return `The largest estimate is at “${
    pieces[last.position]
  }” (position ${last.position}) before ` +
    `${layers}${earlier}.`;
}

/** @throws CircuitbookError if there is nothing to say a sentence about. */
function verifyAny(list: readonly unknown[], what: string): void {
  if (list.length) return;
  throw new CircuitbookError(`Expected at least one ${what} but found none.`);
}

/**
 * Returns a sentence on the MLP with the largest estimate, beside the sum of all and the whole
 * difference.
 *
 * @param mlps the mean estimate of each layer's MLP.
 * @param whole the mean difference of the margin between right and wrong texts.
 * @returns the sentence.
 * @throws CircuitbookError if there are no MLPs.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const mlps = [{ layer: 4, mean: 6 }, { layer: 5, mean: -1 }];
 * assertEquals(
 *   verificationStudy.strongestMlp(mlps, 20),
 *   "MLP 4 has the largest estimate, 30 % of the difference between right and wrong texts; all MLPs sum to 25 %.",
 * );
 * ```
 */
export function strongestMlp(
  mlps: readonly { readonly layer: number; readonly mean: number }[],
  whole: number,
): string {
  checkArguments("strongestMlp", {
    mlps: [mlps, is.listOf(is.like("a mean", "layer", "mean"))],
    whole: [whole, is.number],
  });

  verifyAny(mlps, "MLP");
  const best = mlps.reduce((a, b) => Math.abs(b.mean) > Math.abs(a.mean) ? b : a);
  const sum = mlps.reduce((total, { mean }) => total + mean, 0);
  return `MLP ${best.layer} has the largest estimate, ${percent(best.mean / whole)} of the ` +
    `difference between right and wrong texts; all MLPs sum to ${percent(sum / whole)}.`;
}

/**
 * Returns a sentence on the writing direction that is nearest to the probe's direction.
 *
 * @param directions the writing directions of some heads: the head, the number of the direction
 * from 0, and the absolute cosine with the probe's direction.
 * @param chance the mean absolute cosine of a random direction.
 * @returns the sentence.
 * @throws CircuitbookError if there are no directions.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const directions = [
 *   { head: "L5H3", direction: 0, cosine: 0.4 },
 *   { head: "L5H3", direction: 1, cosine: 0.1 },
 * ];
 * assertEquals(
 *   verificationStudy.nearestWriting(directions, 0.05),
 *   "Direction 0 of L5H3 is nearest to the probe's direction, with a |cosine| of 0.40, 8.0 times chance.",
 * );
 * ```
 */
export function nearestWriting(
  directions: readonly {
    readonly head: string;
    readonly direction: number;
    readonly cosine: number;
  }[],
  chance: number,
): string {
  checkArguments("nearestWriting", {
    directions: [directions, is.listOf(is.like("a direction", "head", "direction", "cosine"))],
    chance: [chance, is.number],
  });

  verifyAny(directions, "direction");
  const best = directions.reduce((a, b) => b.cosine > a.cosine ? b : a);
  return `Direction ${best.direction} of ${best.head} is nearest to the probe's direction, with a ` +
    `|cosine| of ${best.cosine.toFixed(2)}, ${(best.cosine / chance).toFixed(1)} times chance.`;
}

/**
 * Returns a sentence on the list of written tokens that has the most words for one verdict.
 *
 * @param tokens the tokens near singular vectors.
 * @param words words for right and wrong.
 * @returns the sentence.
 * @throws CircuitbookError if no token is written.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const token = {
 *   direction: 1,
 *   value: 2,
 *   share: 0.3,
 *   side: "writes",
 *   sign: "+",
 *   token: "yes",
 *   score: 1,
 * } as const;
 * const tokens = [{ ...token, rank: 1, id: 7 }, { ...token, rank: 2, id: 8 }];
 * assertEquals(
 *   verificationStudy.spokenWriting(tokens, { right: [7, 9], wrong: [] }),
 *   "The + side of what direction 1 writes has the most words for a verdict: 1 of 2 tokens are words for right.",
 * );
 * ```
 */
export function spokenWriting(tokens: readonly SingularToken[], words: VerdictWords): string {
  checkArguments("spokenWriting", {
    tokens: [tokens, is.listOf(is.like("a token", "direction", "side", "sign", "id"))],
    words: [words, is.like("words for verdicts", "right", "wrong")],
  });

  const lists = Map.groupBy(
    tokens.filter(({ side }) => side === "writes"),
    ({ direction, sign }) => `The ${sign} side of what direction ${direction} writes`,
  );
  const counts = [...lists].flatMap(([list, own]) =>
    (["right", "wrong"] as const).map((verdict) => ({
      list,
      verdict,
      n: own.length,
      count: own.filter(({ id }) => words[verdict].includes(Number(id))).length,
    }))
  );
  verifyAny(counts, "token that a head writes");
  const best = counts.reduce((a, b) => b.count > a.count ? b : a);
  return best.count === 0
    ? "No token near what is written is a word for a verdict."
    : `${best.list} has the most words for a verdict: ${best.count} of ${best.n} tokens are words for ` +
      `${best.verdict}.`;
}

/**
 * Returns sentences on the texts that Jacobians were averaged over, and on how far the standard
 * error is from what the Jacobian lens shows: from the distance between a matrix and the identity,
 * which is the logit lens.
 *
 * @param jacobians averaged Jacobians.
 * @returns one sentence if the standard error is unknown, otherwise two.
 *
 * @example
 * ```ts
 * import { lens, Tensor } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const matrices = [[2, 0, 0, 2], [1, 0, 0, 1]].map((values) =>
 *   new Tensor(Float32Array.from(values), { output: 2, input: 2 })
 * );
 * const jacobians = new lens.Jacobians(matrices, {
 *   model: "m",
 *   texts: 4,
 *   positions: 100,
 *   directions: 2,
 *   skip: 16,
 *   maxTokens: 128,
 *   errors: [0.05, 0],
 *   untilError: 0.1,
 * });
 * assertEquals(
 *   verificationStudy.averagedOver(jacobians),
 *   "Chains are read until the standard error of every layer's matrix is at most 10 % of the " +
 *     "matrix, which takes 4 chains. The error is at most 5 % of a matrix, and at most 10 % of " +
 *     "the distance between the matrix and the identity.",
 * );
 * ```
 */
export function averagedOver(jacobians: Jacobians): string {
  checkArguments("averagedOver", {
    jacobians: [jacobians, is.like("Jacobians", "corpus", "summary")],
  });

  const { texts, directions, untilError } = jacobians.corpus;
  const chains = counted(texts, "chain");
  // The last matrix is the identity, without an error.
  const layers = rowsOf(jacobians.summary()).slice(0, -1);
  const largest = Math.max(...layers.map(({ error }) => error));
  const size = jacobians.matrices[0].shape[0];
  const rule = `the standard error of every layer's matrix is at most ${
    inPercent(untilError ?? 0)
  }`;
  const read = untilError === undefined
    ? `The average is over ${chains}, each in ${directions} of ${size} directions of the last layer.`
    : largest <= untilError
    ? `Chains are read until ${rule} of the matrix, which takes ${chains}.`
    : `Chains are read until ${rule} of the matrix, or until there are no more: ${chains} did not ` +
      "suffice.";
  if (!Number.isFinite(largest)) return read;
  const ofDistance = Math.max(...layers.map(({ error, distance }) => error / distance));
  return `${read} The error is at most ${inPercent(largest)} of a matrix, and at most ` +
    `${inPercent(ofDistance)} of the distance between the matrix and the identity.`;
}

/** Returns a share in percent with two digits: 8.5 %. */
function inPercent(share: number): string {
  return `${significant(100 * share, 2)} %`;
}
