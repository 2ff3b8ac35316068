import { CircuitbookError } from "../base/errors.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Architecture } from "../model/plan/architecture.ts";
import { architectureOfCheckpoint } from "../model/families/architecture_of.ts";
import { checkTiedHead } from "../model/families/weights.ts";
import { type WeightPart, weightParts } from "./weight_parts.ts";

/** One weight of a model in two checkpoints. The names of the two tensors may differ. */
export interface MatchedParts {
  /** The weight in the first checkpoint. */
  readonly before: WeightPart;
  /** The weight in the second checkpoint. */
  readonly after: WeightPart;
}

/** The sizes of an architecture that have to be equal. */
const SIZES = [
  "family",
  "layers",
  "dModel",
  "heads",
  "kvHeads",
  "headSize",
  "dMlp",
  "vocab",
  "linearLayout",
] as const;

/**
 * Returns the weights of two checkpoints of one architecture, each with its counterpart.
 *
 * @throws CircuitbookError naming the first difference if the architectures differ, or if a
 * checkpoint with tied embeddings has an unembedding that differs from its embedding.
 */
export async function matchedParts(
  before: Checkpoint,
  after: Checkpoint,
): Promise<MatchedParts[]> {
  const [one, other] = [architectureOfCheckpoint(before), architectureOfCheckpoint(after)];
  const refuse = (what: string, found: unknown, otherFound: unknown) =>
    new CircuitbookError(
      `Expected two checkpoints of one architecture but found ${what} ${found} in ${before.folder} and ${otherFound} ` +
        `in ${after.folder}; compare a model with one that was trained on from it.`,
    );
  for (const name of SIZES) {
    if (one[name] !== other[name]) throw refuse(name, one[name], other[name]);
  }
  const tied = ({ weights: { embed, unembed } }: Architecture) =>
    embed === unembed ? "tied" : "separate";
  if (tied(one) !== tied(other)) throw refuse("embeddings that are", tied(one), tied(other));
  await Promise.all([checkTiedHead(one, before), checkTiedHead(other, after)]);
  const [parts, otherParts] = [weightParts(one), weightParts(other)];
  for (let i = 0; i < Math.max(parts.length, otherParts.length); i++) {
    const [found, otherFound] = [described(parts[i]), described(otherParts[i])];
    if (found !== otherFound) throw refuse("the tensors", found, otherFound);
  }
  return parts.map((part, i) => ({ before: part, after: otherParts[i] }));
}

/** Returns such as `Q bias of layer 3 [1, 2048]`. */
function described(part: WeightPart | undefined): string {
  if (!part) return "none";
  const { layer, shape, slicings: [{ component }] } = part;
  return `${component}${layer === undefined ? "" : ` of layer ${layer}`} [${shape.join(", ")}]`;
}
