import type { ProgressListener } from "../../base/progress.ts";
import { barText, type DrawBars, progressMeter } from "./meter.ts";

/**
 * Returns a progress listener that writes to standard error: one line that is rewritten on a
 * terminal, otherwise a new line every ten seconds.
 *
 * @returns the listener, for `progress.setProgressListener`.
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
  const isTerminal = Deno.stderr.isTerminal();
  const draw: DrawBars = (bars) => {
    const text = bars.map(barText).join(" | ");
    // "\r" and the escape sequence "erase to the end of the line" replace the previous line.
    if (isTerminal) Deno.stderr.writeSync(encoder.encode(`\r\x1b[K${text}`));
    else if (text) Deno.stderr.writeSync(encoder.encode(`${text}\n`));
  };
  return progressMeter(draw, { interval: isTerminal ? 0.25 : 10 });
}
