import { escape } from "deno-std/html/mod.js";
import { resultInWords } from "./change_words.ts";
import type { Result } from "./history.ts";
import { minuteOf, tenths } from "../../base/formats.ts";

const WIDTH = 88;
const HEIGHT = 20;
const MARGIN = 3;

/**
 * Returns the values of a claim over the runs as a small line, or the empty string if fewer than
 * two runs measured the claim. The band is the last interval; a dot has the colour of its run's
 * verdict.
 *
 * @param history the results of one claim on one model, oldest first.
 */
export function sparkline(history: readonly { run: string; result: Result }[]): string {
  const measured = history.filter(({ result }) => result.value !== undefined);
  if (measured.length < 2) return "";
  const values = measured.map(({ result }) => result.value!);
  const [low, high] = measured.at(-1)!.result.interval ?? [values.at(-1)!, values.at(-1)!];
  const least = Math.min(low, ...values);
  const span = Math.max(high, ...values) - least || 1;
  const y = (value: number) => tenths(HEIGHT - MARGIN - (value - least) / span * (HEIGHT - 6));
  const x = (i: number) => tenths(MARGIN + i / (values.length - 1) * (WIDTH - 2 * MARGIN));
  const dots = measured.map(({ result }, i) =>
    `<circle class="${result.verdict.replaceAll(" ", "-")}" cx="${x(i)}" cy="${
      y(values[i])
    }" r="2.2"/>`
  );
  const words = measured.map(({ run, result }) =>
    `${minuteOf(run)}: ${result.verdict}, ${resultInWords(result)}`
  ).join("\n");
  const band = `<rect x="0" width="${WIDTH}" y="${y(high)}" height="${
    tenths(Math.max(1, y(low) - y(high)))
  }"/>`;
  const line = `<polyline points="${values.map((value, i) => `${x(i)},${y(value)}`).join(" ")}"/>`;
  return `<svg class="sparkline" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">` +
    `<title>${escape(words)}</title>${band}${line}${dots.join("")}</svg>`;
}
