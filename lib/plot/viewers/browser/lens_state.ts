/** The lens viewer in the page: its data and what is selected. @module */
import type { LensData } from "../lens_data.ts";
import { decodedProbability } from "./page.ts";

/** The data of the lens viewer and what is selected. */
export interface LensState {
  readonly data: LensData;
  readonly table: HTMLTableElement;
  /** The cells, by layer from the top, then position. */
  readonly cells: readonly HTMLTableCellElement[];
  /**
   * The index of the first entry of each cell in `entries`, and the number of entries at the end.
   */
  readonly starts: readonly number[];
  /** Tokens and coded probabilities in turn. */
  readonly entries: Uint16Array;
  /** The coded probabilities of the tokens that were asked for. */
  readonly exact: Uint16Array;
  readonly panel: PanelParts;
  /** The line above the grid that explains the colours. */
  readonly key: HTMLElement;
  /** The cell in the panel. */
  shown: number;
  /** Whether that cell stays in the panel while the pointer moves on. */
  kept: boolean;
  /** The cell that the Tab key reaches. */
  reached: number;
  /** The token that colours the grid; `undefined` for the top tokens. */
  chosen?: number;
}

/** The elements of the panel. */
export interface PanelParts {
  readonly root: HTMLElement;
  readonly place: HTMLElement;
  /** A line for each rank; lines beyond the tokens of the cell are hidden. */
  readonly choices: readonly HTMLButtonElement[];
  /** A line for each token that was asked for. */
  readonly asked: readonly HTMLButtonElement[];
  readonly hint: HTMLElement;
}

/**
 * Returns the index in the data of a drawn cell, or the other way round: the data begins with the
 * lowest layer, the grid with the highest.
 */
export function dataCell({ data }: Pick<LensState, "data">, index: number): number {
  const columns = data.positions.length;
  return (data.layers.length - 1 - Math.floor(index / columns)) * columns + index % columns;
}

/** Returns the tokens of a cell, the most probable first. */
export function tokensOf(
  state: LensState,
  index: number,
): { token: number; probability: number }[] {
  const cell = dataCell(state, index);
  const { starts, entries } = state;
  return Array.from({ length: starts[cell + 1] - starts[cell] }, (_, i) => {
    const at = 2 * (starts[cell] + i);
    return { token: entries[at], probability: decodedProbability(entries[at + 1]) };
  });
}

/**
 * Returns the probability of a token in a cell; `undefined` if the cell does not list the token.
 */
export function probabilityIn(state: LensState, index: number, token: number): number | undefined {
  const asked = state.data.asked.indexOf(token);
  if (asked >= 0) {
    return decodedProbability(state.exact[asked * state.cells.length + dataCell(state, index)]);
  }
  return tokensOf(state, index).find((entry) => entry.token === token)?.probability;
}

/** Returns a cell in words: "layer 5 after ·( (position 12)". */
export function cellInWords({ data }: LensState, index: number): string {
  const column = index % data.positions.length;
  const layer = data.layers[data.layers.length - 1 - Math.floor(index / data.positions.length)];
  return `layer ${layer} after ${data.text[column]} (position ${data.positions[column]})`;
}
