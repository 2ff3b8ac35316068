import { checkArguments, is } from "../../../base/arguments.ts";
import { aProblem } from "../../kinds.ts";
import { CircuitbookError } from "../../../base/errors.ts";
import type { TextTokenizer } from "../../text/tokenizer.ts";
import type { LocatedAttempt } from "./attempt.ts";
import { attempts } from "./attempts.ts";
import type { Problem } from "../problems/problem.ts";

/** An attempt in one row of a batch. */
export interface RowAttempt extends LocatedAttempt {
  /** The index of the row. */
  row: number;
}

/**
 * Returns the attempts of all rows of a batch, such as generated texts or encoded chains, with
 * token positions in their rows.
 *
 * @param rows the token ids of each row.
 * @param problems the problem of each row.
 * @param tokenizer the tokenizer that made the tokens.
 * @returns the attempts, row by row.
 * @throws CircuitbookError if the numbers of rows and problems differ.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const words = ["3 + 4", " =", " ", "7", " (", "this", " works", ")"];
 * const tokenizer = { decode: () => words.join(""), pieces: () => words };
 * const found = countdown.attemptsOfRows([[0, 1, 2, 3, 4, 5, 6, 7]], [
 *   countdown.problem([3, 4], 7),
 * ], tokenizer);
 * assertEquals(countdown.positionsByRow(found, 1, ({ tokens }) => tokens.open), [[4]]);
 * ```
 */
export function attemptsOfRows(
  rows: readonly (readonly number[])[],
  problems: readonly Problem[],
  tokenizer: Pick<TextTokenizer, "decode" | "pieces">,
): RowAttempt[] {
  checkArguments("attemptsOfRows", {
    rows: [rows, is.lists],
    problems: [problems, is.listOf(aProblem)],
    tokenizer: [tokenizer, is.shaped("a tokenizer", { decode: is.callable, pieces: is.callable })],
  });

  if (rows.length !== problems.length) {
    throw new CircuitbookError(
      `Expected one problem for each row but found ${problems.length} problems for ${rows.length} rows.`,
    );
  }
  return rows.flatMap((tokens, row) =>
    attempts(tokenizer.decode(tokens), problems[row], tokenizer.pieces(tokens)).map((attempt) => ({
      ...attempt,
      row,
    }))
  );
}

/**
 * Returns the positions of one part of the attempts, a list for each row, as `model.run` takes
 * `positions`. The examples that the run returns are then in the order of the attempts.
 *
 * @param attempts the attempts, as {@link attemptsOfRows} returns them.
 * @param rowCount how many rows the batch has.
 * @param part returns the position of the part, for example `({ tokens }) => tokens.open`.
 * @returns one list of positions a row.
 * @throws CircuitbookError if an attempt lacks the part, or the attempts are not in the order of
 * the rows.
 *
 * @example
 * ```ts
 * import { countdown } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(countdown.positionsByRow([], 2, ({ tokens }) => tokens.open), [[], []]);
 * ```
 */
export function positionsByRow(
  attempts: readonly RowAttempt[],
  rowCount: number,
  part: (attempt: RowAttempt) => number | undefined,
): number[][] {
  checkArguments("positionsByRow", {
    attempts: [attempts, is.listOf(is.like("an attempt", "row", "tokens", "problem"))],
    rowCount: [rowCount, is.number],
    part: [part, is.callable],
  });

  const positions: number[][] = Array.from({ length: rowCount }, () => []);
  attempts.forEach((attempt, i) => {
    const position = part(attempt);
    if (position === undefined) {
      throw new CircuitbookError(
        `Expected every attempt to have the part but found none in "${attempt.expression}" of row ${attempt.row}; ` +
          "filter the attempts first.",
      );
    }
    const before = positions[attempt.row]?.at(-1) ?? -1;
    if (
      !positions[attempt.row] || position <= before || (i > 0 && attempts[i - 1].row > attempt.row)
    ) {
      throw new CircuitbookError(
        `Expected attempts in the order of ${rowCount} rows but found "${attempt.expression}" of row ${attempt.row} ` +
          "out of order; keep them as attemptsOfRows returns them.",
      );
    }
    positions[attempt.row].push(position);
  });
  return positions;
}
