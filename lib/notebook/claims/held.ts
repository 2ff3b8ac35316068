import {
  Drawing,
  escapeHtml,
  formatNumber,
  framed,
  jupyterDisplay,
  type MediaBundle,
} from "../../plot/mod.ts";
import type { Abilities } from "../../base/abilities.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { HeldStatement, HeldStatements } from "../../base/statements.ts";
import type { Estimate } from "../../stats/intervals.ts";
import type { Claim } from "./claim.ts";
import { type Claims, claims } from "./claims.ts";

/** The verdict on a statement: what a ledger adds to a measured value. */
export interface HeldFinding extends Partial<HeldStatement> {
  /** Whether the statement holds for this model; `null` where that could not be decided. */
  readonly holds: boolean | null;
  /** The criterion, and the control that the value was compared with. */
  readonly why: string;
}

/** What a ledger and its sections share. */
interface Entries {
  /** The claims so far. */
  readonly list: Claim[];
  /** The statements that were announced, by id, with the names of their sources. */
  readonly announced: ReadonlyMap<string, HeldStatement & { readonly source: string }>;
  /** What the last section lacked that the model cannot take part in. */
  lacking?: string;
}

/**
 * Collects the claims of a notebook, one experiment after the other. A cell that displays the ledger
 * shows the claims that were added since the ledger was last displayed, one a line. The whole table,
 * which a report collects, is {@link HeldLedger.claims}. HeldStatements that were announced and never tested
 * stand there as "cannot be tested". Made by {@link heldLedger}.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const notes = notebook.heldLedger("Part I").add("n", 12, {
 *   statement: "There are ten.",
 *   sourceValue: 10,
 *   holds: false,
 *   why: "Counted.",
 * });
 * assertEquals(notes.claims.list.length, 1);
 * ```
 */
export class HeldLedger {
  /** The name of the source, and of the section that the claims stand in. */
  readonly source: string;

  readonly #entries: Entries;

  /** How many claims of the list were already displayed. */
  #shown = 0;

  /**
   * Creates a ledger.
   *
   * @param source the name of the source.
   * @param entries what the ledger shares with its sections.
   */
  constructor(source: string, entries: Entries = { list: [], announced: new Map() }) {
    this.source = source;
    this.#entries = entries;
  }

  /**
   * The claims of all sections, as a table that a cell displays and a report collects: the announced
   * statements in their order, then all other claims.
   */
  get claims(): Claims {
    const { list, announced, lacking = "The section that tests it was skipped." } = this.#entries;
    const known = [...announced].map(([id, statement]) =>
      list.find((claim) => claim.id === id) ?? untested(id, statement, lacking)
    );
    return claims([...known, ...list.filter(({ id }) => !announced.has(id))]);
  }

