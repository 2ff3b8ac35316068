import type { Edit } from "../plan/edit.ts";
import { columnsOf, selectedRows } from "../plan/region.ts";
import type { BatchView } from "../plan/view.ts";

/** The smallest saving, in tokens, that is worth one more pass. */
const LEAST_TOKENS = 64;

/** The part of a batch's prompts that several rows have in common, so that it is read once. */
export interface SharedPrompts {
  /** The number of columns to read once for each different prompt. No edit acts on them. */
  readonly columns: number;
  /** The first row of each different prompt. */
  readonly rows: readonly number[];
  /** For each row of the batch, the place of its prompt among `rows`. */
  readonly places: readonly number[];
}

/**
 * Returns rows in an order in which those with the same prompt are neighbours, so that a batch
 * reads few prompts. Rows with different prompts keep their order.
 */
export function byPrompt<Row extends { readonly prompt: readonly number[] }>(
  rows: readonly Row[],
): Row[] {
  return [...Map.groupBy(rows, ({ prompt }) => prompt.join()).values()].flat();
}

/**
 * Returns the part of the prompts that is read once for all rows that have the same prompt: up to
 * the first column on which an edit acts, without the last column. Returns undefined if no two rows
 * have the same prompt, or if too few tokens would be saved.
 *
 * @param edits the edits of the generation.
 * @param view the prompts of the batch, as one pass.
 */
export function sharedPrompts(edits: readonly Edit[], view: BatchView): SharedPrompts | undefined {
  const alike = [...Map.groupBy(view.tokens.keys(), (row) => view.tokens[row].join()).values()];
  const copies = view.batch - alike.length;
  if (copies * (view.columns - 1) < LEAST_TOKENS) return undefined;
  const columns = Math.min(view.columns - 1, ...edits.map((edit) => firstColumnOf(edit, view)));
  if (copies * columns < LEAST_TOKENS) return undefined;
  const places = new Array<number>(view.batch);
  alike.forEach((same, place) => same.forEach((row) => places[row] = place));
  return { columns, rows: alike.map(([first]) => first), places };
}

/** Returns the first column of the prompts on which an edit acts; the number of columns if none. */
function firstColumnOf(edit: Edit, view: BatchView): number {
  // A function sees, and may change, whole prompts.
  if ("apply" in edit) return 0;
  let first = view.columns;
  for (const { index: row } of selectedRows(edit, view)) {
    for (const { index } of columnsOf(edit, row, view)) first = Math.min(first, index);
    if (first === 0) break;
  }
  return first;
}
