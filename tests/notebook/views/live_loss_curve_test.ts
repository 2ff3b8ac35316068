import { assertEquals, assertStringIncludes } from "@std/assert";
import { notebook, plot } from "circuitbook";

Deno.test("a live curve draws the rows so far, once there are two", () => {
  const drawn: string[] = [];
  const panels = [{ columns: ["reward"], name: "reward" }];
  const draw = (drawing: Pick<plot.Drawing, typeof plot.jupyterDisplay>) =>
    drawn.push(String(drawing[plot.jupyterDisplay]()["text/plain"]));
  const onStep = notebook.liveLossCurve({ interval: 0, panels, draw });
  for (const [i, reward] of [4, 3, 2].entries()) onStep({ step: i + 1, reward });
  assertEquals(drawn.length, 2);
  assertStringIncludes(drawn[0], "reward 4 at step 1, reward 3 at step 2");
  assertStringIncludes(drawn[1], "reward 2 at step 3");
});

Deno.test("a panel of which nothing is measured yet waits", () => {
  const drawn: string[] = [];
  const panels = [{ columns: ["KL to base"], name: "KL" }, { columns: ["loss"], name: "loss" }];
  const draw = (drawing: Pick<plot.Drawing, typeof plot.jupyterDisplay>) =>
    drawn.push(String(drawing[plot.jupyterDisplay]()["text/plain"]));
  const onStep = notebook.liveLossCurve({ interval: 0, panels, draw });
  const later = notebook.liveLossCurve({ interval: 0, panels: [panels[0]], draw });
  for (const step of [1, 2]) onStep({ step, loss: step, "KL to base": undefined });
  for (const step of [1, 2]) later({ step, loss: step });
  assertEquals(drawn.map((text) => text.includes("KL")), [false]);
  onStep({ step: 3, loss: 3, "KL to base": 0.5 });
  assertStringIncludes(drawn[1], "KL to base 0.5");
});

Deno.test("a live curve is drawn no more often than asked for", () => {
  let drawn = 0;
  const onStep = notebook.liveLossCurve({ interval: 3600, draw: () => drawn++ });
  for (let step = 1; step < 20; step++) onStep({ step, loss: 1 });
  assertEquals(drawn, 1);
});
