import { assert, assertEquals } from "@std/assert";
import { type Architecture, notebook, plot, Tensor } from "circuitbook";

import { select, texts } from "../../plot/parse.ts";

function shown(value: object): plot.MediaBundle {
  return (value as plot.Drawing)[plot.jupyterDisplay]();
}

const tensor = new Tensor(new Float32Array([1, 2, 3, 4]), { position: 2, d_model: 2 });

const architecture: Architecture = {
  family: "toy<script>",
  layers: 2,
  dModel: 8,
  heads: 4,
  kvHeads: 1,
  headSize: 2,
  dMlp: 0,
  vocab: 1000,
  context: 64,
  norm: { kind: "rms", eps: 1e-6 },
  rope: { theta: 10000 },
  activation: "silu",
  linearLayout: "out-in",
  weights: { embed: "embed", unembed: "embed", layer: () => ({ o: { weight: "o" } }) },
  shapes: new Map([["embed", [1000, 8]], ["o", [8, 8]]]),
  endTokens: [],
  notes: [],
  parts: new Map(),
};

Deno.test("a tensor draws itself as a heat map with its shape", () => {
  notebook.installDisplays();
  const bundle = shown(tensor);
  assert(String(bundle["text/html"]).includes("<svg"));
  assert(String(bundle["text/plain"]).includes("[position 2, d_model 2]"));
});

Deno.test("a subclass draws as its class does, and the last registration counts", () => {
  class Base {}
  class Child extends Base {}
  notebook.registerDisplay(Base, () => new plot.Drawing("<p>1</p>", "1"));
  notebook.registerDisplay(Base, () => new plot.Drawing("<p>2</p>", "2"));
  assertEquals(shown(new Child())["text/plain"], "2");
});

Deno.test("a model's card tells family, sizes and device, as text", () => {
  const { html, text } = notebook.modelCard({
    name: "m<b>",
    architecture,
    device: "cpu",
    deviceReason: "no GPU was found.",
    dtype: "f32",
  });
  assertEquals(select(html, "script, b").length, 0);
  for (
    const fact of [
      "8,064 parameters",
      "2 layers",
      "4 heads of size 2, 1 for keys and values",
      "tied",
      "cpu, in f32 (no GPU was found)",
    ]
  ) {
    assert(text.includes(fact), `${fact} in ${text}`);
  }
});

Deno.test("a generation marks the edited tokens after its grey prompt", () => {
  const row = {
    prompt: "9+53",
    tokens: [1, 2, 3],
    text: "=62 (",
    pieces: ["=", "62", " ("],
    edited: [2],
    finish: "length" as const,
  };
  const { html } = notebook.generationView({ rows: [row] });
  assertEquals(texts(html, ".cb-text:not(.cb-key) .cb-marked"), [" ("]);
  assertEquals(texts(html, ".cb-text .cb-soft").at(-1), "9+53");
  assert(html.includes("3 new tokens, cut off at the limit"));
});

Deno.test("a generation whose pieces are unknown counts the edited tokens; many texts are cut", () => {
  const row = { prompt: "<script>", tokens: [1, 2], text: "ab", edited: [1] };
  const { html } = notebook.generationView({ rows: Array.from({ length: 8 }, () => row) });
  assertEquals(select(html, "script").length, 0);
  assertEquals(html.split("1 of them edited").length - 1, 5);
  assert(html.includes("3 more texts"));
});

Deno.test("probes show accuracy by layer, their best layer and the baseline", () => {
  const layers = [{ layer: 0, accuracy: 0.6, baseline: 0.5 }, {
    layer: 1,
    accuracy: 0.9,
    low: 0.85,
    high: 0.94,
    n: 200,
    baseline: 0.5,
  }];
  const { html } = notebook.probesView({ classes: ["not", "this"], layers });
  assert(html.includes("best at layer 1: 0.900 (0.850 to 0.940), n 200"));
  assert(texts(html, "text").includes("always the most frequent class"));
});

Deno.test("a cache lists its hook points, layers of one shape together", () => {
  const names = [
    "hook_embed",
    "blocks.0.hook_resid_post",
    "blocks.1.hook_resid_post",
    "blocks.3.hook_resid_post",
  ];
  const { html } = notebook.cacheView({ names, tokens: [[1, 2]], get: () => tensor });
  assertEquals(texts(html, "tbody tr").length, 2);
  assert(html.includes("0–1, 3") && html.includes("blocks.*.hook_resid_post"));
  assert(
    notebook.cacheView({ names: ["hook_embed"], tokens: [[1, 2]], get: () => tensor }).html
      .includes("<svg"),
  );
  assert(
    notebook.cacheView({ names: [], tokens: [[1, 2]], get: () => tensor }).html.includes(
      "none was tapped",
    ),
  );
});