  /**
   * Returns a ledger for one section of the source. Its claims stand in the same table. With abilities,
   * the section of the notebook ends here if the model lacks one of them, and the statements of the
   * section that were not tested yet are noted as "cannot be tested".
   *
   * @param name the name of the section.
   * @param abilities what the model can do.
   * @param needs the names of the abilities that the section needs.
   * @returns a ledger that adds to the same table.
   * @throws MissingAbility if the model lacks one of the abilities.
   */
  section(name: string, abilities?: Abilities, ...needs: readonly string[]): HeldLedger {
    const { list, announced } = this.#entries;
    const part = new HeldLedger(`${this.source}, ${name}`, this.#entries);
    part.#shown = list.length;
    const missing = abilities?.missing(...needs);
    if (missing !== undefined) {
      this.#entries.lacking = missing;
      for (const [id, statement] of announced) {
        if (statement.source !== part.source || list.some((claim) => claim.id === id)) continue;
        list.push(untested(id, statement, missing));
      }
    }
    abilities?.require(...needs);
    return part;
  }

  /**
   * Adds a claim and returns the ledger. A claim whose id is already in the table, because its cell was
   * run twice, replaces the earlier one.
   *
   * @param id the claim's own name.
   * @param value what was measured on this model: an estimate with its interval, a number, or words.
   * @param finding the verdict, with the source's statement unless that was announced.
   * @returns the same ledger, so that calls can be chained.
   * @throws CircuitbookError if the claim has no statement, or if a part of it is empty.
   */
  add(id: string, value: Estimate | number | string, finding: HeldFinding): this {
    const { statement, sourceValue } = { ...this.#entries.announced.get(id), ...finding };
    if (statement === undefined) {
      throw new CircuitbookError(
        `Expected the statement of "${id}" but found none; give it here, or among the statements of the ledger.`,
      );
    }
    const estimate = typeof value === "object" ? value : undefined;
    const claim: Claim = {
      ...fixed(id, this.source, { statement, sourceValue }),
      verdict: finding.holds === null
        ? "inconclusive"
        : finding.holds
        ? "replicates"
        : "contradicts",
      value: typeof value === "string"
        ? undefined
        : typeof value === "object"
        ? value.value
        : value,
      n: estimate?.n,
      interval: estimate ? [estimate.low, estimate.high] : undefined,
      why: typeof value === "string" ? `${value}. ${finding.why}` : finding.why,
    };
    claims([claim]);
    this.#keep(claim);
    return this;
  }

  /** Adds a claim, or replaces the claim that has its id. */
  #keep(claim: Claim): void {
    const { list } = this.#entries;
    const earlier = list.findIndex(({ id }) => id === claim.id);
    if (earlier < 0) {
      list.push(claim);
    } else {
      list[earlier] = claim;
      this.#shown = Math.min(this.#shown, earlier);
    }
  }

  /** Returns the claims that were added since the ledger was last displayed, one a line. */
  [jupyterDisplay](): MediaBundle {
    const { list } = this.#entries;
    const fresh = list.slice(this.#shown).filter(({ source }) => source === this.source);
    this.#shown = list.length;
    const html = fresh.map((claim) =>
      `<div><b>${claim.verdict}: </b>${escapeHtml(sentences(claim))}</div>`
    );
    const text = fresh.map((claim) => `${claim.verdict}: ${sentences(claim)}`);
    return new Drawing(framed(html.join("")), text.join("\n"))[jupyterDisplay]();
  }
}

/**
 * Returns an empty ledger for the claims of one source.
 *
 * @param source the name of the source.
 * @param statements the statements that will be tested. A statement that is not tested, because the
 * model lacks what its section needs, stands in the table all the same. Default: none are announced.
 * @returns a ledger without claims.
 *
 * @example
 * ```ts
 * import { notebook, stats } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const partOne = notebook.heldLedger("Part I", {
 *   Probing: { probe: { statement: "The probe is near perfect." } },
 *   Steering: { steer: { statement: "Steering works." } },
 * });
 * partOne.section("Probing").add("probe", stats.wilson(97, 100), {
 *   holds: true,
 *   why: "Held-out problems.",
 * });
 * assertEquals(partOne.claims.list.map(({ id, verdict }) => [id, verdict]), [
 *   ["probe", "replicates"],
 *   ["steer", "cannot be tested"],
 * ]);
 * ```
 */
export function heldLedger(source: string, statements: HeldStatements = {}): HeldLedger {
  const announced = Object.entries(statements).flatMap(([section, own]) =>
    Object.entries(own).map(([id, statement]) =>
      [id, { ...statement, source: `${source}, ${section}` }] as const
    )
  );
  return new HeldLedger(source, { list: [], announced: new Map(announced) });
}

/** Returns the claim about a statement that this model cannot test. */
function untested(
  id: string,
  { source, statement, sourceValue }: HeldStatement & { readonly source: string },
  why: string,
): Claim {
  return { ...fixed(id, source, { statement, sourceValue }), verdict: "cannot be tested", why };
}

/** What a claim of a notebook says that judges by hand. */
function fixed(
  id: string,
  source: string,
  { statement, sourceValue = "not stated" }: HeldStatement,
) {
  return {
    id,
    kind: "source" as const,
    source,
    statement,
    sourceValue,
    statistic: "see the notebook",
    unit: "number",
    criterion: "in the text above the experiment",
    control: "in the text above the experiment",
    figure: "claims",
    model: "see the notebook",
    hash: "not recorded",
    commit: "not recorded",
    date: "not recorded",
    seed: 0,
  };
}

/** "The probe is near perfect. This model: 0.97 (0.92 to 0.99, n 100); source: 0.95. Held-out problems." */
function sentences({ statement, value, interval, n, sourceValue, why }: Claim): string {
  const range = interval ? ` (${interval.map(rounded).join(" to ")}, n ${n})` : "";
  const own = value === undefined ? "" : ` This model: ${rounded(value)}${range};`;
  return `${statement}${own} source: ${rounded(sourceValue)}. ${why}`;
}

/** Two significant digits; the detour over nine decimals keeps 0.1 + 0.2 from reading as a long number. */
function rounded(value: string | number): string {
  return typeof value === "number" ? formatNumber(Number(value.toFixed(9)), 2) : value;
}
