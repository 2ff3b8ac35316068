import type { Effect } from "../../stats/difference_of.ts";
import { effect } from "../../stats/effect.ts";
import { highest, meansBy } from "../../stats/means.ts";
import type { SteeredPrediction } from "../../steering/sweep_scales.ts";
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
  /** Whether the most probable token is a word for right. */
  readonly right: boolean;
}

/** One dose of a curve. */
export interface DosePoint {
  /** The length of what was added, in lengths of the residual stream. */
  readonly dose: number;
  /** The length of what was added. */
  readonly scale: number;
  /** The share of attempts that are called right. */
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
   * @returns a row for each dose, from 0 on.
   * @throws CircuitbookError if the sweep has no such vector.
   */
  curve(series: string): TableOf<DosePoint> {
    const own = this.rows.filter((row) => row.series === series);
    const table = meansBy(own, ["dose", "scale"], "right", { groups: "row" }).sort("dose");
    return tableOf(rowsOf(table).map((row) => ({ ...row }) as unknown as DosePoint));
  }

  /**
   * Returns the scale at which most of the first, third, fifth attempt and so on are called right.
   *
   * @param series the name of the vector.
   * @returns the scale; the smallest one if several are as good.
   * @throws CircuitbookError if the sweep has no such vector.
   */
  best(series: string): number {
    const seen = this.rows.filter((row) => row.series === series && row.row % 2 === 0);
    return highest(meansBy(seen, ["scale"], "right"), "mean").scale;
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
 * @param sweep a table of `steering.sweepScales` with a class `right`.
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
    })),
  );
}
