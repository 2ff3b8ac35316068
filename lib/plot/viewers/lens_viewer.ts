import { z } from "zod";
import { anything, checkOptions } from "../../model/options.ts";
import type { Captions, Drawing } from "../drawing.ts";
import type { Table } from "../rows.ts";
import { formatNumber, grouped } from "../text.ts";
import * as lens from "./browser/lens.ts";
import * as lensPanel from "./browser/lens_panel.ts";
import * as lensState from "./browser/lens_state.ts";
import * as page from "./browser/page.ts";
import { type LensData, lensData } from "./lens_data.ts";
import { viewer } from "./viewer.ts";

/** Options of {@link lensViewer}. */
export interface LensViewerOptions extends Captions {
  /** Rows like those of `top`, of tokens whose probability is known in every cell: `asked` of the same lens. */
  asked?: Table;
}

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
 * @throws CircuitbookError when a column is missing, or the grid is too large for a page.
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
export function lensViewer(top: Table, tokens: readonly string[], options: LensViewerOptions = {}): Drawing {
  checkOptions(options, z.strictObject({ asked: anything, title: anything, caption: anything }), "lensViewer");
  const { asked, ...captions } = options;
  const data = lensData(top, tokens, asked);
  const code = [page, lensState, lensPanel, lens, { formatNumber, grouped }];
  return viewer({ label: summary(data), data, start: lens.startLens, code }, captions);
}

function summary(data: LensData): string {
  const { layers, positions, text } = data;
  const says = lastSays(data);
  return `Logit lens, layers ${layers[0]} to ${layers.at(-1)} by ${positions.length} positions` +
    (says ? `; the last layer after ${text.at(-1)} says ${says}.` : ".");
}

/** "·not (0.4)": the last layer's top token at the last position. */
function lastSays({ vocabulary, counts, listed }: LensData): string | undefined {
  const lengths = page.bytesOf(counts), entries = page.shortsOf(listed);
  const length = lengths[lengths.length - 1], first = entries.length - 2 * length;
  return length > 0 ? `${vocabulary[entries[first]]} (${formatNumber((entries[first + 1] / 65535) ** 2)})` : undefined;
}
