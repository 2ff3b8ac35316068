import {
  Drawing,
  escapeHtml,
  formatNumber,
  framed,
  jupyterDisplay,
  type MediaBundle,
} from "../../plot/mod.ts";
import type { Estimate } from "../../stats/intervals.ts";
import { type Claim, verdict } from "./claim.ts";
import { type Claims, claims } from "./claims.ts";

/** A source's statement and the verdict on it: what a {@link Ledger} adds to a measured value. */
export interface Finding {
  /** What the source stated, in a sentence. */
  readonly statement: string;
  /** The number (or words) that the source gave. Default: none. */
  readonly sourceValue?: string | number;
  /** Whether the statement holds for this model; `null` where that could not be decided. */
  readonly holds: boolean | null;
  /** The criterion, and the control that the value was compared with. */
  readonly why: string;
}

/**
 * Collects the claims of a notebook, one experiment after the other. A cell that displays the ledger
 * shows the claims that were added since the ledger was last displayed, one a line. The whole table,
 * which a report collects, is {@link Ledger.claims}. Made by {@link ledger}.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const notes = notebook.ledger("Part I").add("n", 12, {
 *   statement: "There are ten.",
 *   sourceValue: 10,
 *   holds: false,
 *   why: "Counted.",
 * });
 * assertEquals(notes.claims.list.length, 1);
 * ```
 */
export class Ledger {
  /** The name of the source, and of the section that the claims stand in. */
  readonly source: string;

  readonly #list: Claim[];

  /** How many claims of the list were already displayed. */
  #shown = 0;

  /**
   * Creates a ledger.
   *
   * @param source the name of the source.
   * @param list the list that claims are added to; a ledger shares it with its sections.
   */
  constructor(source: string, list: Claim[] = []) {
    this.source = source;
    this.#list = list;
  }

  /** The claims of all sections so far, as a table that a cell displays and a report collects. */
  get claims(): Claims {
    return claims(this.#list);
  }

  /**
   * Returns a ledger for one section of the source. Its claims stand in the same table.
   *
   * @param name the name of the section.
   * @returns a ledger that adds to the same table.
   */
  section(name: string): Ledger {
    const part = new Ledger(`${this.source}, ${name}`, this.#list);
    part.#shown = this.#list.length;
    return part;
  }

  /**
   * Adds a claim and returns the ledger. A claim whose id is already in the table, because its cell was
   * run twice, replaces the earlier one.
   *
   * @param id the claim's own name.
   * @param value what was measured on this model: an estimate with its interval, a number, or words.
   * @param finding the source's statement and the verdict on it.
   * @returns the same ledger, so that calls can be chained.
   * @throws CircuitbookError if a part of the claim is empty.
   */
  add(id: string, value: Estimate | number | string, finding: Finding): this {
    const estimate = typeof value === "object" ? value : undefined;
    const claim: Claim = {
      id,
      source: this.source,
      statement: finding.statement,
      sourceValue: finding.sourceValue ?? null,
      value: typeof value === "object" ? value.value : value,
      n: estimate?.n ?? null,
      interval: estimate ? [estimate.low, estimate.high] : null,
      holds: finding.holds,
      why: finding.why,
    };
    claims([claim]);
    const earlier = this.#list.findIndex((known) => known.id === id);
    if (earlier < 0) {
      this.#list.push(claim);
    } else {
      this.#list[earlier] = claim;
      this.#shown = Math.min(this.#shown, earlier);
    }
    return this;
  }

  /** Returns the claims that were added since the ledger was last displayed, one a line. */
  [jupyterDisplay](): MediaBundle {
    const fresh = this.#list.slice(this.#shown).filter(({ source }) => source === this.source);
    this.#shown = this.#list.length;
    const html = fresh.map((claim) =>
      `<div><b>${verdict(claim)}: </b>${escapeHtml(sentences(claim))}</div>`
    );
    const text = fresh.map((claim) => `${verdict(claim)}: ${sentences(claim)}`);
    return new Drawing(framed(html.join("")), text.join("\n"))[jupyterDisplay]();
  }
}

/**
 * Returns an empty ledger for the claims of one source.
 *
 * @param source the name of the source.
 * @returns a ledger without claims.
 *
 * @example
 * ```ts
 * import { notebook, stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const partOne = notebook.ledger("Part I");
 * partOne.section("Probing").add("probe", stats.wilson(97, 100), {
 *   statement: "The probe is near perfect.",
 *   holds: true,
 *   why: "Held-out problems.",
 * });
 * assertEquals(partOne.claims.list[0].source, "Part I, Probing");
 * ```
 */
export function ledger(source: string): Ledger {
  return new Ledger(source);
}

/** "The probe is near perfect. This model: 0.97 (0.92 to 0.99, n 100); source: 0.95. Held-out problems." */
function sentences({ statement, value, interval, n, sourceValue, why }: Claim): string {
  const range = interval ? ` (${interval.map(rounded).join(" to ")}, n ${n})` : "";
  const measured = value === null ? "nothing" : rounded(value);
  const given = sourceValue === null ? "" : `; source: ${rounded(sourceValue)}`;
  return `${statement} This model: ${measured}${range}${given}. ${why}`;
}

/** Two significant digits; the detour over nine decimals keeps 0.1 + 0.2 from reading as a long number. */
function rounded(value: string | number): string {
  return typeof value === "number" ? formatNumber(Number(value.toFixed(9)), 2) : value;
}
