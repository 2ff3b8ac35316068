import { headName } from "../../base/one_line.ts";
import { z } from "zod";
import type { Tensor } from "../../base/tensor.ts";
import { anything, checkOptions, wholeNumber } from "../../base/options.ts";
import { NAN_COLOUR, NEGATIVE } from "../parts/colour.ts";
import type { Captions, Drawing } from "../parts/drawing.ts";
import { formatNumber, grouped } from "../parts/text.ts";
import { attentionPattern } from "../attention_pattern.ts";
import type { Figure } from "../parts/figure.ts";
import { tensorHeatmap } from "../tensor_heatmap.ts";
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
  orderBy: z.string("to be the name of a column").optional(),
  head: z.tuple([wholeNumber, wholeNumber], "to be [layer, head]").optional(),
  title: anything,
  caption: anything,
});

/**
 * Returns an interactive viewer of attention patterns, which works in a notebook and in a report,
 * without a kernel.
 *
 * The viewer has a thumbnail of every head; a click or Enter shows a head large. A query token
 * under the pointer or the keyboard focus shows its row over the text, each token shaded by the
 * attention that it gets. Thumbnails can be filtered by layer, words and scores, and sorted by a
 * score. Values are rounded and small values left out until the page stays under 300 KB; the viewer
 * says by how much.
 *
 * @param patterns attention [layer, head, query, key]; each row sums to 1.
 * @param tokens the text, one token for each key.
 * @param options scores, the numbers of layers and queries, what is shown first, and captions.
 * @returns a drawing for a notebook cell.
 * @throws CircuitbookError if axes, tokens, queries or scores do not fit one another, if `selected`
 * is not a query, or if `orderBy` is not a score.
 *
 * @example
 * ```ts
 * import { plot, Tensor } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const sizes = { layer: 1, head: 1, query: 2, key: 2 };
 * const patterns = new Tensor(new Float32Array([1, 0, 0.3, 0.7]), sizes);
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
  const data = { ...attentionData(patterns, tokens, chosen), blue: NEGATIVE, magenta: NAN_COLOUR };
  const code = [page, coder, state, canvas, headList, text, attention, { formatNumber, grouped }];
  const still = () => stillOf(patterns, tokens, data);
  return viewer({ label: summary(data), data, start: attention.startAttention, code, still }, {
    title,
    caption,
  });
}

/** Returns the pattern of the head that is shown first. */
function stillOf(patterns: Tensor, tokens: readonly string[], data: AttentionData): Figure {
  const first = headList.highestHead(data);
  const layer = Math.floor(first / data.heads);
  const head = first % data.heads;
  const title = headName(data.layers[layer], head);
  const pattern = patterns.slice({ layer, head });
  const { positions } = data.shape;
  const isLast = positions.every((at, i) => at === tokens.length - positions.length + i);
  if (isLast) return attentionPattern(pattern, tokens, { title });
  const queries = positions.map((at) => tokens[at]);
  return tensorHeatmap(pattern, { title, labels: { query: queries, key: tokens } });
}

function summary(data: AttentionData): string {
  const { layers, heads, names, shape, columns, scores, nanRows } = data;
  const column = data.orderBy ?? 0;
  const best = headList.highestHead(data);
  const name = headName(layers[Math.floor(best / heads)], best % heads);
  const highest = columns.length
    ? `; highest ${columns[column]}: ${name} (${formatNumber(scores[best][column] ?? NaN)})`
    : "";
  const rows = layers.length * heads * shape.positions.length;
  const nan = nanRows.reduce((sum, count, i) => i % 2 ? sum + count : sum, 0);
  const damaged = nan ? `; NaN in ${formatNumber(nan)} of ${formatNumber(rows)} rows` : "";
  return `Attention patterns of ${layers.length} layers by ${heads} heads, ${shape.positions.length} queries over ` +
    `${names.length} tokens${highest}${damaged}.`;
}
