/** How many series have their own colour and symbol. */
export const SERIES_COUNT = 6;

// The colours of Okabe and Ito, adjusted for contrast: light ones darker on white, dark ones
// lighter on black.
const LIGHT =
  "--cb-1:#0072b2;--cb-2:#d55e00;--cb-3:#009e73;--cb-4:#b8578f;--cb-5:#3a97cf;--cb-6:#b87f00;--cb-control:#767b86;" +
  "--cb-mark:rgba(230,159,0,.38);--cb-soft:#5c6270";
const DARK =
  "--cb-1:#4c9be8;--cb-2:#f08a4b;--cb-3:#2fc59b;--cb-4:#e39ac6;--cb-5:#a6ddf7;--cb-6:#f0b73d;--cb-control:#9aa1ad;" +
  "--cb-mark:rgba(230,159,0,.45);--cb-soft:#a9b0bd";

const PALETTE = `.cb{${LIGHT}}@media(prefers-color-scheme:dark){.cb{${DARK}}}` +
  `[data-jp-theme-light="true"] .cb{${LIGHT}}[data-jp-theme-light="false"] .cb{${DARK}}`;

const SVG =
  ".cb-svg text{white-space:pre}@media(prefers-color-scheme:dark){.cb-svg:root{color:#e6e8ec;background:#111418}}";

// The class is written twice to outweigh JupyterLab's own rules, which align every table to the
// right.
const HTML = `
figure.cb.cb{margin:.4em 0 1em;max-width:100%;font:13px/1.45 system-ui,sans-serif;text-align:left}
figure.cb.cb .cb-scroll{overflow-x:auto}
figure.cb.cb{position:relative}
figure.cb.cb .cb-tools{position:absolute;top:0;right:0;opacity:0;transition:opacity .15s}
figure.cb.cb:hover>.cb-tools,figure.cb.cb>.cb-tools:focus-within{opacity:1}
figure.cb.cb .cb-tools button{font:11px system-ui,sans-serif;margin-left:.3em;padding:.1em .5em;border:1px solid rgba(128,128,128,.5);border-radius:3px;background:rgba(128,128,128,.15);color:inherit;cursor:pointer}
figure.cb.cb .cb-hover{position:absolute;z-index:5;pointer-events:none;white-space:pre;padding:.15em .5em;border-radius:3px;background:#22262d;color:#fff;font-size:12px}
figure.cb.cb .cb-hover[hidden]{display:none}
@media print{figure.cb.cb .cb-tools{display:none}}
figure.cb.cb .cb-title{font-weight:600;margin:0 0 .35em}
figure.cb.cb figcaption{color:var(--cb-soft);max-width:46em;margin:.35em 0 0;font-style:normal}
figure.cb.cb svg{display:block}
figure.cb.cb table{border-collapse:collapse;font-size:13px;margin:0;border:0}
figure.cb.cb th,figure.cb.cb td{padding:.22em .7em;border:0;border-bottom:1px solid rgba(128,128,128,.25);text-align:left;vertical-align:top;background:none;white-space:normal;max-width:32em;overflow-wrap:anywhere}
figure.cb.cb tbody tr:nth-child(n){background:none}
figure.cb.cb thead th{border-bottom:1px solid currentColor;font-weight:600;vertical-align:bottom;overflow-wrap:normal}
figure.cb.cb .cb-number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
figure.cb.cb thead .cb-number{white-space:normal}
figure.cb.cb .cb-token,figure.cb.cb .cb-text{font-family:ui-monospace,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
figure.cb.cb .cb-token{white-space:nowrap}
figure.cb.cb .cb-text{white-space:pre-wrap;overflow-wrap:anywhere;line-height:1.7;margin:0}
figure.cb.cb .cb-text span{border-radius:2px}
figure.cb.cb .cb-marked{background:var(--cb-mark);box-shadow:inset 0 -2px 0 var(--cb-2)}
figure.cb.cb .cb-soft{color:var(--cb-soft)}
figure.cb.cb .cb-columns{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17em),1fr));gap:.6em 2em;align-items:start}
figure.cb.cb .cb-columns>div{min-width:0}
figure.cb.cb .cb-bar{display:block;position:relative;width:9em;height:1.1em}
figure.cb.cb .cb-bar i{position:absolute;top:.15em;bottom:.15em}
`.trim().replaceAll("\n", "");

/** The style inside each SVG. Text has the colour of the page around it (`currentColor`). */
export const SVG_STYLE: string = PALETTE + SVG;

/** The style of the HTML of drawings: captions, tables, texts. */
export const HTML_STYLE: string = PALETTE + HTML;

/** Returns the CSS colour of the n-th series (from 0), the same in every figure. */
export function seriesColour(index: number): string {
  return `var(--cb-${(index % SERIES_COUNT) + 1})`;
}

/** The CSS colour of a baseline or control: grey. */
export const CONTROL_COLOUR = "var(--cb-control)";
