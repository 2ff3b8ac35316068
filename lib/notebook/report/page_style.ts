/**
 * What the page of a notebook adds to the style of all pages: contents beside the text on wide
 * screens, folded code, figures that keep their size on a phone, and print, in which figure and
 * caption stay together and code is wrapped.
 */
export const PAGE_STYLE = `
.top { display: flex; gap: 1em; align-items: center; justify-content: space-between; }
.top button { font: inherit; }
.anchor { visibility: hidden; font-weight: normal; text-decoration: none; color: var(--soft); }
:is(h1, h2, h3, h4, h5, h6):hover .anchor, .anchor:focus { visibility: visible; }
.circuitbook-findings { margin: 1em 0; padding: 0.6em 1.2em; border: 1px solid var(--line); border-radius: 8px;
  background: var(--box); }
.contents { margin: 1.2em 0; }
.contents ol { margin: 0.3em 0; padding: 0; list-style: none; }
.contents .depth-3 { padding-left: 1.2em; }
details.code > summary { color: var(--soft); font-size: 0.86em; cursor: pointer; width: fit-content; }
section { scroll-margin-top: 1em; }
figure { margin-left: 0; margin-right: 0; }
math[display="block"], section > table { display: block; max-width: 100%; overflow-x: auto; }
/* A table is as wide as the text, unless its columns need more; then it scrolls at the edge of the page. */
.output figure.cb.cb :is(.cb-scroll, .cb-pages) > table { max-width: min(46rem, 100%); }
@media screen and (min-width: 1200px) {
  body { max-width: 86rem; display: grid; grid-template-columns: 14rem minmax(0, 1fr); column-gap: 2.5rem;
    align-content: start; }
  body > * { grid-column: 2; }
  .contents { grid-column: 1; grid-row: 1 / span 5; align-self: start; position: sticky; top: 1rem; margin: 0;
    max-height: calc(100vh - 2rem); overflow-y: auto; }
}
@media screen and (max-width: 700px) {
  body { padding: 1rem 0.9rem 3rem; }
  /* A figure brings its own max-width; at less than 0.8 of its size its text could not be read. */
  .output svg.cb-svg { max-width: none !important; width: min(var(--width), max(100%, 0.8 * var(--width))); }
  /* A shadow at the side where more can be scrolled into view. */
  .output .cb-scroll { background:
    linear-gradient(to right, var(--page) 40%, transparent) left / 2.5rem 100% no-repeat local,
    linear-gradient(to left, var(--page) 40%, transparent) right / 2.5rem 100% no-repeat local,
    linear-gradient(to right, rgb(128 128 128 / 0.4), transparent) left / 0.7rem 100% no-repeat scroll,
    linear-gradient(to left, rgb(128 128 128 / 0.4), transparent) right / 0.7rem 100% no-repeat scroll; }
  .output table { font-size: 12px; }
  .output :is(th, td) { padding-right: 0.6em; }
}
@media print {
  .top, .contents, .anchor, details.code:not([open]) { display: none; }
  pre.source { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); }
  .output, .output .cb-scroll { overflow: visible; }
  /* A figure stays whole. A table may go on overleaf, between its rows. */
  figure:not(:has(table)), tr, .circuitbook-findings, p, li, blockquote { break-inside: avoid; }
  h1, h2, h3, h4, h5, h6 { break-after: avoid; }
  figcaption { break-before: avoid; }
  /* A wide table is set small, and its cells break between words and inside long words only. */
  .output figure.cb.cb :is(th, td) { padding-left: 0.3em; padding-right: 0.3em; overflow-wrap: break-word; hyphens: none; }
  .output figure.cb.cb table:has(th:nth-child(9)) { font-size: 7.5pt; }
  .output figure.cb.cb table:has(th:nth-child(9)) td:first-child { min-width: 8em; }
  /* What is folded in an output is open, and controls, which paper lacks, are left out. */
  .output details::details-content { content-visibility: visible; block-size: auto; }
  .output details > summary { list-style: none; }
  .output iframe, .output .cb-viewer .cb-bar-line:has(select, input, button) { display: none; }
  .output .cb-viewer :is(.cb-heads, .cb-reading .cb-text, .cb-main) { max-height: none !important; overflow: visible; }
  /* Chromium cuts the first letter of translucent text in a PDF file. */
  .output :is(small, span, b), .circuitbook-findings span { opacity: 1 !important; }
  a { color: inherit; }
}
`;
