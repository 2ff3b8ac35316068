import { assertEquals } from "@std/assert";
import { notebook } from "circuitbook";
import { barText } from "../../../lib/notebook/progress/meter.ts";

/** A meter whose clock the test sets, and what it drew. */
function drawn() {
  const clock = { seconds: 0 };
  const pictures: notebook.Bar[][] = [];
  const listener = notebook.progressMeter((bars) => pictures.push([...bars]), {
    now: () => clock.seconds,
  });
  const at = (seconds: number, label: string, done: number, total = 100) => {
    clock.seconds = seconds;
    listener({ label, done, total, unit: "tokens" });
  };
  return { at, end: () => listener(undefined), pictures };
}

Deno.test("work under two seconds draws nothing, not even its end", () => {
  const { at, end, pictures } = drawn();
  for (let i = 0; i < 10; i++) at(i * 0.19, "short", i + 1);
  end();
  assertEquals(pictures, []);
});

Deno.test("long work shows rate and time left, at most four times a second, and clears at its end", () => {
  const { at, end, pictures } = drawn();
  for (let i = 0; i <= 30; i++) at(i * 0.1, "long", i + 1);
  end();
  assertEquals(pictures.map((bars) => bars.map(({ done }) => done)), [[21], [24], [27], [30], []]);
  const [{ rate, left }] = pictures[0];
  assertEquals([rate.toFixed(6), left?.toFixed(6)], ["10.000000", "7.900000"]);
});

Deno.test("work within work has a bar of its own, which goes when it ends", () => {
  const { at, end, pictures } = drawn();
  at(0, "outer", 1, 3);
  at(1, "inner", 1);
  at(5, "inner", 2);
  end();
  at(6, "outer", 2, 3);
  assertEquals(pictures.map((bars) => bars.map(({ label }) => label)), [["outer", "inner"], [
    "outer",
  ]]);
});

Deno.test("a bar reads as a sentence", () => {
  const bar = {
    label: "generate",
    done: 1200,
    total: 6400,
    unit: "tokens",
    elapsed: 3,
    rate: 400.4,
    left: 72.2,
  };
  assertEquals(barText(bar), "generate: 1,200 of 6,400 tokens · 400 tokens/s · 1 min 13 s left");
  assertEquals(
    barText({ ...bar, left: undefined, note: "loss 0.5" }),
    "generate: 1,200 of 6,400 tokens · 400 tokens/s · loss 0.5",
  );
});
