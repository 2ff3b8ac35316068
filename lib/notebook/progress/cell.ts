import { escape } from "deno-std/html/mod.js";
import { type Bar, barText, type DrawBars, PROGRESS_TYPE } from "./meter.ts";

/** The type of `Deno.jupyter.display`. */
type Display = typeof Deno.jupyter.display;

/** Returns a function that draws bars in one updated output of the running cell. */
export function cellBars(display: Display): DrawBars {
  let output: string | undefined;
  return (bars) => {
    const update = output !== undefined;
    output ??= crypto.randomUUID();
    const bundle = {
      [PROGRESS_TYPE]: bars.map(barText),
      "text/html": bars.map(barHtml).join(""),
      "text/plain": "",
    };
    display(bundle, { raw: true, display_id: output, update });
    if (bars.length === 0) output = undefined;
  };
}

function barHtml(bar: Bar): string {
  const percent = Math.min(100, 100 * bar.done / Math.max(1, bar.total)).toFixed(1);
  return `<div style="font:13px system-ui,sans-serif;margin:2px 0">` +
    `<progress value="${percent}" max="100" style="width:16em;vertical-align:middle"></progress> ` +
    `${escape(barText(bar))}</div>`;
}
