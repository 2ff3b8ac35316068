import { z } from "zod";
import { checkArguments, is } from "../../base/arguments.ts";
import { anAlteredText } from "./kinds.ts";
import { aModel } from "../../model/plan/kinds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { Watch } from "../../base/progress.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Cache } from "../../model/plan/cache.ts";
import type { Model } from "../../model/model.ts";
import { checkOptions, watch } from "../../base/options.ts";
import { type TableOf, tableOf } from "../../table/table.ts";
import type { AlteredText } from "../../tasks/countdown/alterations/alter.ts";
import { pointAt } from "../../model/plan/hook_points.ts";

/**
 * The parts of a text that {@link attentionByPart} distinguishes, in the order of its last axis.
 */
export const TEXT_PARTS = [
  "target in the prompt",
  "target in earlier verdicts",
  "numbers in the prompt",
  "this attempt",
  "elsewhere",
] as const;

/** A part of a text. */
export type TextPart = typeof TEXT_PARTS[number];

const schema = z.strictObject(watch);

/**
 * The number of rows that are run together. A pattern has a number for each pair of tokens, so long
 * texts need much memory.
 */
const ROWS_AT_ONCE = 16;

/**
 * Returns how much each head attends to each part of a text before the verdict: the attention from
 * the digits of the stated result and from ` (`, averaged over these positions and summed over the
 * part.
 *
 * @param model the model that reads the texts.
 * @param texts the altered texts.
 * @param options `signal` and `onProgress`.
 * @returns [row, layer, head, part], the last axis in the order of `TEXT_PARTS`.
 * @throws CircuitbookError if a text is empty or longer than the model's context.
 *
 * @example
 * ```ts
 * import { countdown, loadModel } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [chain] = countdown.chains([countdown.problem([3, 38, 87], 52)]);
 * const attention = await backtracking.attentionByPart(model, [
 *   countdown.alter(chain, model.tokenizer, { attempt: 1 }),
 * ]);
 * assertEquals(attention.sizes, { row: 1, layer: 8, head: 6, part: 5 });
 * ```
 */
export async function attentionByPart(
  model: Model,
  texts: readonly AlteredText[],
  options: Watch = {},
): Promise<Tensor> {
  checkArguments("attentionByPart", {
    model: [model, aModel],
    texts: [texts, is.listOf(anAlteredText)],
  });

  checkOptions(options, schema, "attentionByPart");
  const { layers, heads } = model.architecture;
  const tap = "blocks.*.attn.hook_pattern";
  const shares: Float32Array[] = [];
  for (let start = 0; start < texts.length; start += ROWS_AT_ONCE) {
    const own = texts.slice(start, start + ROWS_AT_ONCE);
    const positions = own.map(({ positions: { digits, open } }) => [...digits, open]);
    const cache = await model.run(own.map(({ tokens }) => tokens), { ...options, tap, positions });
    let example = 0;
    own.forEach((text, row) => {
      const queries = positions[row].map((_, query) => example + query);
      shares.push(sharesOf(cache, cache.pads[row], queries, partsOf(text), layers, heads));
      example += queries.length;
    });
  }
  const data = new Float32Array(texts.length * layers * heads * TEXT_PARTS.length);
  shares.forEach((own, row) => data.set(own, row * own.length));
  return new Tensor(data, {
    row: texts.length,
    layer: layers,
    head: heads,
    part: TEXT_PARTS.length,
  });
}

/** Returns the part of each token, as an index of {@link TEXT_PARTS}. */
function partsOf(
  { tokens, positions: { target, copies, numbers, expression } }: AlteredText,
): number[] {
  const [ofTarget, ofCopies, ofNumbers, ofAttempt, elsewhere] = TEXT_PARTS.keys();
  const parts: number[] = tokens.map((_, i) => i >= expression[0] ? ofAttempt : elsewhere);
  for (const i of target) parts[i] = ofTarget;
  for (const i of copies.flat()) parts[i] = ofCopies;
  for (const i of numbers.flat()) parts[i] = ofNumbers;
  return parts;
}

