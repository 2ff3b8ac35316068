import { z } from "zod";
import { anything, checkOptions, wholeNumber } from "../../base/options.ts";
import type { Captions, Drawing } from "../parts/drawing.ts";
import type { Table } from "../../table/plain_rows.ts";
import { formatNumber, grouped } from "../parts/text.ts";
import * as lens from "./browser/lens.ts";
import * as lensPanel from "./browser/lens_panel.ts";
import * as lensState from "./browser/lens_state.ts";
import * as page from "./browser/page.ts";
import { type LensCell, type LensData, lensData } from "./lens_data.ts";
import { viewer } from "./viewer.ts";

/** Options of {@link lensViewer}. */
export interface LensViewerOptions extends Captions {
  /** Rows like those of `top`, of tokens whose probability is known in every cell: `asked` of the same lens. */
  asked?: Table;
  /** The cell whose tokens are listed first. Default: the last layer at the last position. */
  selected?: LensCell;
}

const optionsSchema = z.strictObject({
  asked: anything,
  title: anything,
  caption: anything,
  selected: z.strictObject(
    { layer: wholeNumber, position: wholeNumber },
    "to be { layer, position }",
  ).optional(),
});

/**
 * An interactive logit lens: layers by positions, in each cell the top token, its probability as colour.
 *
 * Under the pointer or the keyboard's focus, a cell tells its tokens with their probabilities. A click on a token (Enter on a cell:
 * its top token) colours the whole grid by the probability of that token: exactly where the token was asked for, otherwise where it
 * is listed; Esc goes back. Works in a notebook and in a report, without a kernel.
 *
 * @param top rows `layer`, `position`, `token`, `probability` and, where there are some, `id` and `rank`: `top` of
 * `lens.logitLens` with `example` renamed.
 * @param tokens the text's tokens by position.
 * @param options `asked`: tokens that are known in every cell. `selected`: the cell shown first, as `layer` and `position` of the rows.
 * @throws CircuitbookError when a column is missing, the grid is too large for a page, or `selected` is not in it.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const top = [{ layer: 0, position: 0, token: " not", probability: 0.4 }, { layer: 0, position: 0, token: "this", probability: 0.1 }];
 * assert(plot.lensViewer(top, [" ("], { title: "What each layer would say" }).text.includes("·not"));
 * ```
 */
export function lensViewer(
  top: Table,
  tokens: readonly string[],
  options: LensViewerOptions = {},
): Drawing {
  checkOptions(options, optionsSchema, "lensViewer");
  const { asked, selected, ...captions } = options;
  const data = lensData(top, tokens, { asked, selected });
  const code = [page, lensState, lensPanel, lens, { formatNumber, grouped }];
  return viewer({ label: summary(data), data, start: lens.startLens, code }, captions);
}

function summary(data: LensData): string {
  const { layers, positions, text } = data;
  const says = selectedSays(data);
  const layer = Math.floor(data.selected / positions.length);
  const which = layer === layers.length - 1 ? "the last layer" : `layer ${layers[layer]}`;
  return `Logit lens, layers ${layers[0]} to ${layers.at(-1)} by ${positions.length} positions` +
    (says ? `; ${which} after ${text[data.selected % positions.length]} says ${says}.` : ".");
}

/** "·not (0.4)": the top token of the cell that is shown first. */
function selectedSays({ vocabulary, counts, listed, selected }: LensData): string | undefined {
  const lengths = page.bytesOf(counts);
  const entries = page.shortsOf(listed);
  const first = 2 * lengths.subarray(0, selected).reduce((sum, length) => sum + length, 0);
  return lengths[selected] > 0
    ? `${vocabulary[entries[first]]} (${formatNumber((entries[first + 1] / 65535) ** 2)})`
    : undefined;
}
