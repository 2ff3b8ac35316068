/**
 * One example of each figure, from made-up numbers: what the snapshots show and what is looked at
 * in review.
 */
import { plot, seededRandom, Tensor } from "circuitbook";
import { normal } from "../../lib/base/random.ts";

const random = seededRandom(7);
const others = seededRandom(8);
const effects = seededRandom(9);
const LAYERS = Array.from({ length: 8 }, (_, layer) => layer);
const TEXT = [
  "<s>",
  "9",
  "+",
  "5",
  "3",
  "=",
  "6",
  "2",
  " (",
  "not",
  " ",
  "3",
  "7",
  ")",
  "\n",
  "5",
  "3",
  "-",
  "1",
  "6",
];

const rise = (top: number) =>
  LAYERS.map((layer) => {
    const accuracy = 0.5 + (top - 0.5) / (1 + Math.exp(3 - layer));
    return { layer, accuracy, low: accuracy - 0.05, high: Math.min(1, accuracy + 0.04), n: 400 };
  });

const share = (top: number) =>
  [-20, -10, 0, 5, 10, 20, 40].map((scale) => {
    const y = top / (1 + Math.exp(-(scale - 12) / 5));
    return { scale, share: y, low: Math.max(0, y - 0.06), high: y + 0.07, n: 100 };
  });

/** 600 steps of training that gets less noisy, with a validation loss every 50. */
const curveRows = Array.from({ length: 600 }, (_, i) => {
  const noise = Math.sin(i * 1.7) + Math.sin(i * 2.9);
  const loss = 0.4 + 5.6 * Math.exp(-i / 90) * (1 + 0.06 * noise) + 0.04 * noise;
  const validation = i % 50 === 49 ? 0.5 + 5.6 * Math.exp(-i / 90) : undefined;
  return { step: i + 1, loss, norm: 0.5 + 0.2 * Math.abs(noise), validation };
});

function gaussian(n: number, mean: number): Float32Array {
  return Float32Array.from({ length: n }, () => mean + normal(random));
}

