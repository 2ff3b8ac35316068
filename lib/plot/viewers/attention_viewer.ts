import { z } from "zod";
import type { Tensor } from "../../base/tensor.ts";
import { anything, checkOptions, wholeNumber } from "../../base/options.ts";
import { NEGATIVE } from "../parts/colour.ts";
import type { Captions, Drawing } from "../parts/drawing.ts";
import { formatNumber, grouped } from "../parts/text.ts";
import { type AttentionData, attentionData, type AttentionOptions } from "./attention_data.ts";
import * as attention from "./browser/attention.ts";
import * as canvas from "./browser/attention_canvas.ts";
import * as headList from "./browser/attention_heads.ts";
import * as state from "./browser/attention_state.ts";
import * as text from "./browser/attention_text.ts";
import * as coder from "./browser/coder.ts";
import * as page from "./browser/page.ts";
import { viewer } from "./viewer.ts";

/** Options of {@link attentionViewer}. */
export interface AttentionViewerOptions extends Captions, AttentionOptions {}

const optionsSchema = z.strictObject({
  scores: anything,
  queries: z.array(z.number(), "to be a list of positions").optional(),
  layers: z.array(z.number(), "to be a list of layers").optional(),
  selected: wholeNumber.optional(),
  orderBy: z.string("to be a column's name").optional(),
  title: anything,
  caption: anything,
});

/**
 * An interactive viewer of attention patterns: a thumbnail of every head; a click (or Enter) shows one large; a query token under
 * the pointer or the keyboard's focus shows its row over the text, each token shaded by the attention that it gets.
 *
 * Thumbnails can be filtered by layer, by text and by a score, and sorted by it. Values are rounded and small ones dropped as far as
 * the page needs to stay under 300 KB, which the viewer says. Works in a notebook and in a report, without a kernel.
 *
 * @param patterns [layer, head, query, key], each row summing to 1. The queries are the last positions, unless `queries` lists them.
 * @param tokens the text, a token per key.
 * @param options `scores`: a table with columns `layer`, `head` and any scores; columns that hold text can be searched.
 * `layers`: the numbers of the layers, where they are not all. `selected`: the query position whose row is shown first (default: that
 * of the last query). `orderBy`: the score that the thumbnails are ordered by at first, the highest in front (default: they go by
 * layer); the head that is highest in it (otherwise in the first score) is the large one.
 * @throws CircuitbookError when axes, tokens, queries or scores do not fit one another, or `selected` is no query, `orderBy` no score.
 *
 * @example
 * ```ts
 * import { plot, Tensor } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const patterns = new Tensor(new Float32Array([1, 0, 0.3, 0.7]), { layer: 1, head: 1, query: 2, key: 2 });
 * const scores = [{ layer: 0, head: 0, previous: 0.3 }];
 * assert(plot.attentionViewer(patterns, ["9", " ("], { scores }).text.includes("L0H0"));
 * ```
 */
export function attentionViewer(
  patterns: Tensor,
  tokens: readonly string[],
  options: AttentionViewerOptions = {},
): Drawing {
  checkOptions(options, optionsSchema, "attentionViewer");
  const { title, caption, ...chosen } = options;
  const data = { ...attentionData(patterns, tokens, chosen), blue: NEGATIVE };
  const code = [page, coder, state, canvas, headList, text, attention, { formatNumber, grouped }];
  return viewer({ label: summary(data), data, start: attention.startAttention, code }, {
    title,
    caption,
  });
}

function summary(data: AttentionData): string {
  const { layers, heads, names, shape, columns, scores } = data;
  const column = data.orderBy ?? 0;
  const best = headList.highestHead(data);
  const name = `L${layers[Math.floor(best / heads)]}H${best % heads}`;
  const highest = columns.length
    ? `; highest ${columns[column]}: ${name} (${formatNumber(scores[best][column] ?? NaN)})`
    : "";
  return `Attention patterns of ${layers.length} layers by ${heads} heads, ${shape.positions.length} queries over ` +
    `${names.length} tokens${highest}.`;
}
