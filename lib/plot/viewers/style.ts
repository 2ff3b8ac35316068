/** How every viewer looks, on top of what all drawings share; colours that the page's code sets are custom properties. */
export const VIEWER_STYLE: string = `
.cb-viewer{position:relative;display:grid;gap:.6em;line-height:1.35}
.cb-viewer:not(.cb-open)>*:not(.cb-fallback){display:none}
.cb-viewer .cb-bar-line{display:flex;flex-wrap:wrap;gap:.35em 1em;align-items:center;min-height:1.9em}
.cb-viewer .cb-bar-line>*{display:inline-flex;gap:.4em;align-items:center}
.cb-viewer .cb-side{display:grid;grid-template-columns:minmax(0,max-content) minmax(12em,17em);gap:1em 1.6em;align-items:start}
@media(max-width:40em){.cb-viewer .cb-side{grid-template-columns:minmax(0,1fr)}}
.cb-viewer .cb-main{min-width:0;overflow:auto;position:relative}
.cb-viewer .cb-panel{min-width:0;position:sticky;top:.5em}
.cb-viewer .cb-ramp{display:inline-block;width:8em;height:.8em;border:1px solid rgba(128,128,128,.4)}
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
figure.cb.cb .cb-viewer table.cb-lens{border-collapse:separate;border-spacing:1px;font-size:12px;width:max-content}
figure.cb.cb .cb-viewer .cb-lens th,figure.cb.cb .cb-viewer .cb-lens td{padding:.1em .3em;border:0;max-width:5.6em;
min-width:1.6em;overflow:hidden;text-overflow:ellipsis;white-space:pre;text-align:center;vertical-align:middle;
font-family:ui-monospace,"Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
figure.cb.cb .cb-viewer .cb-lens th{font-weight:400;color:var(--cb-soft)}
figure.cb.cb .cb-viewer .cb-lens tbody th,figure.cb.cb .cb-viewer .cb-lens .cb-corner{position:sticky;left:0;text-align:right;
background:var(--jp-layout-color0,Canvas);font-family:inherit;z-index:1}
figure.cb.cb .cb-viewer .cb-lens td{cursor:pointer;background-color:rgba(var(--cb-blue),var(--cb-share,0))}
figure.cb.cb .cb-viewer .cb-lens.cb-chosen td{background-color:rgba(var(--cb-orange),var(--cb-share,0))}
figure.cb.cb .cb-viewer .cb-lens td.cb-unknown{color:var(--cb-soft)}
figure.cb.cb .cb-viewer .cb-lens td.cb-shown{box-shadow:inset 0 0 0 1.5px currentColor}
`.trim().replaceAll("\n", "");
