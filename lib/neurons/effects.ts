import pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import { checkColumns } from "../table/columns.ts";
import { numberRows } from "../table/rows.ts";

/**
 * What silencing did to each prompt, as a table: `series`, `k`, `draw`, `row`, `layer`, `before`, `after`, `effect` (after −
 * before), where before is the same prompt and layer in the model as it is.
 *
 * @param swept what {@link sweepZeroed} returned.
 * @param column which of its numbers, such as `p(right)`.
 * @throws CircuitbookError when there is no such column.
 *
 * @example
 * ```ts
 * import { neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const swept = pl.DataFrame([
 *   { series: "W[1]", k: 0, draw: 0, row: 0, layer: 6, "p(right)": 0.75 },
 *   { series: "W[1]", k: 8, draw: 0, row: 0, layer: 6, "p(right)": 0.5 },
 * ]);
 * assertEquals(neurons.effectsOf(swept, "p(right)").getColumn("effect").toArray(), [0, -0.25]);
 * ```
 */
export function effectsOf(swept: pl.DataFrame, column: string): pl.DataFrame {
  checkColumns(swept.columns, [column]);
  const rows = swept.toRecords();
  const plain = new Map(
    rows.filter(({ k }) => k === 0).map((row) => [`${row.row} ${row.layer}`, Number(row[column])]),
  );
  return pl.DataFrame(rows.map(({ series, k, draw, row, layer, [column]: value }) => {
    const before = plain.get(`${row} ${layer}`) ?? NaN;
    const after = Number(value);
    return { series, k, draw, row, layer, before, after, effect: after - before };
  }));
}

/**
 * What neurons write along a direction, example by example, as a table: `layer`, `neuron`, `example`, `activation`, `written`
 * (the activation times the part of the value vector along the direction).
 *
 * @param activations [example, neuron], of the neurons of the table in its order.
 * @param near the neurons with `cosine` and `norm`, as {@link nearestNeurons} returns them for the direction.
 * @throws CircuitbookError when the sizes differ.
 *
 * @example
 * ```ts
 * import { neurons, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 * import pl from "nodejs-polars";
 *
 * const near = pl.DataFrame([{ layer: 6, neuron: 425, cosine: 0.5, norm: 2 }]);
 * const activations = new Tensor(new Float32Array([3, -1]), { example: 2, neuron: 1 });
 * assertEquals(neurons.writtenAlong(activations, near).getColumn("written").toArray(), [3, -1]);
 * ```
 */
export function writtenAlong(activations: Tensor, near: pl.DataFrame): pl.DataFrame {
  const found = numberRows(near);
  const [examples, columns] = activations.shape;
  if (activations.shape.length !== 2 || columns !== found.length) {
    throw new CircuitbookError(
      `Expected activations [example, neuron ${found.length}] but found ${activations.describe()}.`,
    );
  }
  return pl.DataFrame(
    found.flatMap(({ layer, neuron, cosine, norm }, n) =>
      Array.from({ length: examples }, (_, example) => {
        const activation = activations.data[example * columns + n];
        return { layer, neuron, example, activation, written: activation * cosine * norm };
      })
    ),
  );
}
