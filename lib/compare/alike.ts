import { CircuitbookError } from "../base/errors.ts";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import type { Architecture } from "../model/plan/architecture.ts";
import { architectureOfCheckpoint } from "../model/families/architecture_of.ts";
import { type Part, partsOf } from "./parts.ts";

/** The same tensor in two checkpoints; the names may differ, what it is does not. */
export interface PartPair {
  readonly before: Part;
  readonly after: Part;
}

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
 * The tensors of two checkpoints, side by side.
 *
 * @throws CircuitbookError naming the first difference when the architectures are not alike.
 */
export function pairsOf(before: Checkpoint, after: Checkpoint): PartPair[] {
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
  const [parts, otherParts] = [partsOf(one), partsOf(other)];
  for (let i = 0; i < Math.max(parts.length, otherParts.length); i++) {
    const [place, otherPlace] = [placeOf(parts[i]), placeOf(otherParts[i])];
    if (place !== otherPlace) throw refuse("the tensors", place, otherPlace);
  }
  return parts.map((part, i) => ({ before: part, after: otherParts[i] }));
}

/** `Q bias of layer 3 [1, 2048]` */
function placeOf(part: Part | undefined): string {
  if (!part) return "none";
  const { layer, shape, slicings: [{ component }] } = part;
  return `${component}${layer === undefined ? "" : ` of layer ${layer}`} [${shape.join(", ")}]`;
}
