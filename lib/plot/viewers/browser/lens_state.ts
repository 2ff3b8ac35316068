/** The lens viewer in the page: what it knows and shows. @module */
import type { LensData } from "../lens_data.ts";

/** What the lens viewer knows and shows. */
export interface LensState {
  readonly data: LensData;
  readonly table: HTMLTableElement;
  /** By layer from the top, then position. */
  readonly cells: readonly HTMLTableCellElement[];
  /** Where each cell's tokens begin in `entries`; one more at the end. */
  readonly starts: readonly number[];
  /** Token and squeezed probability in turn. */
  readonly entries: Uint16Array;
  readonly exact: Uint16Array;
  readonly panel: PanelParts;
  /** The line above: what the colours mean. */
  readonly key: HTMLElement;
  /** The cell in the panel, and whether it stays there while the pointer moves on. */
  shown: number;
  kept: boolean;
  /** The cell that Tab reaches. */
  reached: number;
  /** The token the grid is coloured by. */
  chosen?: number;
}

/** The elements of the panel. */
export interface PanelParts {
  readonly root: HTMLElement;
  readonly place: HTMLElement;
  /** A line for each rank; those beyond a cell's tokens are hidden. */
  readonly choices: readonly HTMLButtonElement[];
  /** A line for each token that was asked for. */
  readonly asked: readonly HTMLButtonElement[];
  readonly hint: HTMLElement;
}

/** The place of a drawn cell in the data, which begins with the lowest layer; and the other way round. */
export function dataCell({ data }: Pick<LensState, "data">, index: number): number {
  const columns = data.positions.length;
  return (data.layers.length - 1 - Math.floor(index / columns)) * columns + index % columns;
}

/** The tokens of a cell, most probable first. */
export function tokensOf(
  state: LensState,
  index: number,
): { token: number; probability: number }[] {
  const cell = dataCell(state, index);
  const { starts, entries } = state;
  return Array.from({ length: starts[cell + 1] - starts[cell] }, (_, i) => {
    const at = 2 * (starts[cell] + i);
    return { token: entries[at], probability: (entries[at + 1] / 65535) ** 2 };
  });
}

/** The probability of a token in a cell, where it is known. */
export function probabilityIn(state: LensState, index: number, token: number): number | undefined {
  const asked = state.data.asked.indexOf(token);
  if (asked >= 0) {
    return (state.exact[asked * state.cells.length + dataCell(state, index)] / 65535) ** 2;
  }
  return tokensOf(state, index).find((entry) => entry.token === token)?.probability;
}

/** "layer 5 after ·( (position 12)". */
export function placeInWords({ data }: LensState, index: number): string {
  const column = index % data.positions.length;
  const layer = data.layers[data.layers.length - 1 - Math.floor(index / data.positions.length)];
  return `layer ${layer} after ${data.text[column]} (position ${data.positions[column]})`;
}
