import { assert, assertEquals } from "@std/assert";
import { type Architecture, loadModel, notebook, plot, tables, Tensor } from "circuitbook";
import { inspect } from "node:util";

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

Deno.test("lists, Maps and objects of values that draw themselves are folded, a line an entry", () => {
  notebook.installDisplays();
  const figure = plot.headMap([{ layer: 0, head: 0, effect: 1 }]);
  const frame = tables.tableOf([{ layer: 0, score: 0.5 }]);
  const weights = new Map([["w", { data: new Float32Array(4096).fill(2), dims: [64, 64] }]]);
  const view = notebook.cellValue({ tensor, list: [figure, frame], weights, n: 3 }) as plot.Drawing;
  assertEquals(view.text.split("\n"), [
    "{ tensor, list, weights, n }",
    "  tensor: Tensor [position 2, d_model 2]: 1, 2, 3, 4",
    "  list: list of 2",
    "    0: Figure: effect of 1 heads; strongest: layer 0 head 0: 1.",
    "    1: table of 1 row: layer, score",
    "  weights: Map of 1",
    "    w: [64, 64]: 2 to 2",
    "  n: 3",
  ]);
  assertEquals(select(view.html, "details").length, 5);
  assertEquals(select(view.html, "details svg").length, 2);
  assert(view.html.length < 40_000, String(view.html.length));
});

Deno.test("objects of a class and keys of a Map that hold drawings are folded, too", () => {
  notebook.installDisplays();
  const figure = plot.headMap([{ layer: 0, head: 0, effect: 1 }]);
  class Result {
    figure = figure;
    readonly #hidden = 1;
    get sum(): number {
      return this.#hidden;
    }
  }
  const view = notebook.cellValue(new Result()) as plot.Drawing;
  const line = "figure: Figure: effect of 1 heads; strongest: layer 0 head 0: 1.";
  assertEquals(view.text.split("\n"), ["Result { figure }", `  ${line}`]);
  assertEquals(select(view.html, "details[open] svg").length, 1);
  const keys = notebook.cellValue(
    new Map<unknown, unknown>([[tensor, 1], [[tensor], 2], ["n", new Result()]]),
  ) as plot.Drawing;
  assertEquals(keys.text.split("\n"), [
    "Map of 3",
    "  0: { key, value }",
    "    key: Tensor [position 2, d_model 2]: 1, 2, 3, 4",
    "    value: 1",
    "  1: { key, value }",
    "    key: list of 1",
    "      0: Tensor [position 2, d_model 2]: 1, 2, 3, 4",
    "    value: 2",
    "  n: Result { figure }",
    `    ${line}`,
  ]);
  assertEquals(select(keys.html, "details svg").length, 3);
  class Said {
    figure = figure;
    [Symbol.for("nodejs.util.inspect.custom")](): string {
      return "said";
    }
  }
  const self = new Map<unknown, unknown>();
  self.set(self, 1);
  for (const value of [new Said(), self, new Date(0), new Error("no")]) {
    assertEquals(notebook.cellValue(value), value);
  }
});

Deno.test("figures in a list are open, and many drawings leave only their lines", () => {
  const figure = plot.headMap([{ layer: 0, head: 0, effect: 1 }]);
  const pair = notebook.cellValue([figure, figure]) as plot.Drawing;
  assertEquals(select(pair.html, "details[open] svg").length, 2);
  const many = notebook.cellValue(Array(500).fill(figure)) as plot.Drawing;
  assertEquals(select(many.html, "details[open]").length, 0);
  assertEquals([select(many.html, "svg").length, select(many.html, ".cb-leaf").length], [12, 89]);
});

Deno.test("plain data, however nested or large, stays text", () => {
  const cyclic: Record<string, unknown> = { a: 1 };
  cyclic.self = cyclic;
  const large = Array.from({ length: 300 }, () => Array(300).fill({ a: [1] }));
  for (const value of [[1, "two"], { a: { b: 1 } }, cyclic, large, new Map([[1, 2]]), null, "a"]) {
    assertEquals(notebook.cellValue(value), value);
  }
});

Deno.test("values are a line in console.log and in a text", async () => {
  const model = await loadModel("max-of-list");
  assertEquals(
    `${model}`,
    "Model max-of-list: attention_only, 1 layer, 4 heads, d_model 64, cpu, f32",
  );
  assertEquals(Deno.inspect({ tensor }), "{ tensor: Tensor [position 2, d_model 2]: 1, 2, 3, 4 }");
  assertEquals(inspect(tensor), String(tensor));
  const cache = await model.run([[1, 2]], { tap: "blocks.*.hook_resid_post" });
  assertEquals(
    String(cache),
    "Cache of 1 text: blocks.*.hook_resid_post [batch 1, position 2, d_model 64]",
  );
  const long = new Tensor(new Float32Array([1, NaN, -2, 5, 0, 0, 0.12345]), { example: 7 });
  assertEquals(String(long), "Tensor [example 7]: -2 to 5, 1 not finite");
  for (const value of [cache, plot.table([{ a: 1 }]), model.tokenizer, notebook.claims([])]) {
    assert(!String(value).includes("\n") && Deno.inspect(value) === String(value), String(value));
  }
});
