/**
 * What the index adds to the style of all pages: the matrix, which is a list on a phone, and the
 * filters.
 */
export const INDEX_STYLE = `
.changes { padding: 0 1.2em 0.6em; border: 1px solid var(--line); border-radius: 8px; background: var(--box); }
.changes h2 { margin-top: 0.8em; } .changes h3 { margin: 1em 0 0.2em; font-size: 1em; }
.changes ul { margin: 0.2em 0; padding-left: 1.3em; max-width: none; overflow-wrap: anywhere; }
.filters { display: flex; flex-wrap: wrap; gap: 0.6em 1.2em; align-items: center; max-width: none; }
.filters :is(input, select, button) { font: inherit; max-width: 100%; }
.filters label { display: flex; gap: 0.4em; align-items: center; }
.wide { overflow-x: auto; }
.matrix { width: 100%; }
.matrix th[scope="row"], .matrix td { font-weight: normal; }
.matrix th { min-width: 16rem; } .matrix td { min-width: 10rem; }
.matrix tr.notebook > * { background: var(--box); padding-top: 0.8em; }
.matrix tr.notebook th { padding-left: 0.6em; font-size: 1.05em; }
.matrix tr.claim th { padding-left: 0.6em; }
.about { max-height: 3.2em; overflow: hidden; color: var(--soft); font-weight: normal; font-size: 0.86em; }
.about p { margin: 0.2em 0; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; overflow: hidden; }
.matrix details.run { font-size: 0.86em; color: var(--soft); max-width: 22rem; overflow-wrap: anywhere; }
.matrix td.none { color: var(--soft); }
.replicates { color: var(--good); } .contradicts { color: var(--bad); }
.inconclusive, .cannot-be-tested { color: var(--soft); }
.sparkline { vertical-align: middle; max-width: none; }
.sparkline rect { fill: var(--line); } .sparkline polyline { fill: none; stroke: var(--soft); }
.sparkline circle { fill: currentColor; }
[hidden] { display: none !important; }
.runs { margin-top: 2em; }
@media (max-width: 700px) {
  .matrix, .matrix tbody, .matrix tr { display: block; }
  .matrix :is(th, td) { display: block; min-width: 0; border: 0; padding: 0.15em 0.6em; }
  .matrix thead, .matrix td.none { display: none; }
  .matrix tr { padding: 0.4em 0; border-bottom: 1px solid var(--line); }
  .matrix td::before { content: attr(data-model) ": "; color: var(--soft); font-size: 0.86em; }
}
`;
