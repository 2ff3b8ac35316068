/**
 * Figures, tables and texts that draw themselves in a notebook: plain data in, no models.
 *
 * Lines and points: `accuracyByLayer`, `lineByScale`, `lossCurve`, `histogram`, `scatter`, `bars`. Grids: `tensorHeatmap`, `attentionPattern`,
 * `lensGrid`, `headMap`, `layerGrid`, `rankings`.
 * Tables and texts: `table`, `barTable`, `tokenLists`, `tokenText`, `compareTexts`.
 * Interactive: `lensViewer`, `attentionViewer`.
 *
 * @module
 */
export { accuracyByLayer } from "./accuracy_by_layer.ts";
export { attentionPattern } from "./attention_pattern.ts";
export { barTable } from "./bar_table.ts";
export { bars, type BarsOptions } from "./bars.ts";
export { type ColourOptions, type ColourScale, colourScale, type Rgba } from "./parts/colour.ts";
export {
  type Captions,
  Drawing,
  framed,
  jupyterDisplay,
  type MediaBundle,
  stacked,
} from "./parts/drawing.ts";
export { Figure, figure, type Part, plotPart, svg } from "./parts/figure.ts";
export { type Grid, gridPart, spacedLabels } from "./parts/grid.ts";
export { headMap } from "./head_map.ts";
export {
  type Bin,
  binned,
  histogram,
  type HistogramOptions,
  histograms,
  type ValuesByClass,
} from "./histogram.ts";
export { layerGrid, type LayerGridOptions } from "./layer_grid.ts";
export { lensGrid } from "./lens_grid.ts";
export { lineByScale } from "./line_by_scale.ts";
export { type CurvePanel, lossCurve } from "./loss_curve.ts";
export { rankings, type RankingsOptions } from "./rankings.ts";
export { type Row, rowsOf, type Table } from "../table/plain_rows.ts";
export { scatter, type ScatterOptions } from "./scatter.ts";
export { type ColumnFormat, table, type TableOptions } from "./table.ts";
export { tensorFacts } from "./tensor_facts.ts";
export { tensorHeatmap, type TensorHeatmapOptions } from "./tensor_heatmap.ts";
export { escapeHtml, formatNumber, shorten, visibleToken } from "./parts/text.ts";
export { tokenLists } from "./token_lists.ts";
export { compareTexts, type TextToken, tokenText, type TokenTextOptions } from "./token_text.ts";
export { attentionViewer, type AttentionViewerOptions } from "./viewers/attention_viewer.ts";
export { lensViewer, type LensViewerOptions } from "./viewers/lens_viewer.ts";
