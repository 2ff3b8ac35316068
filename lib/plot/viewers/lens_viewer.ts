import { z } from "zod";
import { anything, checkOptions, wholeNumber } from "../../base/options.ts";
import type { Captions, Drawing } from "../parts/drawing.ts";
import { numberIn, type Row, type Table } from "../../table/plain_rows.ts";
import { lensGrid } from "../lens_grid.ts";
import { lensRows } from "../parts/lens_rows.ts";
import { formatNumber, grouped } from "../parts/text.ts";
import * as lens from "./browser/lens.ts";
import * as lensPanel from "./browser/lens_panel.ts";
import * as lensState from "./browser/lens_state.ts";
import * as page from "./browser/page.ts";
import { type LensCell, type LensData, lensData } from "./lens_data.ts";
import { viewer } from "./viewer.ts";

/** Options of {@link lensViewer}. */
export interface LensViewerOptions extends Captions {
  /**
   * A table like `top` of tokens whose probability is known in every cell: `asked` of the same
   * lens.
   */
  asked?: Table;
  /** The cell that is shown first. Default: the last layer at the last position. */
  selected?: LensCell;
}

/** Positions of the still figure. */
const MOST_COLUMNS = 12;

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
 * Returns an interactive logit lens, which works in a notebook and in a report, without a kernel.
 *
 * The viewer is a grid of layers by positions; each cell shows its most probable token, the
 * probability as colour. A cell under the pointer or the keyboard focus lists its tokens. A click
 * on a token (Enter on a cell takes its top token) colours the whole grid by the probability of
 * that token: in every cell if the token was asked for, otherwise in the cells that list the token.
 * Esc goes back.
 *
 * @param top a table with the columns `layer`, `position`, `token`, `probability` and, if known,
 * `id`: `top` of `lens.logitLens` at the positions of one text, whose column `example` is taken for
 * the position.
 * @param tokens the tokens of the text, by position.
 * @param options tokens that were asked for, the cell that is shown first, and captions.
 * @returns a drawing for a notebook cell.
 * @throws CircuitbookError if a column is missing, the grid is too large for a page, or `selected`
 * is not a cell.
 *
 * @example
 * ```ts
 * import { plot } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const top = [{ layer: 0, position: 0, token: " not", probability: 0.4 }];
 * assert(plot.lensViewer(top, [" ("], { title: "Next token" }).text.includes("·not"));
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
  const still = () => lensGrid(lastColumns(top, data), tokens);
  return viewer({ label: summary(data), data, start: lens.startLens, code, still }, captions);
}

/**
 * Returns the rows of the positions up to the one that is shown first, as many as a page is wide.
 */
function lastColumns(top: Table, { positions, selected }: LensData): readonly Row[] {
  const last = positions[selected % positions.length];
  const shown = positions.filter((position) => position <= last).slice(-MOST_COLUMNS);
  return lensRows(top).filter((row) => shown.includes(numberIn(row, "position")));
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
    ? `${vocabulary[entries[first]]} (${formatNumber(page.decodedProbability(entries[first + 1]))})`
    : undefined;
}
