import { completedCharacters } from "../parts/completed.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { numberIn, type Row, type Table } from "../../table/plain_rows.ts";
import { checkList } from "../parts/checks.ts";
import { lensRows } from "../parts/lens_rows.ts";
import { formatNumber, visibleToken } from "../parts/text.ts";
import { base64, shortBytes } from "./bytes.ts";
import { distinct } from "../../base/lists.ts";

/** The data of the lens viewer, as its code in the page reads it. */
export interface LensData {
  /** The layers, the lowest first. */
  layers: readonly number[];
  /** The positions, the lowest first. */
  positions: readonly number[];
  /** The token of the text at each position. */
  text: readonly string[];
  /** All tokens that some cell lists. */
  vocabulary: readonly string[];
  /** How many tokens each cell lists, by layer, then position; bytes in base64. */
  counts: string;
  /**
   * The listed tokens of each cell, the most probable first: index into the vocabulary and coded
   * probability, 16 bits each, in base64.
   */
  listed: string;
  /** The tokens whose probability is known in every cell, as indices into the vocabulary. */
  asked: readonly number[];
  /**
   * The coded probabilities of these tokens in every cell, token by token; 16 bits each, in base64.
   */
  exact: string;
  /** The index of the cell that is shown first, by layer, then position. */
  selected: number;
  /** A sentence on what was left out; empty if nothing was. */
  note: string;
}

/** How many characters of HTML the data may take. */
const BUDGET = 240_000;
/** How many characters an entry takes: four bytes in base64. */
const ENTRY = 16 / 3;

interface Entry {
  token: number;
  probability: number;
}

/** A cell of a lens. */
export interface LensCell {
  /** The number of the layer. */
  layer: number;
  /** The position in the text. */
  position: number;
}

/**
 * Returns the tables of a lens, packed for the page. If there is no room for all tokens, the least
 * probable ones are left out.
 */
export function lensData(
  top: Table,
  tokens: readonly string[],
  { asked, selected }: { asked?: Table; selected?: LensCell },
): LensData {
  checkList(tokens, "tokens");
  const rows = lensRows(top);
  const layers = distinct(rows.map((row) => numberIn(row, "layer")));
  const positions = distinct(rows.map((row) => numberIn(row, "position")));
  const words = new Vocabulary();
  const cellOf = cellsBy(layers, positions);
  const cells = Array.from({ length: layers.length * positions.length }, (): Entry[] => []);
  for (const row of rows) {
    cells[cellOf(row)!].push({
      token: words.index(row),
      probability: numberIn(row, "probability"),
    });
  }
  for (const cell of cells) cell.sort(byProbability);
  const askedRows = asked ? lensRows(asked) : [];
  const exact = exactTable(askedRows, cells.length, cellOf, words);
  const smallest = smallestListed(cells, words.texts, BUDGET - exact.values.length * 8 / 3);
  const listed = cells.map((cell) =>
    cell.filter(({ probability }, rank) => rank === 0 || !(probability < smallest))
  );
  const used = words.used([...listed.flat().map(({ token }) => token), ...exact.tokens]);
  const texts = completedCharacters(tokens);
  return {
    layers,
    positions,
    text: positions.map((position) => visibleToken(texts[position] ?? `position ${position}`)),
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
      } are not listed, except the first token of each cell.`
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

/**
 * A probability in 16 bits, by its square root: five digits near 1, and three digits at 0.001. NaN
 * is 65535 (see `decodedProbability`).
 */
function squeezed(probability: number): number {
  if (Number.isNaN(probability)) return 65535;
  return Math.round(Math.sqrt(Math.min(1, Math.max(0, probability))) * 65534);
}

/**
 * The tokens of a lens, told apart by the column `id` if the table has one, otherwise by their
 * text.
 */
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

/** The coded probabilities of the tokens that were asked for, in all cells. */
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

/**
 * The smallest probability to list, so that all entries fit in the budget; 0 if everything fits.
 * The first token of each cell is always listed.
 */
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
      `Expected a lens that fits in ${BUDGET} characters but found ${cells.length} cells; show fewer positions or layers.`,
    );
  }
  const others = cells.flatMap((cell) => cell.slice(1)).sort(byProbability);
  const over = others.findIndex((entry) => (size += cost(entry)) > budget);
  if (over < 0) return 0;
  // Of equal probabilities all are listed or none, so that the note about the smallest one is true.
  return others.slice(0, over).findLast(({ probability }) => probability > others[over].probability)
    ?.probability ?? 1;
}

/** Puts the most probable token first, and NaN before all numbers, where readers see it. */
function byProbability({ probability: a }: Entry, { probability: b }: Entry): number {
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a)) || b - a || 0;
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
