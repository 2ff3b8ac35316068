import type { Estimate } from "../stats.ts";
import { type Claim, type Claims, claims } from "./claims.ts";

/** What a source said, and what came of it here. */
export interface Finding {
  /** Where in the source. */
  readonly section: string;
  /** What was said, in a sentence. */
  readonly said: string;
  /** The number given there, if any. */
  readonly there?: string | number;
  /** Whether it holds here; `null` where that could not be decided. */
  readonly holds: boolean | null;
  /** By what measure, and against which control. */
  readonly why: string;
}

/** Collects the claims of a notebook as its experiments are done. */
export class Ledger {
  private readonly list: Claim[] = [];

  constructor(
    /** The source's name, before the section in each claim. */
    readonly source: string,
  ) {}

  /** The claims so far, as a table that a cell displays and a report collects. */
  get claims(): Claims {
    return claims(this.list);
  }

  /**
   * Notes a claim and returns the ledger. A claim noted again (the cell was run twice) takes the place of the first.
   *
   * @param here what was measured: an estimate, a number or words.
   * @throws CircuitbookError when a part of the claim is empty.
   */
  add(id: string, here: Estimate | number | string, { section, said, there, holds, why }: Finding): this {
    const estimate = typeof here === "object" ? here : undefined;
    const next: Claim = {
      id,
      source: `${this.source}, ${section}`,
      statement: said,
      sourceValue: there ?? null,
      value: estimate ? estimate.value : here as number | string,
      n: estimate?.n ?? null,
      interval: estimate ? [estimate.low, estimate.high] : null,
      holds,
      why,
    };
    claims([next]);
    const place = this.list.findIndex((known) => known.id === id);
    this.list.splice(place < 0 ? this.list.length : place, place < 0 ? 0 : 1, next);
    return this;
  }
}

/**
 * A ledger for the claims of one source.
 *
 * @example
 * ```ts
 * import { ledger, wilson } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const partOne = ledger("Part I");
 * const said = "The probe is near perfect.";
 * partOne.add("probe", wilson(97, 100), { section: "Linear Probing", said, holds: true, why: "Held-out problems." });
 * assertEquals(partOne.claims.list[0].value, 0.97);
 * ```
 */
export function ledger(source: string): Ledger {
  return new Ledger(source);
}
