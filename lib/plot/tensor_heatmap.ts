import { checkArguments, is } from "../base/arguments.ts";
import type { Tensor } from "../base/tensor.ts";
import { checkTensor } from "./parts/checks.ts";
import { type ColourOptions, type ColourScale, colourScale } from "./parts/colour.ts";
import type { Captions } from "./parts/drawing.ts";
import { type Figure, figure, type Part, svg } from "./parts/figure.ts";
import { gridPart, spacedLabels } from "./parts/grid.ts";
import { rampLegend } from "./parts/legend.ts";
import { tensorFacts } from "./parts/tensor_facts.ts";
import { formatNumber, textWidth, visibleToken } from "./parts/text.ts";

const MOST_SLICES = 6;
const ACROSS = 3;
const MOST_ROWS = 192;
const MOST_COLUMNS = 256;
const ROOM = 600;

/** Options of {@link tensorHeatmap}. */
export interface TensorHeatmapOptions extends Captions, ColourOptions {
  /** Names along an axis, such as `{ position: tokens }`. */
  labels?: Readonly<Record<string, readonly string[]>>;
}

/**
 * Returns a heat map of a tensor: a strip for one axis, a map for two axes, small maps of the first
 * slices for more axes. Axes of size 1 are left out. A large tensor is thinned: only every n-th
 * index is drawn, and the caption says so. NaN and infinities have their own colours and are
 * counted over the whole tensor.
 *
 * @param tensor a tensor with any axes.
 * @param options names along the axes, colours, and captions.
 * @returns the figure.
 *
 * @example
 * ```ts
 * import { plot, Tensor } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const x = new Tensor(new Float32Array([1, -2, 3, NaN]), { position: 2, d_model: 2 });
 * assert(plot.tensorHeatmap(x).captions.caption?.includes("1 NaN"));
 * ```
 */
export function tensorHeatmap(tensor: Tensor, options: TensorHeatmapOptions = {}): Figure {
  checkArguments("tensorHeatmap", { tensor: [tensor, is.tensor], options: [options, is.object] });

  const { labels = {}, title, caption, ...colours } = options;
  checkTensor(tensor, "tensorHeatmap");
  const facts = tensorFacts(tensor);
  const captions = (...notes: string[]) => ({
    title,
    caption: [caption, `${[facts, ...notes].join("; ")}.`].filter(Boolean).join(" "),
  });
  if (tensor.data.length <= 1) {
    const value = tensor.data.length ? formatNumber(tensor.data[0], 4) : "no values";
    return figure([[words(value)]], facts, captions());
  }
  const layout = layoutOf(tensor);
  const scale = colourScale(tensor.data, colours);
  const slices = Array.from(
    { length: layout.shown },
    (_, i) => slicePart(tensor, layout, i, scale, labels),
  );
  const legend = rampLegend(scale, "value", { special: specials(tensor) });
  return figure(
    [[legend], ...inRows(slices, layout.across)],
    `Heat map of ${facts}.`,
    captions(...layout.notes),
  );
}

/** Which axes are drawn in which direction, and which of their indices. */
interface Layout {
  outer: readonly string[];
  rowAxis?: string;
  columnAxis: string;
  /** How many slices are drawn. */
  shown: number;
  /** How many slices stand side by side. */
  across: number;
  /** One of every `rowStep` rows is drawn. */
  rowStep: number;
  /** One of every `columnStep` columns is drawn. */
  columnStep: number;
  rows: number;
  columns: number;
  /** Sentences for the caption about what is left out. */
  notes: string[];
}

function layoutOf(tensor: Tensor): Layout {
  const kept = tensor.axes.filter((axis) => tensor.size(axis) > 1);
  const outer = kept.slice(0, -2);
  const rowAxis = kept.at(-2);
  const columnAxis = kept[kept.length - 1];
  const count = outer.reduce((product, axis) => product * tensor.size(axis), 1);
  const shown = Math.min(count, MOST_SLICES);
  const across = Math.min(shown, ACROSS);
  const height = rowAxis === undefined ? 1 : tensor.size(rowAxis);
  const width = tensor.size(columnAxis);
  const rowStep = Math.ceil(height / MOST_ROWS);
  const columnStep = Math.ceil(width / Math.floor(MOST_COLUMNS / across));
  const thinned = (step: number, axis?: string) =>
    step > 1 ? [`1 of every ${step} along ${axis} drawn`] : [];
  const left = count > shown ? [`the first ${shown} of ${formatNumber(count)} slices drawn`] : [];
  const notes = [...thinned(rowStep, rowAxis), ...thinned(columnStep, columnAxis), ...left];
  const rows = Math.ceil(height / rowStep);
  const columns = Math.ceil(width / columnStep);
  return { outer, rowAxis, columnAxis, shown, across, rowStep, columnStep, rows, columns, notes };
}

