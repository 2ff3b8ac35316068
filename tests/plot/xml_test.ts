import { assert, assertEquals } from "@std/assert";
import { plot, Tensor } from "circuitbook";
import { PYTHON } from "../../lib/commands/repository.ts";
import { examples } from "./examples.ts";

/**
 * What tokens, names and series may hold: markup, both quotes, control characters, half a surrogate
 * pair.
 */
const HOSTILE = "</text>]]><s> & \"p<0.05\" 'x' &amp; --> \u0000\u0001\u001b\u007f\ufffe\ud800";

const rows = [0, 1].flatMap((layer) =>
  [HOSTILE, `${HOSTILE} b`].map((name, i) => ({
    layer,
    head: i,
    position: i,
    step: layer,
    scale: i,
    token: name,
    probability: 0.5,
    [HOSTILE]: i + layer,
    series: name,
    name,
    low: 0.1,
    high: 2,
    n: 10,
  }))
);

const captions = { title: HOSTILE, caption: HOSTILE };
const values = { [HOSTILE]: [0, 1, 2], b: [1] };
const square = new Tensor(new Float32Array([1, 0, 0.5, 0.5]), { query: 2, key: 2 });

/** Every figure, with hostile words wherever it takes words. */
const hostile: Readonly<Record<string, plot.Figure>> = {
  accuracyByLayer: plot.accuracyByLayer({ [HOSTILE]: rows }, { measure: HOSTILE, ...captions }),
  lineByScale: plot.lineByScale(rows, { y: HOSTILE, xName: HOSTILE, controls: [HOSTILE] }),
  lossCurve: plot.lossCurve(rows, { panels: [{ columns: [HOSTILE], name: HOSTILE }] }),
  bars: plot.bars(rows, { value: HOSTILE, controls: [HOSTILE], ...captions }),
  histogram: plot.histogram(values, { name: HOSTILE, ...captions }),
  histograms: plot.histograms({ [HOSTILE]: values, b: values }, { name: HOSTILE }),
  scatter: plot.scatter(rows, { x: "layer", y: HOSTILE, label: "token", series: "series" }),
  headMap: plot.headMap(rows, { value: HOSTILE, ...captions }),
  layerGrid: plot.layerGrid(rows, { value: HOSTILE, columnLabels: [HOSTILE], columnName: HOSTILE }),
  rankings: plot.rankings(rows.slice(0, 2), { item: "name", method: "series", score: HOSTILE }),
  lensGrid: plot.lensGrid(rows, [HOSTILE], captions),
  attentionPattern: plot.attentionPattern(square, ["<s>", HOSTILE], captions),
  tensorHeatmap: plot.tensorHeatmap(square, { labels: { key: ["<s>", HOSTILE] }, ...captions }),
};

/** Parses each text with Python's XML parser, and returns the complaints. */
async function complaints(texts: Readonly<Record<string, string>>): Promise<string[]> {
  const parse = `import json, sys, xml.etree.ElementTree as tree
for name, text in json.load(sys.stdin).items():
    try: tree.fromstring(text.encode("utf-8"))
    except Exception as error: print(name, error)`;
  const parser = new Deno.Command(PYTHON, {
    args: ["-c", parse],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = parser.stdin.getWriter();
  await input.write(new TextEncoder().encode(JSON.stringify(texts)));
  await input.close();
  const { stdout, stderr, success } = await parser.output();
  assert(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).split("\n").filter(Boolean);
}

Deno.test("the SVG of every example is XML", async () => {
  const figures = Object.entries(examples).flatMap(([name, drawing]) =>
    drawing instanceof plot.Figure ? [[name, drawing.svg] as const] : []
  );
  assertEquals(await complaints(Object.fromEntries(figures)), []);
});

Deno.test("the SVG of every figure is XML, whatever its tokens, names and series are", async () => {
  const svgs = Object.entries(hostile).map(([name, { svg }]) => [name, svg] as const);
  assertEquals(await complaints(Object.fromEntries(svgs)), []);
});

Deno.test("every function of plot that returns a figure is among the hostile ones", () => {
  const others = new Set([
    "Drawing",
    "Figure",
    "attentionViewer",
    "barTable",
    "compareTexts",
    "escapeHtml",
    "formatNumber",
    "framed",
    "jupyterDisplay",
    "lensViewer",
    "shorten",
    "stacked",
    "table",
    "tokenLists",
    "tokenText",
    "visibleToken",
  ]);
  const figures = Object.keys(plot).filter((name) => !others.has(name));
  assertEquals(Object.keys(hostile).sort(), figures.sort());
});
