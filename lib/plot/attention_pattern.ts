import { completedCharacters } from "./parts/completed.ts";
import { CircuitbookError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { checkList, checkTensor } from "./parts/checks.ts";
import { colourScale } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure } from "./parts/figure.ts";
import { gridPart } from "./parts/grid.ts";
import { rampLegend } from "./parts/legend.ts";
import { formatNumber, shorten, visibleToken } from "./parts/text.ts";

/**
 * Returns a figure of the attention of one head: a row for each query, a column for each key, the
 * attention as colour. Cells after the query are blank in a causal pattern. In long texts only some
 * tokens are named.
 *
 * @param pattern attention [query, key]; the queries are the last positions of the text.
 * @param tokens the text, one token for each key.
 * @param captions the words around the figure.
 * @returns the figure.
 * @throws CircuitbookError if the pattern has other axes, or if there is not one token for each
 * key.
 *
 * @example
 * ```ts
 * import { plot, Tensor } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const pattern = new Tensor(new Float32Array([1, 0, 0.3, 0.7]), { query: 2, key: 2 });
 * assert(plot.attentionPattern(pattern, ["9", " ("]).svg.includes("·("));
 * ```
 */
export function attentionPattern(
  pattern: Tensor,
  tokens: readonly string[],
  captions: Captions = {},
): Figure {
  checkTensor(pattern, "attentionPattern");
  checkList(tokens, "tokens");
  if (pattern.axes.join() !== "query,key") {
    throw new CircuitbookError(
      `Expected a pattern [query, key] but found ${pattern.describe()}; select one row of the batch and one head first.`,
    );
  }
  const [queries, keys] = pattern.shape;
  if (tokens.length !== keys) {
    throw new CircuitbookError(`Expected ${keys} tokens, one per key, but found ${tokens.length}.`);
  }
  const shift = keys - queries;
  const at = (query: number, key: number) => pattern.data[query * keys + key];
  const causal = shift >= 0 &&
    !some(queries, keys, (query, key) => key > query + shift && at(query, key) !== 0);
  const size = Math.min(20, Math.max(3, Math.floor(620 / keys)));
  const texts = completedCharacters(tokens);
  const name = (index: number) => shorten(visibleToken(texts[index]), 10);
  const step = Math.ceil(13 / size);
  const labels = (count: number, offset: number) =>
    new Map(
      Array.from({ length: Math.ceil(count / step) }, (_, i) =>
        [i * step, name(i * step + offset)] as const),
    );
  const scale = colourScale(pattern.data, { colours: "shade", domain: [0, 1] });
  const part = gridPart({
    rows: queries,
    columns: keys,
    scale,
    cell: { width: size, height: size },
    value: (query, key) => causal && key > query + shift ? undefined : at(query, key),
    title: (query, key) =>
      `${name(query + shift)} (${query + shift}) looks at ${name(key)} (${key}): ${
        formatNumber(at(query, key))
      }`,
    words: {
      row: (query) => `${name(query + shift)} (${query + shift})`,
      column: (key) => `looks at ${name(key)} (${key})`,
    },
    rowName: "query",
    columnName: "key",
    rowLabels: labels(queries, shift >= 0 ? shift : 0),
    columnLabels: labels(keys, 0),
  });
  const last = Array.from({ length: keys }, (_, key) => key).reduce(
    (best, key) => at(queries - 1, key) > at(queries - 1, best) ? key : best,
    0,
  );
  const label =
    `Attention of ${queries} queries over ${keys} keys; the last token looks most at ${
      name(last)
    }, ` +
    `position ${last} (${formatNumber(at(queries - 1, last))}).`;
  return figure([[rampLegend(scale, "attention")], [part]], label, captions);
}

function some(
  rows: number,
  columns: number,
  test: (row: number, column: number) => boolean,
): boolean {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) if (test(row, column)) return true;
  }
  return false;
}
