import { escape } from "deno-std/html/mod.js";
import type { ProgressListener } from "../base/progress.ts";
import { type Bar, barText, type DrawBars, PROGRESS_TYPE, progressMeter } from "./progress_bar.ts";

/** What a kernel's `Deno.jupyter.display` takes. */
type Display = typeof Deno.jupyter.display;

/** Draws bars under the running cell, in one place that is updated, and clears it when the work is over. */
export function cellBars(display: Display): DrawBars {
  let place: string | undefined;
  return (bars) => {
    const update = place !== undefined;
    place ??= crypto.randomUUID();
    const bundle = {
      [PROGRESS_TYPE]: bars.map(barText),
      "text/html": bars.map(barHtml).join(""),
      "text/plain": "",
    };
    display(bundle, { raw: true, display_id: place, update });
    if (bars.length === 0) place = undefined;
  };
}

/**
 * A listener that shows progress on standard error: on a terminal one line that is rewritten, elsewhere a line every ten
 * seconds.
 *
 * @example
 * ```ts
 * import { notebook, progress } from "circuitbook";
 *
 * progress.setProgressListener(notebook.terminalProgress());
 * for await (const _ of progress.watched([1, 2, 3], { label: "count", unit: "numbers" }));
 * ```
 */
export function terminalProgress(): ProgressListener {
  const encoder = new TextEncoder();
  const rewrite = Deno.stderr.isTerminal();
  const draw: DrawBars = (bars) => {
    const text = bars.map(barText).join(" | ");
    if (rewrite) Deno.stderr.writeSync(encoder.encode(`\r\x1b[K${text}`));
    else if (text) Deno.stderr.writeSync(encoder.encode(`${text}\n`));
  };
  return progressMeter(draw, { interval: rewrite ? 0.25 : 10 });
}

function barHtml(bar: Bar): string {
  const percent = Math.min(100, 100 * bar.done / Math.max(1, bar.total));
  return `<div style="font:13px system-ui,sans-serif;margin:2px 0"><progress value="${
    percent.toFixed(1)
  }" max="100" ` +
    `style="width:16em;vertical-align:middle"></progress> ${escape(barText(bar))}</div>`;
}