/**
 * Returns the shares of one text, [layer × head × part]. `pad` is the number of padding tokens to
 * the left of the text, which the pattern's keys include.
 */
function sharesOf(
  cache: Cache,
  pad: number,
  queries: readonly number[],
  parts: readonly number[],
  layers: number,
  heads: number,
): Float32Array {
  const shares = new Float32Array(layers * heads * TEXT_PARTS.length);
  for (let layer = 0; layer < layers; layer++) {
    const pattern = cache.get(pointAt.pattern(layer));
    const columns = pattern.size("key");
    for (const query of queries) {
      for (let head = 0; head < heads; head++) {
        const from = (query * heads + head) * columns + pad;
        const to = (layer * heads + head) * TEXT_PARTS.length;
        parts.forEach((part, key) =>
          shares[to + part] += pattern.data[from + key] / queries.length
        );
      }
    }
  }
  return shares;
}

/** How far the attention of one head moved in one text. */
export interface AttentionMove {
  /** The index of the text. */
  readonly row: number;
  /** The layer of the head. */
  readonly layer: number;
  /** The number of the head in its layer. */
  readonly head: number;
  /** The share of the attention that moved under the change. */
  readonly moved: number;
  /** The share of the attention that moved under the control. */
  readonly control: number;
  /** `moved` − `control`. */
  readonly effect: number;
}

/**
 * Returns how far each head's attention moved between two versions of the same texts, beside a
 * control.
 *
 * What moved is the share of the attention that goes to another part than before: half the sum of
 * the absolute differences, from 0 to 1. With `part`, it is what this part gained. The control is
 * another change of equal size.
 *
 * @param before what {@link attentionByPart} returned for the texts as written.
 * @param after the attention in the texts with a change.
 * @param control the attention in the texts with the other change.
 * @param options `part`: measure what one part gained.
 * @returns one row for each text, layer and head.
 * @throws CircuitbookError if the three tensors differ in their axes, or there is no such part.
 *
 * @example
 * ```ts
 * import { Tensor } from "circuitbook";
 * import * as backtracking from "circuitbook/studies/backtracking";
 * import { assertEquals } from "@std/assert";
 *
 * const one = (...shares: number[]) =>
 *   new Tensor(new Float32Array(shares), { row: 1, layer: 1, head: 1, part: 2 });
 * const moved = backtracking.attentionMoved(one(0.75, 0.25), one(0.25, 0.75), one(0.75, 0.25));
 * assertEquals(moved.getColumn("effect").toArray(), [0.5]);
 * ```
 */
export function attentionMoved(
  before: Tensor,
  after: Tensor,
  control: Tensor,
  options: { readonly part?: TextPart } = {},
): TableOf<AttentionMove> {
  checkArguments("attentionMoved", {
    before: [before, is.tensor],
    after: [after, is.tensor],
    control: [control, is.tensor],
  });

  checkOptions(
    options,
    z.strictObject({
      part: z.enum(TEXT_PARTS, `to be one of ${TEXT_PARTS.join(", ")}`).optional(),
    }),
    "attentionMoved",
  );
  if (after.describe() !== before.describe() || control.describe() !== before.describe()) {
    throw new CircuitbookError(
      `Expected three tensors alike but found ${
        [before, after, control].map((one) => one.describe()).join(", ")
      }; ` +
        "measure the same texts.",
    );
  }
  const { layer: layers, head: heads, part: parts } = before.sizes;
  return tableOf(Array.from({ length: before.data.length / parts }, (_, i) => {
    const [moved, still] = [after, control].map(({ data }) => {
      const gains = Array.from(
        { length: parts },
        (_, part) => data[i * parts + part] - before.data[i * parts + part],
      );
      if (options.part) return gains[TEXT_PARTS.indexOf(options.part)];
      return gains.reduce((sum, gain) => sum + Math.abs(gain), 0) / 2;
    });
    const row = Math.floor(i / (layers * heads));
    const layer = Math.floor(i / heads) % layers;
    return { row, layer, head: i % heads, moved, control: still, effect: moved - still };
  }));
}
