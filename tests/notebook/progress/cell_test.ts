import { assertEquals } from "@std/assert";
import { cellBars } from "../../../lib/notebook/progress/cell.ts";
import { PROGRESS_TYPE, progressMeter } from "../../../lib/notebook/progress/meter.ts";

interface Shown {
  text: string;
  bars: unknown;
  display: string;
  update: boolean;
}

/** What cells show of work that takes three seconds; `runs` numbers the cell of each piece. */
function shown(runs: readonly (number | undefined)[]): Shown[] {
  const outputs: Shown[] = [];
  let seconds = 0;
  let run: number | undefined;
  const display = (bundle: unknown, options?: { display_id?: string; update?: boolean }) => {
    const { "text/plain": text, [PROGRESS_TYPE]: bars } = bundle as Record<string, string>;
    outputs.push({ text, bars, display: options!.display_id!, update: options!.update! });
    return Promise.resolve();
  };
  const listener = progressMeter(cellBars(display, () => run), { now: () => seconds });
  for (run of runs) {
    for (let done = 0; done <= 3; done++, seconds++) {
      listener({ label: "sweep", done: 50 * done, total: 150, unit: "heads" });
    }
    listener(undefined);
  }
  return outputs;
}

Deno.test("finished work leaves a line in the output of its bar", () => {
  const outputs = shown([1]);
  assertEquals(outputs.map(({ text }) => text), ["", "", "sweep: 150 of 150 heads in 4 s"]);
  assertEquals(outputs.map(({ update }) => update), [false, true, true]);
  assertEquals(outputs.at(-1)!.bars, []);
  assertEquals(new Set(outputs.map(({ display }) => display)).size, 1);
});

Deno.test("work of one label in one cell is one line, and the next cell has an output of its own", () => {
  const outputs = shown([1, 1, 2]);
  const byCell = Map.groupBy(outputs, ({ display }) => display);
  assertEquals([...byCell.values()].map((own) => own.at(-1)!.text), [
    "sweep: 300 of 300 heads in 8 s",
    "sweep: 150 of 150 heads in 4 s",
  ]);
});

Deno.test("without numbers of runs each piece of work has an output of its own", () => {
  const outputs = shown([undefined, undefined]);
  assertEquals(new Set(outputs.map(({ display }) => display)).size, 2);
});
