/**
 * The style of viewers, beside the style that all drawings share. The code in the page sets custom
 * properties for colours.
 */
export const VIEWER_STYLE: string = `
.cb-viewer{position:relative;display:grid;gap:.6em;line-height:1.35;container-type:inline-size}
.cb-viewer:not(.cb-open)>*:not(.cb-fallback){display:none}
.cb-viewer .cb-bar-line{display:flex;flex-wrap:wrap;gap:.35em 1em;align-items:center;min-height:1.9em}
.cb-viewer .cb-bar-line>*{display:inline-flex;gap:.4em;align-items:center}
.cb-viewer .cb-side{display:grid;grid-template-columns:minmax(0,max-content) minmax(12em,17em);gap:1em 1.6em;align-items:start}
.cb-viewer .cb-main{min-width:0;overflow:auto;position:relative}
.cb-viewer .cb-panel{min-width:0;position:sticky;top:.5em}
.cb-viewer .cb-ramp{display:inline-block;margin:0 .4em;width:8em;height:.8em;border:1px solid rgba(128,128,128,.4)}
.cb-viewer button,.cb-viewer input,.cb-viewer select{font:inherit;color:inherit;background:rgba(128,128,128,.1);
border:1px solid rgba(128,128,128,.5);border-radius:4px;padding:.1em .5em;margin:0;height:auto;line-height:1.4}
.cb-viewer option{color:#1b1f24;background:#fff}
.cb-viewer button{cursor:pointer}
.cb-viewer button:hover{border-color:currentColor}
.cb-viewer button[aria-pressed="true"]{border-color:rgb(var(--cb-orange));box-shadow:inset 0 0 0 1px rgb(var(--cb-orange))}
.cb-viewer [hidden]{display:none!important}
.cb-viewer :focus-visible{outline:2px solid var(--cb-2);outline-offset:-1px}
.cb-viewer .cb-choice{display:grid;grid-template-columns:minmax(4em,1fr) 5em 4.2em;gap:.6em;width:100%;align-items:center;
text-align:left;background:none;border-color:transparent;padding:.12em .3em}
.cb-viewer .cb-choice .cb-token{overflow:hidden;text-overflow:ellipsis}
.cb-viewer .cb-choice i{display:block;height:.75em;background:rgb(var(--cb-blue))}
.cb-viewer .cb-choice[aria-pressed="true"] i{background:rgb(var(--cb-orange))}
.cb-viewer .cb-panel p,.cb-viewer .cb-note{margin:.3em 0;max-width:none;color:var(--cb-soft);font-size:12px}
.cb-viewer .cb-heads{display:grid;gap:3px;justify-content:start;align-content:start;max-height:23em;overflow:auto;padding:2px;
border:1px solid rgba(128,128,128,.25);position:relative}
.cb-viewer .cb-head{display:grid;justify-items:center;align-content:start;gap:1px;padding:3px 3px 1px;cursor:pointer;border-radius:3px;
font-size:10px;line-height:1.2;text-align:center;white-space:pre;outline-offset:-2px}
.cb-viewer .cb-head:hover{background:rgba(128,128,128,.18)}
.cb-viewer .cb-head[aria-selected="true"]{background:var(--cb-mark)}
.cb-viewer canvas{display:block;image-rendering:pixelated;box-shadow:0 0 0 1px rgba(128,128,128,.3)}
.cb-viewer .cb-picture{position:relative;width:max-content;margin:1px;cursor:crosshair}
.cb-viewer .cb-picture i{position:absolute;left:0;right:0;min-height:2px;box-shadow:0 0 0 1.5px rgb(var(--cb-orange));pointer-events:none}
.cb-viewer .cb-even{grid-template-columns:minmax(0,max-content) minmax(15em,1fr)}
.cb-viewer .cb-note{min-height:1.4em}
figure.cb.cb .cb-viewer .cb-reading .cb-text{max-height:22em;overflow:auto;line-height:1.55}
.cb-viewer .cb-piece[role]{cursor:pointer}
figure.cb.cb .cb-viewer .cb-query{box-shadow:0 0 0 1.5px rgb(var(--cb-orange))}
.cb-viewer .cb-most{margin:.7em 0 0}
.cb-viewer .cb-most ol{columns:2;margin:.2em 0 0;padding:0 0 0 1.6em}
figure.cb.cb .cb-viewer table.cb-lens{border-collapse:separate;border-spacing:1px;font-size:12px;width:max-content}
figure.cb.cb .cb-viewer .cb-lens th,figure.cb.cb .cb-viewer .cb-lens td{padding:.1em .3em;border:0;max-width:5.6em;
min-width:1.6em;overflow:hidden;text-overflow:ellipsis;white-space:pre;text-align:center;vertical-align:middle;
font-family:ui-monospace,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
figure.cb.cb .cb-viewer .cb-lens th{font-weight:400;color:var(--cb-soft)}
figure.cb.cb .cb-viewer .cb-lens tbody th,figure.cb.cb .cb-viewer .cb-lens .cb-corner{position:sticky;left:0;text-align:right;
background:var(--jp-layout-color0,Canvas);font-family:inherit;z-index:1}
figure.cb.cb .cb-viewer .cb-lens td{cursor:pointer;background-color:rgba(var(--cb-blue),var(--cb-share,0))}
figure.cb.cb .cb-viewer .cb-lens.cb-chosen td{background-color:rgba(var(--cb-orange),var(--cb-share,0))}
figure.cb.cb .cb-viewer .cb-lens td.cb-nan{background-color:rgba(var(--cb-nan),.5)}
figure.cb.cb .cb-viewer .cb-lens td.cb-unknown{color:var(--cb-soft)}
figure.cb.cb .cb-viewer .cb-lens td.cb-shown{box-shadow:inset 0 0 0 1.5px currentColor}
@container(max-width:700px){.cb-viewer .cb-side.cb-side{grid-template-columns:minmax(0,1fr)}.cb-viewer .cb-panel{position:static;max-width:26em}}
`.trim().replaceAll("\n", "");
