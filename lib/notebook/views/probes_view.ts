import { accuracyByLayer, Drawing, formatNumber, rowsOf, type Table } from "../../plot/mod.ts";

/**
 * A figure of trained probes: accuracy by layer with its interval, against always saying the most frequent class.
 *
 * @param probes their classes, and a table by layer with the columns layer, accuracy, and where known low, high, auc, n and baseline.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const layers = [{ layer: 0, accuracy: 0.6, auc: 0.61, n: 200 }, { layer: 1, accuracy: 0.97, auc: 0.99, n: 200 }];
 * assert(notebook.probesView({ classes: ["not", "this"], layers }).text.includes("best at layer 1"));
 * ```
 */
export function probesView(
  { classes, layers }: { classes: readonly string[]; layers: Table },
): Drawing {
  const rows = rowsOf(layers, ["layer", "accuracy"]);
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
