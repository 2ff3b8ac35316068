import type { Effect } from "../../stats/difference_of.ts";
import { effect, meanOver } from "../../stats/effect.ts";
import type { Estimate } from "../../stats/intervals.ts";
import { highest, meansBy } from "../../stats/means.ts";
import type { SteeredPrediction } from "../../steering/sweep_scales.ts";
import { numberRows } from "../../table/rows.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";

/** Whether one wrong attempt is called right under one vector and dose. */
export interface DoseRow {
  /** The name of the vector. */
  readonly series: string;
  /** The length of what was added; 0 is the unsteered model. */
  readonly scale: number;
  /** The length of what was added, in lengths of the residual stream. */
  readonly dose: number;
  /** The attempt. */
  readonly row: number;
  /** Whether the verdict says right, as far as it was read. */
  readonly right: boolean;
  /** Whether the verdict begins with a word for right, which it may take back. */
  readonly begins: boolean;
}

/** One dose of a curve. */
export interface DosePoint {
  /** The length of what was added, in lengths of the residual stream. */
  readonly dose: number;
  /** The length of what was added. */
  readonly scale: number;
  /** The share of attempts that are called right, or whose verdict begins with a word for right. */
  readonly mean: number;
  /** The lower end of the interval. */
  readonly low: number;
  /** The upper end of the interval. */
  readonly high: number;
  /** The number of attempts. */
  readonly n: number;
}

/**
 * Dose curves of steering vectors: the effect by the length of what is added. Doses are chosen on
 * every other attempt, and effects are reported on the others. Made by {@link dosesOf}.
 */
export class Doses {
  /** The rows of all attempts. */
  readonly rows: readonly DoseRow[];

  /**
   * Creates the curves.
   *
   * @param rows whether each attempt is called right, under each vector and dose.
   */
  constructor(rows: readonly DoseRow[]) {
    this.rows = rows;
  }

  /**
   * Returns the curve of one vector over all attempts.
   *
   * @param series the name of the vector.
   * @param of what is counted: verdicts that say right, or verdicts that begin with a word for
   * right. Default "right".
   * @returns a row for each dose, from 0 on.
   * @throws CircuitbookError if the sweep has no such vector.
   */
  curve(series: string, of: "right" | "begins" = "right"): TableOf<DosePoint> {
    const own = this.rows.filter((row) => row.series === series);
    const table = meansBy(own, ["dose", "scale"], of, { groups: "row" }).sort("dose");
    return tableOf(rowsOf(table).map((row) => ({ ...row }) as unknown as DosePoint));
  }

  /**
   * Returns the scale at which most of the first, third, fifth attempt and so on are called right.
   *
   * @param series the name of the vector.
   * @returns the scale. If several are as good, the one at which most verdicts begin with a word
   * for right, then the smallest.
   * @throws CircuitbookError if the sweep has no such vector.
   */
  best(series: string): number {
    // A verdict that is taken back counts for so little that it decides between equal scales only.
    const seen = this.rows.filter((row) => row.series === series && row.row % 2 === 0)
      .map(({ scale, right, begins }) => ({ scale, worth: right ? 1 : begins ? 1e-6 : 0 }))
      .sort((a, b) => a.scale - b.scale);
    return highest(meansBy(seen, ["scale"], "worth"), "mean").scale;
  }

  /**
   * Returns the smallest scale at which at least half of the verdicts of the first, third, fifth
   * attempt and so on begin with a word for right.
   *
   * @param series the name of the vector.
   * @returns the scale; undefined if there is none.
   */
  least(series: string): number | undefined {
    const seen = this.rows.filter((row) => row.series === series && row.row % 2 === 0);
    const turning = numberRows(meansBy(seen, ["scale"], "begins"))
      .filter(({ scale, mean }) => scale > 0 && mean >= 0.5);
    return turning.length ? Math.min(...turning.map(({ scale }) => scale)) : undefined;
  }

  /**
   * Returns the share of verdicts that say right among those that begin with a word for right, on
   * the attempts that choose no dose.
   *
   * @param series the name of the vector.
   * @param scale the length of what is added.
   * @returns the share with its interval; undefined if fewer than five verdicts begin so.
   */
  kept(series: string, scale: number): Estimate | undefined {
    const begun = this.rows.filter((each) =>
      each.series === series && each.scale === scale && each.row % 2 === 1 && each.begins
    );
    return begun.length < 5 ? undefined : meanOver(begun, { of: "right", over: "row" });
  }

  /**
   * Returns the effect of a vector against another one at one scale, on the attempts that choose no
   * dose.
   *
   * @param series the name of the vector.
   * @param control the name of the other vector.
   * @param at `scale`: the scale of both; `controlScale`: the scale of the other, if it differs.
   * @returns the difference of the shares that are called right.
   * @throws CircuitbookError if the sweep has no row of a vector at its scale.
   */
  against(
    series: string,
    control: string,
    { scale, controlScale = scale }: { scale: number; controlScale?: number },
  ): Effect {
    const others = this.rows.filter(({ row }) => row % 2 === 1);
    return effect(others, {
      of: "right",
      own: { series, scale },
      control: { series: control, scale: controlScale },
      over: "row",
    });
  }

  /**
   * Returns the effect of a vector against another one, each at its own best scale.
   *
   * @param series the name of the vector.
   * @param control the name of the other vector.
   * @returns the difference of the shares that are called right.
   * @throws CircuitbookError if the sweep has no row of a vector.
   */
  bestAgainst(series: string, control: string): Effect {
    return this.against(series, control, {
      scale: this.best(series),
      controlScale: this.best(control),
    });
  }
}

/**
 * Returns the dose curves of a sweep over scales.
 *
 * @param sweep a table of `steeredVerdicts`, or of `steering.sweepScales` with a class `right`.
 * @param norm the length of the residual stream to which the vectors are added.
 * @returns the curves.
 * @throws CircuitbookError if `sweep` is no table.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { tables } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const rows = [0, 1, 2, 3].flatMap((row) =>
 *   [0, 10].map((scale) => ({
 *     series: "W",
 *     scale,
 *     row,
 *     token: "this",
 *     said: scale ? "right" : "wrong",
 *   }))
 * );
 * const doses = verificationStudy.dosesOf(tables.tableOf(rows), 20);
 * assertEquals([doses.best("W"), doses.curve("W").getColumn("dose").toArray()], [10, [0, 0.5]]);
 * ```
 */
export function dosesOf(
  sweep: TableOf<Pick<SteeredPrediction, "series" | "scale" | "row" | "said">>,
  norm: number,
): Doses {
  return new Doses(
    rowsOf(sweep).map(({ series, scale, row, said }) => ({
      series,
      scale,
      dose: scale / norm,
      row,
      right: said === "right",
      begins: said === "right" || said === "taken back",
    })),
  );
}
