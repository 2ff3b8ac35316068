import { countText, durationText } from "../../base/formats.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import type { ProgressEvent, ProgressListener } from "../../base/progress.ts";

/**
 * The media type that marks a progress bar. Reports leave such outputs out, and a headless run
 * prints their lines on the terminal.
 */
export const PROGRESS_TYPE = "application/vnd.circuitbook.progress+json";

/** How far one piece of work has come. */
export interface Bar extends ProgressEvent {
  /** Seconds since the first event. */
  elapsed: number;
  /** Units per second; 0 while unknown. */
  rate: number;
  /** Seconds to go; `undefined` while unknown. */
  left?: number;
}

/** Long work that has ended. */
export interface EndedWork extends ProgressEvent {
  /** Seconds from the first to the last event. */
  elapsed: number;
}

/**
 * Draws the bars of nested work, the outermost first. An empty list, with the work that has ended,
 * clears them.
 */
export type DrawBars = (bars: readonly Bar[], ended?: EndedWork) => void;

/** Options of {@link progressMeter}. */
export interface ProgressMeterOptions {
  /** Seconds between two drawings, at least. Default 0.25. */
  readonly interval?: number;
  /** Returns seconds on a steady clock. Default: the time since the process began. */
  readonly now?: () => number;
}

/** Work shorter than this is not drawn. */
const QUIET_SECONDS = 2;

interface Running {
  event: ProgressEvent;
  began: number;
  doneAtBegin: number;
  /** The share of the work that was done at the first event. */
  shareAtBegin: number;
}

/**
 * Returns a progress listener that follows nested work and draws it: nothing in the first two
 * seconds, then at most once in `interval` seconds.
 *
 * @param draw is called with the bars of work that has lasted two seconds, and, if any bar was
 * drawn, with an empty list when the work is over.
 * @param options how often to draw.
 * @returns the listener, for `progress.setProgressListener`.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * let seconds = 0;
 * const drawn: number[] = [];
 * const listener = notebook.progressMeter((bars) => drawn.push(bars.length), {
 *   now: () => seconds,
 * });
 * for (; seconds < 4; seconds++) {
 *   listener({ label: "sweep", done: seconds, total: 4, unit: "heads" });
 * }
 * listener(undefined);
 * assertEquals(drawn, [1, 1, 0]);
 * ```
 */
export function progressMeter(
  draw: DrawBars,
  options: ProgressMeterOptions = {},
): ProgressListener {
  checkArguments("progressMeter", { draw: [draw, is.callable], options: [options, is.object] });

  const { interval = 0.25, now = () => performance.now() / 1000 } = options;
  let running: Running[] = [];
  let lastDrawn: number | undefined;
  return (event) => {
    const time = now();
    const [outermost] = running;
    running = event ? followed(running, event, time) : running.slice(0, -1);
    if (running.length === 0) {
      if (lastDrawn !== undefined) {
        draw([], { ...outermost.event, elapsed: time - outermost.began });
      }
      lastDrawn = undefined;
      return;
    }
    if (lastDrawn !== undefined && time - lastDrawn < interval) return;
    const bars = running.map((work) => barOf(work, time));
    const long = bars.filter(({ elapsed }) => elapsed >= QUIET_SECONDS);
    if (long.length === 0) return;
    lastDrawn = time;
    draw(long);
  };
}

/** Returns a bar in words, such as `generate: 12 of 64 tokens · 8.1 tokens/s · 6 s left`. */
export function barText({ label, done, total, unit, note, rate, left }: Bar): string {
  const parts = [`${label}: ${countText(done)} of ${countText(total)} ${unit}`];
  if (rate > 0) {
    parts.push(`${rate >= 10 ? countText(Math.round(rate)) : rate.toPrecision(2)} ${unit}/s`);
  }
  if (left !== undefined) parts.push(`${durationText(left)} left`);
  if (note) parts.push(note);
  return parts.join(" · ");
}

/** Returns ended work in words, such as `generate: 64 of 64 tokens in 13 s`. */
export function endedText({ label, done, total, unit, elapsed }: EndedWork): string {
  return `${label}: ${countText(done)} of ${countText(total)} ${unit} in ${durationText(elapsed)}`;
}

/**
 * The running work after an event. An event of a label that runs already ends the work inside that
 * label; a count that went back starts its clock again.
 */
function followed(running: readonly Running[], event: ProgressEvent, time: number): Running[] {
  const index = running.findIndex((work) => work.event.label === event.label);
  const fresh = {
    event,
    began: time,
    doneAtBegin: event.done,
    shareAtBegin: event.share ?? event.done / event.total,
  };
  if (index < 0) return [...running, fresh];
  const known = running[index];
  const outer = running.slice(0, index);
  return [...outer, event.done < known.event.done ? fresh : { ...known, event }];
}

function barOf({ event, began, doneAtBegin, shareAtBegin }: Running, time: number): Bar {
  const elapsed = time - began;
  const rate = elapsed > 0 ? (event.done - doneAtBegin) / elapsed : 0;
  const share = event.share ?? event.done / event.total;
  return {
    ...event,
    elapsed,
    rate,
    left: rate > 0 ? elapsed * (1 - share) / (share - shareAtBegin) : undefined,
  };
}
