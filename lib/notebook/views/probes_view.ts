import { checkArguments, is } from "../../base/arguments.ts";
import { accuracyByLayer, Drawing, formatNumber, type Table } from "../../plot/mod.ts";
import { rowsWith } from "../../table/plain_rows.ts";

/** What {@link probesView} draws; `Probes` have it. */
export interface ProbesViewData {
  /** The names of the classes. */
  readonly classes: readonly string[];
  /**
   * A table with the columns `layer` and `accuracy` and, where known, `low`, `high`, `auc`, `n` and
   * `baseline`.
   */
  readonly layers: Table;
}

/**
 * Returns a figure of trained probes: accuracy by layer with its interval, beside the accuracy of
 * always predicting the most frequent class.
 *
 * @param probes the classes and the table by layer.
 * @returns a figure for a notebook cell.
 * @throws CircuitbookError if the table lacks `layer` or `accuracy`.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const layers = [{ layer: 0, accuracy: 0.6, n: 200 }, { layer: 1, accuracy: 0.97, n: 200 }];
 * assert(
 *   notebook.probesView({ classes: ["not", "this"], layers }).text.includes("best at layer 1"),
 * );
 * ```
 */
export function probesView(probes: ProbesViewData): Drawing {
  checkArguments("probesView", {
    probes: [probes, is.like("probes", "classes", "layers")],
  });

  const { classes, layers } = probes;
  const rows = rowsWith(layers, ["layer", "accuracy"]);
  const best = rows.reduce((best, row) =>
    Number(row.accuracy) > Number(best.accuracy) ? row : best
  );
  const interval = typeof best.low === "number" && typeof best.high === "number"
    ? ` (${formatNumber(best.low)} to ${formatNumber(best.high)})`
    : "";
  const auc = typeof best.auc === "number" ? `, AUC ${formatNumber(best.auc)}` : "";
  const n = typeof best.n === "number" ? `, n ${formatNumber(best.n)}` : "";
  const controls: Record<string, Table> = rows.some((row) => typeof row.baseline === "number")
    ? {
      "always the most frequent class": rows.map(({ layer, baseline }) => ({
        layer,
        accuracy: baseline,
      })),
    }
    : {};
  return accuracyByLayer({ "probe": rows }, {
    controls,
    title: `Linear probes of ${classes.join(" / ")}`,
    caption: `Accuracy on validation examples, best at layer ${best.layer}: ${
      formatNumber(Number(best.accuracy))
    }${interval}${auc}${n}.`,
  });
}