function slicePart(
  tensor: Tensor,
  layout: Layout,
  index: number,
  scale: ColourScale,
  labels: Readonly<Record<string, readonly string[]>>,
): Part {
  const { outer, rowAxis, columnAxis, shown, rowStep, columnStep, rows, columns } = layout;
  const cell = cellSize(layout);
  const width = tensor.size(columnAxis);
  const start = index * width * (rowAxis === undefined ? 1 : tensor.size(rowAxis));
  const value = (row: number, column: number) =>
    tensor.data[start + row * rowStep * width + column * columnStep];
  const name = (axis: string, i: number) =>
    labels[axis]?.[i] === undefined ? String(i) : visibleToken(labels[axis][i]);
  const slice = sliceName(tensor, outer, index);
  const title = (row: number, column: number) => {
    const where = [
      slice,
      rowAxis && `${rowAxis} ${name(rowAxis, row * rowStep)}`,
      `${columnAxis} ${name(columnAxis, column * columnStep)}`,
    ];
    return `${where.filter(Boolean).join(", ")}: ${formatNumber(value(row, column), 4)}`;
  };
  return gridPart({
    rows,
    columns,
    value,
    scale,
    cell,
    cellsInAll: rows * columns * shown,
    heading: slice,
    rowName: rowAxis,
    columnName: columnAxis,
    title,
    words: {
      row: (row) =>
        [slice, rowAxis && `${rowAxis} ${name(rowAxis, row * rowStep)}`].filter(Boolean).join(", "),
      column: (column) => `${columnAxis} ${name(columnAxis, column * columnStep)}`,
    },
    rowLabels: rowAxis
      ? spacedLabels(
        rows,
        cell.height,
        labels[rowAxis] ? 13 : 18,
        (i) => name(rowAxis, i * rowStep),
      )
      : new Map(),
    columnLabels: spacedLabels(
      columns,
      cell.width,
      labels[columnAxis] ? 14 : 34,
      (i) => name(columnAxis, i * columnStep),
    ),
  });
}

/** Square cells if the map is about as high as wide, otherwise cells that fill the figure. */
function cellSize({ rows, columns, across }: Layout): { width: number; height: number } {
  const width = Math.min(24, Math.max(2, Math.floor(ROOM / across / columns)));
  if (rows === 1) return { width, height: 24 };
  const square = Math.min(18, width);
  if (rows <= 2 * columns && columns <= 2 * rows && width >= 3) {
    return { width: square, height: square };
  }
  return { width, height: Math.min(18, Math.max(3, Math.floor(320 / rows))) };
}

/** The indices of a slice along the outer axes in words: "batch 0, head 3". */
function sliceName(tensor: Tensor, outer: readonly string[], index: number): string {
  let rest = index;
  const parts = outer.toReversed().map((axis) => {
    const at = rest % tensor.size(axis);
    rest = Math.floor(rest / tensor.size(axis));
    return `${axis} ${at}`;
  });
  return parts.reverse().join(", ");
}

function inRows<T>(items: readonly T[], across: number): T[][] {
  return Array.from(
    { length: Math.ceil(items.length / across) },
    (_, row) => items.slice(row * across, (row + 1) * across),
  );
}

function specials(tensor: Tensor): number[] {
  return [NaN, Infinity, -Infinity].filter((special) => tensor.data.includes(special));
}

function words(text: string): Part {
  const width = textWidth(text, 16);
  return {
    node: svg("g", {}, svg("text", { x: 0, y: 16, "font-size": 16 }, text)),
    width,
    height: 22,
  };
}
