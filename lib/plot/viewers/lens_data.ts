import { CircuitbookError } from "../../base/errors.ts";
import { numberIn, type Row, rowsOf, type Table } from "../../table/plain_rows.ts";
import { formatNumber, visibleToken } from "../parts/text.ts";
import { base64, shortBytes } from "./bytes.ts";

/** What the lens viewer's code in the page draws. */
export interface LensData {
  /** The lowest first. */
  layers: readonly number[];
  positions: readonly number[];
  /** The text's own token at each of the positions. */
  text: readonly string[];
  /** Every token that is listed somewhere. */
  vocabulary: readonly string[];
  /** How many tokens each cell lists; cells go by layer, then position. */
  counts: string;
  /** The listed tokens, most probable first: index into the vocabulary and probability, 16 bits each. */
  listed: string;
  /** Tokens whose probability is known in every cell, as indices into the vocabulary. */
  asked: readonly number[];
  /** Their probabilities, token by token. */
  exact: string;
  /** The cell that is shown first; cells go by layer, then position. */
  selected: number;
  /** What was left out, in a sentence. */
  note: string;
}

/** How many characters of HTML the tables may take. */
const BUDGET = 240_000;
/** Characters of base64 for four bytes. */
const ENTRY = 16 / 3;

interface Entry {
  token: number;
  probability: number;
}

/** A cell of a lens. */
export interface LensCell {
  layer: number;
  position: number;
}

/** A lens's tables, packed; the least probable tokens are left out where there is no room for all. */
export function lensData(
  top: Table,
  tokens: readonly string[],
  { asked, selected }: { asked?: Table; selected?: LensCell },
): LensData {
  const rows = rowsOf(top, ["layer", "position", "token", "probability"]);
  const layers = distinct(rows, "layer");
  const positions = distinct(rows, "position");
  const words = new Vocabulary();
  const cellOf = cellsBy(layers, positions);
  const cells = Array.from({ length: layers.length * positions.length }, (): Entry[] => []);
  for (const row of rows) {
    cells[cellOf(row)!].push({
      token: words.index(row),
      probability: numberIn(row, "probability"),
    });
  }
  for (const cell of cells) cell.sort((a, b) => b.probability - a.probability);
  const askedRows = asked ? rowsOf(asked, ["layer", "position", "token", "probability"]) : [];
  const exact = exactTable(askedRows, cells.length, cellOf, words);
  const smallest = smallestListed(cells, words.texts, BUDGET - exact.values.length * 8 / 3);
  const listed = cells.map((cell) =>
    cell.filter(({ probability }, rank) => rank === 0 || probability >= smallest)
  );
  const used = words.used([...listed.flat().map(({ token }) => token), ...exact.tokens]);
  return {
    layers,
    positions,
    text: positions.map((position) => visibleToken(tokens[position] ?? `position ${position}`)),
    vocabulary: used.texts,
    counts: base64(Uint8Array.from(listed, ({ length }) => Math.min(255, length))),
    listed: base64(shortBytes(
      listed.flatMap((cell) =>
        cell.slice(0, 255).flatMap((
          { token, probability },
        ) => [used.place(token), squeezed(probability)])
      ),
    )),
    asked: exact.tokens.map(used.place),
    exact: base64(shortBytes(exact.values)),
    selected: selected ? selectedCell(selected, cellOf) : cells.length - 1,
    note: smallest > 0
      ? `To keep the page small, tokens below a probability of ${
        formatNumber(smallest, 2)
      } are not listed (but for the first).`
      : "",
  };
}

function selectedCell(cell: LensCell, cellOf: (row: Row) => number | undefined): number {
  const index = cellOf({ ...cell });
  if (index !== undefined) return index;
  const { layer, position } = cell;
  throw new CircuitbookError(
    `Expected "selected" to be a cell of the lens but found layer ${layer}, position ${position}.`,
  );
}

/** A probability in 16 bits, by its square root: five digits near 1, and still three at one in a thousand. */
function squeezed(probability: number): number {
  return Math.round(Math.sqrt(Math.min(1, Math.max(0, probability))) * 65535);
}

/** Tokens by id where the table has one, by their text otherwise; shown with their invisible characters. */
class Vocabulary {
  readonly texts: string[] = [];
  readonly #places = new Map<unknown, number>();

  index(row: Row): number {
    const key = row.id ?? row.token;
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.texts.length);
    return this.texts.push(visibleToken(String(row.token))) - 1;
  }

  used(tokens: readonly number[]): { texts: string[]; place(token: number): number } {
    const kept = [...new Set(tokens)];
    const places = new Map(kept.map((token, i) => [token, i]));
    return { texts: kept.map((token) => this.texts[token]), place: (token) => places.get(token)! };
  }
}

function exactTable(
  rows: readonly Row[],
  cells: number,
  cellOf: (row: Row) => number | undefined,
  words: Vocabulary,
): { tokens: number[]; values: Uint16Array } {
  const byToken = Map.groupBy(rows, (row) => words.index(row));
  const tokens = [...byToken.keys()];
  const values = new Uint16Array(tokens.length * cells);
  tokens.forEach((token, i) => {
    const known = new Map(
      byToken.get(token)!.map((row) => [cellOf(row), numberIn(row, "probability")]),
    );
    for (let cell = 0; cell < cells; cell++) {
      const probability = known.get(cell);
      if (probability === undefined) {
        throw new CircuitbookError(
          `Expected the probability of ${
            words.texts[token]
          } in all ${cells} cells of the lens but found ${known.size}; ` +
            "pass the `asked` table of the same lens.",
        );
      }
      values[i * cells + cell] = squeezed(probability);
    }
  });
  return { tokens, values };
}

/** The smallest probability that is listed beyond each cell's first token, so that all fits; 0 when everything does. */
function smallestListed(
  cells: readonly Entry[][],
  texts: readonly string[],
  budget: number,
): number {
  const seen = new Set<number>();
  const cost = ({ token }: Entry) => {
    const first = !seen.has(token);
    seen.add(token);
    return ENTRY + (first ? JSON.stringify(texts[token]).length + 1 : 0);
  };
  let size = cells.reduce((sum, [first]) => sum + (first ? cost(first) : 0), 0);
  if (size > budget) {
    throw new CircuitbookError(
      `Expected a lens that fits in ${BUDGET} characters but found one of ${cells.length} cells; show fewer positions or layers.`,
    );
  }
  const others = cells.flatMap((cell) => cell.slice(1)).sort((a, b) =>
    b.probability - a.probability
  );
  const over = others.findIndex((entry) => (size += cost(entry)) > budget);
  if (over < 0) return 0;
  // Equal probabilities are all listed or none, so that the note holds.
  return others.slice(0, over).findLast(({ probability }) => probability > others[over].probability)
    ?.probability ?? 1;
}

function distinct(rows: readonly Row[], column: string): number[] {
  return [...new Set(rows.map((row) => numberIn(row, column)))].sort((a, b) => a - b);
}

function cellsBy(
  layers: readonly number[],
  positions: readonly number[],
): (row: Row) => number | undefined {
  const layerAt = new Map(layers.map((layer, i) => [layer, i]));
  const positionAt = new Map(positions.map((position, i) => [position, i]));
  return (row) => {
    const layer = layerAt.get(numberIn(row, "layer"));
    const position = positionAt.get(numberIn(row, "position"));
    return layer === undefined || position === undefined
      ? undefined
      : layer * positions.length + position;
  };
}
