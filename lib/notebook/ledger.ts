import {
  Drawing,
  escapeHtml,
  formatNumber,
  framed,
  jupyterDisplay,
  type MediaBundle,
} from "../plot/mod.ts";
import type { Estimate } from "../stats/intervals.ts";
import { type Claim, type Claims, claims, verdict } from "./claims.ts";

/** What a source said, and what came of it here. */
export interface Finding {
  /** What was said, in a sentence. */
  readonly said: string;
  /** The number given there, if any. */
  readonly there?: string | number;
  /** Whether it holds here; `null` where that could not be decided. */
  readonly holds: boolean | null;
  /** By what measure, and against which control. */
  readonly why: string;
}

/**
 * Collects the claims of a notebook as its experiments are done. Displayed in a cell it shows, in a line each, what was noted
 * since it was last displayed; the whole table, which a report collects, is {@link Ledger.claims}. Made by {@link ledger}.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const notes = notebook.ledger("Part I").add("n", 12, { said: "There are ten.", there: 10, holds: false, why: "Counted." });
 * assertEquals(notes.claims.list.length, 1);
 * ```
 */
export class Ledger {
  #shown = 0;

  readonly #list: Claim[];

  constructor(
    /** The source's name, and where in it the claims stand. */
    readonly source: string,
    list: Claim[] = [],
  ) {
    this.#list = list;
  }

  /** The claims so far, as a table that a cell displays and a report collects. */
  get claims(): Claims {
    return claims(this.#list);
  }

  /** The same ledger for claims of one section of the source. */
  section(name: string): Ledger {
    const part = new Ledger(`${this.source}, ${name}`, this.#list);
    part.#shown = this.#list.length;
    return part;
  }

  /**
   * Notes a claim and returns the ledger. A claim noted again (the cell was run twice) takes the place of the first.
   *
   * @param here what was measured: an estimate, a number or words.
   * @throws CircuitbookError when a part of the claim is empty.
   */
  add(id: string, here: Estimate | number | string, { said, there, holds, why }: Finding): this {
    const estimate = typeof here === "object" ? here : undefined;
    const next: Claim = {
      id,
      source: this.source,
      statement: said,
      sourceValue: there ?? null,
      value: estimate ? estimate.value : here as number | string,
      n: estimate?.n ?? null,
      interval: estimate ? [estimate.low, estimate.high] : null,
      holds,
      why,
    };
    claims([next]);
    const place = this.#list.findIndex((known) => known.id === id);
    this.#list.splice(place < 0 ? this.#list.length : place, place < 0 ? 0 : 1, next);
    if (place >= 0) this.#shown = Math.min(this.#shown, place);
    return this;
  }

  [jupyterDisplay](): MediaBundle {
    const fresh = this.#list.slice(this.#shown).filter(({ source }) => source === this.source);
    this.#shown = this.#list.length;
    const lines = fresh.map((claim) => ({ start: `${verdict(claim)}: `, rest: lineOf(claim) }));
    const html = lines.map(({ start, rest }) =>
      `<div><b>${escapeHtml(start)}</b>${escapeHtml(rest)}</div>`
    ).join("");
    return new Drawing(framed(html), lines.map(({ start, rest }) => start + rest).join("\n"))
      [jupyterDisplay]();
  }
}

/**
 * A ledger for the claims of one source.
 *
 * @example
 * ```ts
 * import { notebook, stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const partOne = notebook.ledger("Part I");
 * const said = "The probe is near perfect.";
 * partOne.section("Probing").add("probe", stats.wilson(97, 100), { said, holds: true, why: "Held-out problems." });
 * assertEquals(partOne.claims.list[0].source, "Part I, Probing");
 * ```
 */
export function ledger(source: string): Ledger {
  return new Ledger(source);
}

/** "The probe is near perfect. Here 0.97 (0.92 to 0.99, n 100), there 0.95. Held-out problems." */
function lineOf({ statement, value, interval, n, sourceValue, why }: Claim): string {
  const range = interval ? ` (${interval.map(rounded).join(" to ")}, n ${n})` : "";
  const there = sourceValue === null ? "" : `, there ${rounded(sourceValue)}`;
  return `${statement} Here ${value === null ? "nothing" : rounded(value)}${range}${there}. ${why}`;
}

function rounded(value: string | number): string {
  return typeof value === "number" ? formatNumber(Number(value.toFixed(9)), 2) : value;
}
