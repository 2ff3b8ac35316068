import { printsAsText } from "../../base/one_line.ts";
import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { escapeHtml, jupyterDisplay, type MediaBundle } from "../../plot/mod.ts";
import type { Notebook } from "../notebook_file.ts";
import { minuteOf } from "../../base/formats.ts";
import { shortHash } from "../report/run_words.ts";
import { CLAIM, type Claim, countsInWords } from "./claim.ts";
import { claimsTable, claimsText } from "./table.ts";

/** The media type under which displayed claims travel to the report. */
const CLAIMS_TYPE = "application/vnd.circuitbook.claims+json";

/**
 * Claims that draw themselves as a table. A report writes them to `reports/claims.json`. Made by
 * {@link claims}.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(notebook.claims([]).list, []);
 * ```
 */
export class Claims {
  /** The claims, in order. */
  readonly list: readonly Claim[];

  /**
   * Creates a table of claims.
   *
   * @param list the claims, already checked.
   */
  constructor(list: readonly Claim[]) {
    this.list = list;
  }

  /** Returns the claims as data, as an HTML table below their counts by kind, and as plain text. */
  [jupyterDisplay](): MediaBundle {
    return {
      [CLAIMS_TYPE]: this.list,
      "text/html": `<p>${this.list.length ? introduction(this.list) : ""}</p>` +
        claimsTable(this.list),
      "text/plain": claimsText(this.list),
    };
  }

  /** Returns the claims in a line: their counts by kind and verdict. */
  toString(): string {
    return `Claims: ${this.list.length > 0 ? countsInWords(this.list) : "none"}`;
  }
}

printsAsText(Claims);

/**
 * Returns claims as a table that a cell displays and a report collects.
 *
 * @param list the claims, in the order of the table.
 * @returns the checked claims.
 * @throws CircuitbookError if a claim lacks a part or has an unknown one, or if two claims have the
 * same id.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = notebook.claims([{
 *   id: "probe-accuracy",
 *   kind: "source",
 *   source: "Part I, figure 1",
 *   statement: "A linear probe reads the verdict from the middle layers.",
 *   sourceValue: 0.95,
 *   statistic: "accuracy of the best layer",
 *   unit: "share",
 *   criterion: "the interval lies above 90 %",
 *   control: "shuffled labels",
 *   verdict: "replicates",
 *   value: 0.97,
 *   interval: [0.96, 0.98],
 *   n: 1000,
 *   why: "",
 *   figure: "accuracy",
 *   model: "countdown-r1",
 *   hash: "0d1e",
 *   dtype: "f32",
 *   commit: "7500366",
 *   date: "2026-11-29",
 *   seed: 1,
 * }]);
 * assertEquals(table.list.length, 1);
 * ```
 */
export function claims(list: readonly Claim[]): Claims {
  const { data, error } = z.array(CLAIM).safeParse(list);
  if (error) throw new CircuitbookError(`Expected claims but found: ${z.prettifyError(error)}`);
  refuseRepeats(data.map(({ id }) => id));
  return new Claims(data);
}

/** Returns all claims that the cells of an executed notebook displayed, in order. */
export function claimsIn({ cells }: Notebook): Claim[] {
  const outputs = cells.flatMap((cell) => cell.cell_type === "code" ? cell.outputs : []);
  return outputs.flatMap((output) => {
    if (output.output_type !== "display_data" && output.output_type !== "execute_result") return [];
    const displayed = output.data[CLAIMS_TYPE];
    return displayed === undefined ? [] : z.array(CLAIM).parse(displayed);
  });
}

/**
 * Returns the text above the table as HTML: the counts by kind, the meaning of the verdicts, and
 * the run.
 */
function introduction(list: readonly Claim[]): string {
  const [{ model, hash, dtype, commit, date, seed }] = list;
  return `${
    escapeHtml(countsInWords(list))
  }. A claim replicates if its whole 95 % interval lies where the criterion asks for, ` +
    "contradicts if no part of it does, and is inconclusive otherwise; verdicts are corrected for all tests of a " +
    `section by Holm's method, and contradictions by several numbers also for how many they are. Fewer ` +
    `than five units, such as problems, decide nothing. Model ${escapeHtml(model)}, weights ${
      shortHash(hash)
    }, in ${escapeHtml(dtype)}, commit ${shortHash(commit)}, ${
      escapeHtml(minuteOf(date))
    }, seed ${seed}.`;
}

function refuseRepeats(ids: readonly string[]): void {
  const repeated = ids.find((id, i) => ids.indexOf(id) !== i);
  if (repeated !== undefined) {
    throw new CircuitbookError(
      `Expected each claim to have its own id but found "${repeated}" twice; rename one.`,
    );
  }
}
