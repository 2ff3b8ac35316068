import { escape } from "deno-std/html/mod.js";
import {
  type Bar,
  barText,
  type DrawBars,
  endedText,
  type EndedWork,
  PROGRESS_TYPE,
} from "./meter.ts";

/** The type of `Deno.jupyter.display`. */
type Display = typeof Deno.jupyter.display;

/** What a cell shows of its progress. */
interface CellOutput {
  readonly run: number | undefined;
  readonly display: string;
  isShown: boolean;
  /** The work that has ended, by its label; work of one label is counted together. */
  readonly ended: Map<string, EndedWork>;
}

/**
 * Returns a function that draws bars in one updated output of the running cell. Work that has ended
 * leaves a line.
 *
 * @param display shows and updates outputs.
 * @param runOf returns the number of the running cell; undefined in a kernel that does not number
 * its runs, where each piece of work has an output of its own.
 */
export function cellBars(
  display: Display,
  runOf: () => number | undefined = () => undefined,
): DrawBars {
  let output: CellOutput | undefined;
  return (bars, ended) => {
    const run = runOf();
    if (output === undefined || output.run !== run) {
      output = { run, display: crypto.randomUUID(), isShown: false, ended: new Map() };
    }
    if (ended) output.ended.set(ended.label, added(output.ended.get(ended.label), ended));
    const lines = [...output.ended.values()].map(endedText);
    const bundle = {
      [PROGRESS_TYPE]: bars.map(barText),
      "text/html": lines.map(lineHtml).join("") + bars.map(barHtml).join(""),
      "text/plain": lines.join("\n"),
    };
    display(bundle, { raw: true, display_id: output.display, update: output.isShown });
    output.isShown = true;
    if (run === undefined && bars.length === 0) output = undefined;
  };
}

/** Returns the work of one label as one piece. */
function added(before: EndedWork | undefined, ended: EndedWork): EndedWork {
  if (before === undefined) return ended;
  const sum = (field: "done" | "total" | "elapsed") => before[field] + ended[field];
  return { ...ended, done: sum("done"), total: sum("total"), elapsed: sum("elapsed") };
}

function lineHtml(text: string): string {
  return `<div style="font:13px system-ui,sans-serif;margin:2px 0;opacity:.7">${
    escape(text)
  }</div>`;
}

function barHtml(bar: Bar): string {
  const percent = Math.min(100, 100 * bar.done / Math.max(1, bar.total)).toFixed(1);
  return `<div style="font:13px system-ui,sans-serif;margin:2px 0">` +
    `<progress value="${percent}" max="100" style="width:16em;vertical-align:middle"></progress> ` +
    `${escape(barText(bar))}</div>`;
}
