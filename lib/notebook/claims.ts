import { escape } from "deno-std/html/mod.js";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { MimeBundle, Notebook } from "./notebook_file.ts";

/** The MIME type under which displayed claims travel to the report. */
const CLAIMS_TYPE = "application/vnd.circuitbook.claims+json";

const figure = z.union([z.string(), z.number(), z.null()]);

const claim = z.strictObject({
  id: z.string().min(1),
  source: z.string().min(1),
  statement: z.string().min(1),
  sourceValue: figure,
  value: figure,
  n: z.int().nonnegative().nullable(),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  holds: z.boolean().nullable(),
  why: z.string(),
});

/**
 * What a source said and what this model shows: `id` (unique), `source` (where it was said), `statement`, `sourceValue` and
 * `value` (the number there and here, or `null`), `n` (how many cases), `interval` (of `value`), `holds` (`null`: could not
 * be decided here) and `why`.
 */
export type Claim = z.infer<typeof claim>;

/**
 * Claims that draw themselves as a table and reach `reports/claims.json` when a report is made. Made by {@link claims}.
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
  constructor(readonly list: readonly Claim[]) {}

  /** The claims as data and as a table. */
  [Symbol.for("Jupyter.display")](): MimeBundle {
    return {
      [CLAIMS_TYPE]: this.list,
      "text/html": claimsTable(this.list),
      "text/plain": claimsText(this.list),
    };
  }
}

/**
 * The claims as a table that a cell displays and a report collects.
 *
 * @throws CircuitbookError when a claim misses a part, has an unknown one, or two have the same id.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const table = notebook.claims([{
 *   id: "probe-accuracy",
 *   source: "Part I, figure 1",
 *   statement: "A linear probe reads the verdict from the middle layers.",
 *   sourceValue: 0.95,
 *   value: 0.97,
 *   n: 1000,
 *   interval: [0.96, 0.98],
 *   holds: true,
 *   why: "The best layer is above 0.9.",
 * }]);
 * assertEquals(table.list.length, 1);
 * ```
 */
export function claims(list: readonly Claim[]): Claims {
  const { data, error } = z.array(claim).safeParse(list);
  if (error) throw new CircuitbookError(`Expected claims but found: ${z.prettifyError(error)}`);
  refuseRepeats(data.map(({ id }) => id));
  return new Claims(data);
}

/** All claims that the cells of an executed notebook displayed, in order. */
export function claimsIn(notebook: Notebook): Claim[] {
  return notebook.cells.flatMap((cell) => {
    if (cell.cell_type !== "code") return [];
    return cell.outputs.flatMap((output) => {
      if (output.output_type !== "display_data" && output.output_type !== "execute_result") {
        return [];
      }
      return output.data[CLAIMS_TYPE] === undefined
        ? []
        : z.array(claim).parse(output.data[CLAIMS_TYPE]);
    });
  });
}

/** Whether the claim holds, in a word. */
export function verdict({ holds }: Claim): string {
  return holds === null ? "undecided" : holds ? "holds" : "does not hold";
}

/** A claim's number for people: at most four significant digits, an en dash for none. */
function figureText(value: string | number | null): string {
  if (value === null) return "–";
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : value;
}

/** The claims as an HTML table that brings its own style. */
export function claimsTable(list: readonly Claim[]): string {
  const rows = list.map((claim) => {
    const cells = [
      `<b class="${claim.holds === null ? "undecided" : claim.holds}">${verdict(claim)}</b>`,
      `${escape(claim.statement)}<br><small>${escape(claim.source)} · <code>${
        escape(claim.id)
      }</code></small>`,
      escape(figureText(claim.sourceValue)),
      escape(figureText(claim.value)) + intervalText(claim),
      claim.n === null ? "–" : claim.n.toLocaleString("en"),
      escape(claim.why),
    ];
    return `<tr>${cells.map((text) => `<td>${text}</td>`).join("")}</tr>`;
  });
  const head = ["", "The source's statement", "there", "here", "n", "why"].map((text) =>
    `<th>${text}</th>`
  ).join("");
  return `<table class="circuitbook-claims">${STYLE}<thead><tr>${head}</tr></thead><tbody>${
    rows.join("")
  }</tbody></table>`;
}

function intervalText({ interval }: Claim): string {
  return interval === null ? "" : `<br><small>${interval.map(figureText).join(" to ")}</small>`;
}

function claimsText(list: readonly Claim[]): string {
  return list.map((claim) =>
    `${verdict(claim)}: ${claim.statement} (there ${figureText(claim.sourceValue)}, here ${
      figureText(claim.value)
    })`
  ).join("\n");
}

function refuseRepeats(ids: readonly string[]): void {
  const repeated = ids.find((id, i) => ids.indexOf(id) !== i);
  if (repeated !== undefined) {
    throw new CircuitbookError(
      `Expected each claim to have its own id but found "${repeated}" twice; rename one.`,
    );
  }
}

/** The class stands twice, once more than in the rules of JupyterLab, which align every table to the right. */
const STYLE = `<style>
table.circuitbook-claims.circuitbook-claims { border-collapse: collapse; font-size: 0.9em; }
table.circuitbook-claims.circuitbook-claims :is(th, td) { text-align: left; vertical-align: top;
  padding: 0.4em 0.8em 0.4em 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }
table.circuitbook-claims.circuitbook-claims tbody tr:nth-child(n) { background: none; }
.circuitbook-claims b { white-space: nowrap; font-weight: 600; }
.circuitbook-claims b.true { color: #2e9d57; }
.circuitbook-claims b.false { color: #e0524a; }
.circuitbook-claims small { opacity: 0.75; }
</style>`;
