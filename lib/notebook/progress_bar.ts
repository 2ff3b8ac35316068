import type { ProgressEvent, ProgressListener } from "../base/progress.ts";

/** The MIME type that marks a progress bar: reports leave it out, and a headless run tells its lines on the terminal. */
export const PROGRESS_TYPE = "application/vnd.circuitbook.progress+json";

/** How far one piece of work is. */
export interface Bar extends ProgressEvent {
  /** Seconds since the first event. */
  elapsed: number;
  /** Units per second; 0 while unknown. */
  rate: number;
  /** Seconds to go; `undefined` while unknown. */
  left?: number;
}

/** Draws the bars of nested work, the outermost first; an empty list when the work is over. */
export type DrawBars = (bars: readonly Bar[]) => void;

/** Work shorter than this is not drawn. */
const QUIET_SECONDS = 2;

interface Running {
  event: ProgressEvent;
  began: number;
  doneAtBegin: number;
}

/**
 * A listener that follows nested work and draws it: nothing in the first two seconds, then at most once in `interval`
 * seconds.
 *
 * @param draw Told the bars that are worth drawing; told none once they are over, if any were drawn.
 * @param now Seconds on a steady clock.
 *
 * @example
 * ```ts
 * import { notebook } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * let seconds = 0;
 * const drawn: number[] = [];
 * const listener = notebook.progressMeter((bars) => drawn.push(bars.length), { now: () => seconds });
 * for (; seconds < 4; seconds++) listener({ label: "sweep", done: seconds, total: 4, unit: "heads" });
 * listener(undefined);
 * assertEquals(drawn, [1, 1, 0]);
 * ```
 */
export function progressMeter(
  draw: DrawBars,
  { interval = 0.25, now = () => performance.now() / 1000 }: {
    interval?: number;
    now?: () => number;
  } = {},
): ProgressListener {
  let running: Running[] = [];
  let lastDrawn: number | undefined;
  return (event) => {
    const time = now();
    running = event ? followed(running, event, time) : running.slice(0, -1);
    if (running.length === 0) {
      if (lastDrawn !== undefined) draw([]);
      lastDrawn = undefined;
      return;
    }
    if (lastDrawn !== undefined && time - lastDrawn < interval) return;
    const bars = running.map((work) => barOf(work, time)).filter(({ elapsed }) =>
      elapsed >= QUIET_SECONDS
    );
    if (bars.length === 0) return;
    lastDrawn = time;
    draw(bars);
  };
}

/** `generate: 12 of 64 tokens · 8.1 tokens/s · 6 s left` */
export function barText({ label, done, total, unit, note, rate, left }: Bar): string {
  const parts = [`${label}: ${count(done)} of ${count(total)} ${unit}`];
  if (rate > 0) {
    parts.push(`${rate >= 10 ? count(Math.round(rate)) : rate.toPrecision(2)} ${unit}/s`);
  }
  if (left !== undefined) parts.push(`${durationText(left)} left`);
  if (note) parts.push(note);
  return parts.join(" · ");
}

/** Seconds for people: `8 s`, `2 min 5 s`, `1 h 3 min`. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

function followed(running: readonly Running[], event: ProgressEvent, time: number): Running[] {
  const index = running.findIndex((work) => work.event.label === event.label);
  const fresh = { event, began: time, doneAtBegin: event.done };
  if (index < 0) return [...running, fresh];
  const known = running[index];
  const outer = running.slice(0, index);
  return [...outer, event.done < known.event.done ? fresh : { ...known, event }];
}

function barOf({ event, began, doneAtBegin }: Running, time: number): Bar {
  const elapsed = time - began;
  const rate = elapsed > 0 ? (event.done - doneAtBegin) / elapsed : 0;
  return {
    ...event,
    elapsed,
    rate,
    left: rate > 0 ? (event.total - event.done) / rate : undefined,
  };
}

function count(number: number): string {
  return number.toLocaleString("en");
}