/** An attention pattern: much on the first token, some on the last ones. */
export function causalPattern(size: number): Tensor {
  const data = new Float32Array(size * size);
  for (let query = 0; query < size; query++) {
    const weights = Array.from(
      { length: query + 1 },
      (_, key) => Math.exp((key === 0 ? 3 : 0) - (query - key) / 3 + normal(random)),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    weights.forEach((weight, key) => data[query * size + key] = weight / sum);
  }
  return new Tensor(data, { query: size, key: size });
}

/** Heads of a model of 8 layers with 6 heads; a few matter. */
export const heads = LAYERS.flatMap((layer) =>
  [0, 1, 2, 3, 4, 5].map((head) => {
    const effect = (layer + head) % 11 === 5 ? -3.2 + head / 4 : 0.4 * normal(random);
    return { layer, head, effect, low: effect - 0.9, high: effect + 0.9, n: 100 };
  })
);

/** A logit lens of 8 layers over the last 9 tokens of a text. */
export const lens = LAYERS.flatMap((layer) =>
  TEXT.slice(6, 15).flatMap((_, i) => {
    const settled = layer >= 4;
    const token = settled
      ? TEXT[Math.min(TEXT.length - 1, i + 7)]
      : [" the", "<script>", "数字", "\n\n", "exactly!"][(i * 3 + layer) % 5];
    const probability = settled ? 0.55 + layer / 20 : 0.06 + random() / 10;
    return [{ layer, position: i + 6, token, probability }, {
      layer,
      position: i + 6,
      token: " this",
      probability: 0.02,
    }];
  })
);

/** Patching by layer and position: what matters moves from the numbers to the last token. */
const patching = LAYERS.flatMap((layer) =>
  TEXT.slice(5, 15).map((_, i) => {
    const effect = Math.exp(-((i - layer - 1) ** 2) / 2) - 0.2 * others();
    return { layer, position: i + 5, effect, low: effect - 0.2, high: effect + 0.2, n: 40 };
  })
);

/** How much each kind of matrix changed, by layer. */
const components = LAYERS.flatMap((layer) =>
  ["Q", "K", "V", "O", "gate", "up", "down"].map((component, i) => ({
    layer,
    component,
    change: 0.02 + 0.01 * ((layer * 3 + i * 5) % 7),
  }))
);

/** Effects of heads in two models, mostly alike. */
const agreeing = Array.from({ length: 48 }, (_, i) => {
  const base = i % 11 === 4 ? -2 - effects() : 0.3 * normal(effects);
  const r1 = base * (0.8 + 0.4 * effects()) + 0.2 * normal(effects);
  return {
    head: `L${Math.floor(i / 6)}H${i % 6}`,
    base,
    r1,
    kind: i % 11 === 4 ? "verification" : "other",
  };
});

const conditions = ["zero ablation", "mean ablation", "resampled from other prompts"].flatMap((
  name,
  i,
) =>
  ["found heads", "random heads"].map((series, j) => {
    const share = j ? 0.95 - i / 50 : 0.1 + i / 8;
    return { name, series, share, low: share - 0.06, high: Math.min(1, share + 0.07), n: 100 };
  })
);

/** A tensor with outliers, NaN and infinite values. */
export function oddTensor(): Tensor {
  const data = gaussian(12 * 20, 0);
  data[45] = NaN;
  data[46] = Infinity;
  data[85] = -Infinity;
  return new Tensor(data, { batch: 1, position: 12, d_model: 20 });
}

const prompt = ["Use", " 9", ",", " 53", " to", " make", " 62", ":", "\n"].map((text) => ({
  text,
  quiet: true,
}));
const steered = TEXT.slice(1).map((text) => ({ text, marked: text === " (" }));

/** Every picture by the name of its snapshot. */
export const examples: Readonly<Record<string, plot.Drawing>> = {
  "accuracy-by-layer": plot.accuracyByLayer({
    "at ` (`": rise(0.98),
    "at `=`": rise(0.81),
    "at the last digit": rise(0.9),
  }, {
    chance: 0.5,
    controls: {
      "shuffled labels": LAYERS.map((layer) => ({ layer, accuracy: 0.5 + 0.01 * (layer % 3) })),
    },
    title: "The verdict can be read from layer 3 on",
    caption:
      "Linear probes on 400 attempts of problems not seen in training; ribbons are 95 % Wilson intervals.",
  }),
  "accuracy-one-series": plot.accuracyByLayer(rise(0.93)),
  "loss-curve": plot.lossCurve(curveRows, {
    panels: [{ columns: ["loss", "validation"], name: "loss (nats per token)" }, {
      columns: ["norm"],
      name: "norm",
    }],
    title: "Training",
  }),
  "loss-curve-live": plot.lossCurve(curveRows.slice(0, 40), { end: 600 }),
  "line-by-scale": plot.lineByScale({ "W[1]": share(0.9), "W[0]": share(0.3) }, {
    yName: "share of solved",
    xName: "scale (units of the residual's norm)",
    controls: { "random vector": share(0.05) },
    title: "Steering ends the search",
  }),
  "heatmap-2d": plot.tensorHeatmap(oddTensor(), { title: "hook_resid_post" }),
  "heatmap-labels": plot.tensorHeatmap(
    new Tensor(gaussian(10 * 6, 1).map(Math.abs), { position: 10, head: 6 }),
    {
      labels: { position: TEXT },
    },
  ),
  "heatmap-strip": plot.tensorHeatmap(new Tensor(gaussian(192, 0), { d_model: 192 })),
  "heatmap-slices": plot.tensorHeatmap(
    Tensor.stack(Array.from({ length: 8 }, () => causalPattern(20)), "head").reshape({
      batch: 1,
      head: 8,
      query: 20,
      key: 20,
    }),
  ),
  "heatmap-huge": plot.tensorHeatmap(
    new Tensor(gaussian(160 * 768, 0), { position: 160, d_model: 768 }),
  ),
  "heatmap-one-value": plot.tensorHeatmap(new Tensor(new Float32Array([2.5]), { scale: 1 })),
  "attention-small": plot.attentionPattern(causalPattern(20), TEXT, { title: "Layer 5, head 2" }),
  "attention-large": plot.attentionPattern(
    causalPattern(120),
    Array.from({ length: 120 }, (_, i) => TEXT[i % 20]),
  ),
  "lens-grid": plot.lensGrid(lens, TEXT, { title: "What each layer would say next" }),
  "head-map": plot.headMap(heads, {
    name: "logit(this) − logit(not)",
    title: "Silencing each head",
  }),
  "head-map-large": plot.headMap(
    Array.from(
      { length: 36 * 16 },
      (_, i) => ({
        layer: Math.floor(i / 16),
        head: i % 16,
        effect: i % 97 === 3 ? -2 : i % 101 === 7 ? 1.5 : 0.1 * normal(random),
      }),
    ),
  ),
  "layer-grid-tokens": plot.layerGrid(patching, {
    columnLabels: TEXT,
    columnName: "token at the position",
    name: "share of the logit difference restored",
    title: "Patching the residual stream",
  }),
  "layer-grid-components": plot.layerGrid(components, {
    column: "component",
    value: "change",
    name: "relative change of norm",
  }),
  "layer-grid-large": plot.layerGrid(
    Array.from({ length: 36 * 160 }, (_, i) => ({
      layer: Math.floor(i / 160),
      position: i % 160,
      effect: Math.exp(-(((i % 160) - 3 * Math.floor(i / 160)) ** 2) / 30) - 0.1 * others(),
    })),
    { columnLabels: Array.from({ length: 160 }, (_, i) => TEXT[i % 20]) },
  ),
  "scatter": plot.scatter(agreeing, {
    x: "base",
    y: "r1",
    label: "head",
    series: "kind",
    xName: "effect in the base model",
    yName: "effect in the tuned model",
    diagonal: true,
    title: "The same heads serve in both",
  }),
  "rankings": plot.rankings(
    ["knock-out", "attribution", "patching", "attention to the target"].flatMap((method, i) =>
      agreeing.map(({ head, base, r1 }) => ({
        item: head,
        method,
        score: i % 2 ? base + i / 9 * effects() : r1,
      }))
    ),
    { most: 12, title: "Four rankings of the heads" },
  ),
  "bars": plot.bars(conditions, {
    controls: ["random heads"],
    name: "share of correct results that are recognised",
    reference: 0.5,
    title: "Three ways to silence heads",
    caption: "95 % Wilson intervals.",
  }),
  "histogram": plot.histogram({ correct: gaussian(300, 1.2), wrong: gaussian(500, -1) }, {
    name: "activation along W[1]",
  }),
  "histograms": plot.histograms({
    "layer 5, neuron 101": { correct: gaussian(300, 1.2), wrong: gaussian(300, -1) },
    "layer 6, neuron 7": { correct: gaussian(300, 0.2), wrong: gaussian(300, 0) },
    "layer 7, neuron 480": { correct: gaussian(300, 2), wrong: gaussian(300, 0) },
  }, { name: "activation" }),
  "table": plot.table([
    { token: " wrong", score: 0.41234, n: 12345, share: 0.5, known: true, english: "wrong" },
    { token: "错误", score: -0.0512, n: 7, share: 0.123, known: false, english: "error" },
    {
      token: "<script>alert(1)</script>",
      score: 0.00001,
      n: 100,
      share: 1,
      known: true,
      english: null,
    },
  ], { title: "Nearest tokens", caption: "By cosine.", formats: { share: "percent" } }),
  "bar-table": plot.barTable({
    "W[0] (not)": [
      { token: " wrong", score: 0.41, english: "wrong" },
      { token: "错误", score: 0.38, english: "error" },
      { token: "\n", score: -0.2, english: "" },
    ],
    "W[1] (this)": [{ token: " SUCCESS", score: 0.52, english: "success" }, {
      token: "正确",
      score: 0.44,
      english: "correct",
    }, { token: " yes", score: 0.1, english: "yes" }],
  }, { gloss: "english", title: "Nearest neighbours of the probe's directions" }),
  "token-lists": plot.tokenLists([
    { layer: 5, class: "not", token: " wrong", english: "" },
    { layer: 5, class: "not", token: "错误", english: "mistake" },
    { layer: 5, class: "this", token: "\n", english: "" },
    { layer: 5, class: "this", token: "<b>", english: "" },
  ], {
    by: ["layer", "class"],
    gloss: "english",
    name: "nearest tokens",
    caption: "Nearest first.",
  }),
  "token-text": plot.tokenText([
    ...prompt,
    ...TEXT.slice(1).map((text, i) => ({ text, value: Math.sin(i) * 2, marked: i === 7 })),
  ], {
    valueName: "attribution",
    markedName: "the verdict",
  }),
  "compare-texts": plot.compareTexts({
    before: [...prompt, ...steered.map(({ text }) => ({ text }))],
    "after, scale 20": [...prompt, ...steered],
  }, {
    markedName: "steered",
    caption: "Markers: W[1] added.",
  }),
};
