/**
 * Figures, tables and texts that draw themselves in a notebook. They take plain data (tables,
 * tensors, tokens) and know nothing of models.
 *
 * - Lines and points: `accuracyByLayer`, `lineByScale`, `lossCurve`, `histogram`, `scatter`,
 *   `bars`.
 * - Grids: `tensorHeatmap`, `attentionPattern`, `lensGrid`, `headMap`, `layerGrid`, `rankings`.
 * - Tables and texts: `table`, `barTable`, `tokenLists`, `tokenText`, `compareTexts`.
 * - Interactive: `lensViewer`, `attentionViewer`.
 * - Own drawings: `Drawing`, `framed`, `stacked`.
 *
 * @module
 */

// Lines and points.
export { accuracyByLayer, type AccuracyByLayerOptions } from "./accuracy_by_layer.ts";
export { bars, type BarsOptions } from "./bars.ts";
export { histogram, type HistogramOptions, histograms, type ValuesByClass } from "./histogram.ts";
export { lineByScale, type LineByScaleOptions } from "./line_by_scale.ts";
export { type CurvePanel, lossCurve, type LossCurveOptions } from "./loss_curve.ts";
export { scatter, type ScatterOptions } from "./scatter.ts";

// Grids.
export { attentionPattern } from "./attention_pattern.ts";
export { headMap, type HeadMapOptions } from "./head_map.ts";
export { layerGrid, type LayerGridOptions } from "./layer_grid.ts";
export { lensGrid } from "./lens_grid.ts";
export { rankings, type RankingsOptions } from "./rankings.ts";
export { tensorHeatmap, type TensorHeatmapOptions } from "./tensor_heatmap.ts";

// Tables and texts.
export { barTable, type BarTableOptions } from "./bar_table.ts";
export { type ColumnFormat, table, type TableOptions } from "./table.ts";
export { tokenLists, type TokenListsOptions } from "./token_lists.ts";
export { compareTexts, type TextToken, tokenText, type TokenTextOptions } from "./token_text.ts";

// Interactive viewers.
export type { AttentionOptions } from "./viewers/attention_data.ts";
export { attentionViewer, type AttentionViewerOptions } from "./viewers/attention_viewer.ts";
export type { LensCell } from "./viewers/lens_data.ts";
export { lensViewer, type LensViewerOptions } from "./viewers/lens_viewer.ts";

// What drawings are made of.
export type { Row, Table } from "../table/plain_rows.ts";
export type { ColourOptions } from "./parts/colour.ts";
export {
  type Captions,
  Drawing,
  framed,
  jupyterDisplay,
  type MediaBundle,
  stacked,
} from "./parts/drawing.ts";
export { Figure } from "./parts/figure.ts";
export { escapeHtml, formatNumber, shorten, visibleToken } from "./parts/text.ts";
