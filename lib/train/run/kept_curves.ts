import pl from "nodejs-polars";
import { join } from "deno-std/path/mod.js";
import { checkArguments } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import type { Model } from "../../model/model.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { TableOf } from "../../table/table.ts";
import type { CurveRow } from "../curves.ts";

/** The file beside the weights in which `deno task train` keeps the curves. */
export const CURVES_FILE = "curves.parquet";

/**
 * Returns the curves of the training of a model, which `deno task train` keeps beside the weights.
 *
 * @param model the model.
 * @returns the table that `curveFrame` made, or `undefined` if no curves lie beside the weights.
 * @throws CircuitbookError if the file is there and is no table with a column `step`.
 *
 * @example
 * ```ts
 * import { loadModel, training } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const curves = await training.curvesOf(await loadModel("countdown-r1"));
 * assert(curves?.columns.includes("canonical verdicts"));
 * ```
 */
export async function curvesOf(model: Model): Promise<TableOf<CurveRow> | undefined> {
  checkArguments("curvesOf", { model: [model, aModel] });

  const path = join(model.checkpoint.folder, CURVES_FILE);
  const found = await Deno.stat(path).catch(() => undefined);
  if (!found?.isFile) return undefined;
  const table = read(path);
  if (table?.columns.includes("step")) return table;
  throw new CircuitbookError(
    `Expected a table with a column "step" but found none in ${path}; remove the file, or train the model again.`,
  );
}

function read(path: string): TableOf<CurveRow> | undefined {
  try {
    return pl.readParquet(path);
  } catch {
    return undefined;
  }
}
