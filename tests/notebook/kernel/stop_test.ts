import { assert, assertEquals, assertThrows } from "@std/assert";
import { InterruptedError, progress } from "circuitbook";
import { StopButton } from "../../../lib/notebook/kernel/stop.ts";
import { sharedKernel } from "./session.ts";

const endless =
  `for await (const i of progress.watched(Array.from({ length: 1e6 }, (_, i) => i), { label: "wait", unit: "steps" })) {
  if (i === 3) console.log("interrupt me");
  await new Promise((done) => setTimeout(done, 1));
}`;

Deno.test("Stop ends a long cell with InterruptedError, and the kernel goes on with its variables", async () => {
  const gave = await inKernel([
    `import { progress } from "circuitbook"; const before = 42; before`,
    endless,
    "before",
    `const seen: number[] = []; for await (const i of progress.watched([1, 2], { label: "wait", unit: "steps" })) seen.push(i); seen.length`,
    endless,
    "before + 1",
  ]);
  assertEquals(gave, ["42", "InterruptedError", "42", "2", "InterruptedError", "43"]);
});

Deno.test("Stop ends a plain loop and a plain wait, and no later cell", async () => {
  const gave = await inKernel([
    `const before = 1; console.log("interrupt me"); while (true) {}`,
    `console.log("interrupt me"); await new Promise((done) => setTimeout(done, 1e8));`,
    `before + 1`,
    `import { progress } from "circuitbook"; for await (const _ of progress.watched([1, 2], { label: "wait", unit: "steps" }));\n3`,
  ]);
  assertEquals(gave, ["InterruptedError", "InterruptedError", "2", "3"]);
});

Deno.test("a cell that Stop has given up leaves nothing running, and names the place where the cell waited", async () => {
  const [slow, line, , counted] = await (await sharedKernel()).cells(
    `let rounds = 0;
const wait = (ms: number) => new Promise((done) => setTimeout(done, ms));
console.log("interrupt me");
while (true) {
  await wait(1200);
  rounds++;
}`,
    `console.log("interrupt me");\nawait wait(1200);\nrounds += 100;`,
    `await wait(400)`,
    `rounds`,
  );
  assertEquals(slow.outputs.at(-1)!.trace, [
    "InterruptedError: Stopped; all variables are as they were.",
    "5 |   await wait(1200);",
    "  |   ^",
    "    at line 5, column 3",
  ]);
  assertEquals([slow.line, line.line], [5, 2]);
  assertEquals(counted.outputs[0].data!["text/plain"], "0");
});

Deno.test("Stop ends the cell that runs, not the loop of an earlier cell, and ends all loops of a cell", async () => {
  const ran = await (await sharedKernel()).cells(
    `let ticks = 0;
const pause = () => new Promise((done) => setTimeout(done, 2));
void (async () => { while (ticks >= 0) { await pause(); ticks++; } })();
0`,
    `console.log("interrupt me"); await new Promise(() => {});`,
    `const before = ticks; while (ticks < before + 5) await pause(); ticks = -1e9; 1`,
    `let others = 0;
const loop = async () => { while (true) { await pause(); others++; } };
console.log("interrupt me");
await Promise.all([loop(), loop()]);`,
    `await pause(); const first = others; for (let i = 0; i < 10; i++) await pause(); others - first`,
  );
  assertEquals(
    ran.map(({ outputs }) => outputs.at(-1)!.error ?? outputs.at(-1)!.data!["text/plain"]),
    [
      "0",
      "InterruptedError",
      "1",
      "InterruptedError",
      "0",
    ],
  );
});

Deno.test("work that begins after a heard press has a fresh signal", async () => {
  const button = new StopButton();
  const first = button.signal();
  button.press();
  assertThrows(() => progress.throwIfStopped(first), InterruptedError);
  await new Promise((done) => setTimeout(done));
  assert(first.aborted && !button.signal().aborted);
});

Deno.test("a press that nothing heard is forgotten when the cell ends", () => {
  const button = new StopButton();
  button.signal();
  button.press();
  button.reset();
  assert(!button.signal().aborted);
});

Deno.test("JupyterLab, which listens until the kernel is idle, misses no value", async () => {
  const gave = await inKernel(['import "circuitbook"; 0', ...Array(60).fill("1")]);
  assertEquals(gave, ["0", ...Array(60).fill("1")]);
});

/**
 * Returns what each cell gave before the kernel called itself idle: the name of its error or the
 * text of its value. A cell that prints "interrupt me" gets what the Stop button sends.
 */
async function inKernel(cells: string[]): Promise<(string | undefined)[]> {
  const ran = await (await sharedKernel()).cells(...cells);
  return ran.map(({ outputs }) => {
    const gave = outputs.find(({ error, shown }) => error || shown === "execute_result");
    return gave?.error ?? gave?.data?.["text/plain"];
  });
}
