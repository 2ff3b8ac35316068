import { createHash } from "node:crypto";
import { fromFileUrl, join } from "deno-std/path/mod.js";
import { fileSize, readJson, writeWhole } from "../checkpoint/files.ts";
import type { Model } from "../model/model.ts";
import { document } from "../notebook/report/page.ts";
import { NAN_COLOUR, NEGATIVE, POSITIVE } from "../plot/parts/colour.ts";
import { HTML_STYLE } from "../plot/parts/style.ts";
import { escapeHtml, formatNumber, jsonInScript } from "../plot/parts/text.ts";
import { VIEWER_STYLE } from "../plot/viewers/style.ts";
import { problem } from "../tasks/countdown/problems/problem.ts";
import { prompts } from "../tasks/countdown/prompts/prompts.ts";
import { templateFor } from "../tasks/countdown/prompts/template.ts";
import { bundled } from "./bundle.ts";
import type { LiveFacts } from "./live_model.ts";
import type { LiveContent } from "./messages.ts";
import { LIVE_STYLE } from "./page_style.ts";

/** The most bytes of weights that fit into a page of at most 30 MB. */
const MOST_WEIGHT_BYTES = 15e6;

/** The problem with which the page opens. `countdown-r1` solves it with its second attempt. */
const PROBLEM = { numbers: [3, 38, 87], target: 52 } as const;

/**
 * The problem with which the page opens if the model also judges properties. `property-r1` solves
 * this problem.
 */
const PROPERTY_PROBLEM = { numbers: [35, 32, 46], target: "prime" } as const;

/** The WebAssembly modules of ONNX Runtime, with SIMD: for the processor, and for WebGPU. */
const RUNTIMES = {
  cpu: "onnxruntime-web/ort-wasm-simd-threaded.wasm",
  webgpu: "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm",
} as const;

/**
 * The modules of {@link RUNTIMES}, packed. Every page holds these modules. They are packed once a
 * process, because packing takes seconds.
 */
const packedRuntimes = new Map<string, Promise<string>>();

/** How many bytes of a page are read to find its digest. */
const BEGINNING = 1 << 14;

/** The style of the page and of its viewers. */
const STYLE = LIVE_STYLE + HTML_STYLE + VIEWER_STYLE +
  `.cb-viewer{--cb-blue:${NEGATIVE};--cb-orange:${POSITIVE};--cb-nan:${NAN_COLOUR}}`;

/**
 * Returns why a model cannot run in a page, in a sentence, or `undefined` if it can.
 *
 * @param model the model.
 */
export function whyNoPage({ name, checkpoint, tokenizer }: Model): string | undefined {
  const tensors = [...checkpoint.tensors.values()];
  const bytes = tensors.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (bytes > MOST_WEIGHT_BYTES) {
    return `${name} has ${formatNumber(bytes / 1e6)} MB of weights, and a page holds at most ${
      MOST_WEIGHT_BYTES / 1e6
    } MB.`;
  }
  const isStored = !checkpoint.live && !checkpoint.adapter && !checkpoint.bytes &&
    tensors.every(({ conversion }) => conversion === undefined) &&
    checkpoint.tokenizer === undefined;
  if (!isStored) {
    return `${name} is not a plain model folder: its weights are in memory, changed by an adapter, or converted, ` +
      "and a page holds one safetensors file unchanged.";
  }
  const files = filesOf(checkpoint);
  if (files.length !== 1) {
    return `${name} has ${files.length} safetensors files; join them into one, which the page holds.`;
  }
  const asked = problem(PROBLEM.numbers, PROBLEM.target);
  const prompt = tokenizer.present ? prompts[templateFor(tokenizer)](asked) : "";
  if (!tokenizer.present || tokenizer.decode(tokenizer.encode(prompt)) !== prompt) {
    return `the tokenizer of ${name} cannot spell the countdown problems of the page.`;
  }
  return undefined;
}

/**
 * Writes the live page of a model: one HTML document that holds the model, the library and ONNX
 * Runtime, and needs neither a network nor anything installed. If the file already holds the same
 * page, it is not written again.
 *
 * @param model a model for which {@link whyNoPage} returns undefined, on any device.
 * @param facts what the page shows beside the weights.
 * @param path the file to write.
 * @throws CircuitbookError if the file cannot be written.
 */
export async function writeLivePage(model: Model, facts: LiveFacts, path: string): Promise<void> {
  const [panel, worker] = await bundled("page/panel.ts", "page/worker.ts");
  const content = await contentOf(model, facts);
  const [weights] = filesOf(model.checkpoint);
  const assets = {
    worker: new TextEncoder().encode(worker),
    cpu: await Deno.readFile(fromFileUrl(import.meta.resolve(RUNTIMES.cpu))),
    weights: await Deno.readFile(weights),
    webgpu: await Deno.readFile(fromFileUrl(import.meta.resolve(RUNTIMES.webgpu))),
  };
  const hash = createHash("sha256").update(pageOf({ content, digest: "", panel, elements: [] }));
  for (const bytes of Object.values(assets)) hash.update(bytes);
  const digest = hash.digest("hex");
  if ((await beginningOf(path)).includes(digest)) return;
  const elements = await elementsOf(assets);
  await writeWhole(path, pageOf({ content, digest, panel, elements }));
}

/** Returns the files that hold the weights of a model. */
function filesOf({ tensors }: Model["checkpoint"]): string[] {
  return [...new Set([...tensors.values()].map(({ file }) => file))];
}

/**
 * Returns the first part of a file, which has the digest of a page; an empty text if there is no
 * such file.
 */
async function beginningOf(path: string): Promise<string> {
  if (await fileSize(path) === undefined) return "";
  using file = await Deno.open(path);
  const bytes = new Uint8Array(BEGINNING);
  const count = await file.read(bytes);
  return new TextDecoder().decode(bytes.subarray(0, count ?? 0));
}

/** Returns an element for each file that the page holds. */
async function elementsOf(
  assets: Readonly<Record<string, Uint8Array<ArrayBuffer>>>,
): Promise<string[]> {
  const elements: string[] = [];
  for (const [name, bytes] of Object.entries(assets)) {
    const text = await (name in RUNTIMES ? packedRuntime(name, bytes) : packed(bytes));
    elements.push(`<script type="application/octet-stream" data-live="${name}">${text}</script>`);
  }
  return elements;
}

function pageOf({ content, digest, panel, elements }: {
  content: LiveContent;
  digest: string;
  panel: string;
  elements: readonly string[];
}): string {
  const { name, hash, layers, heads } = content;
  return document(`${name}, live`, [
    `<header data-digest="${digest}"><h1>${escapeHtml(name)}, live</h1>`,
    "<p>This page runs the model itself, on this machine and without a network. Type another problem, click heads to silence " +
    "them, or move the slider of the steering coefficient: the model writes again.</p></header>",
    `<style>${STYLE}</style>`,
    '<p id="loading">The page is loading …</p>',
    "<noscript><p>The page runs the model with JavaScript, which is switched off here.</p></noscript>",
    "<main></main>",
    `<footer><p>Weights <code>${hash.slice(0, 12)}</code>, ${layers} layers of ${heads} heads, ` +
    "computed in f32 by ONNX Runtime. The page loads nothing from anywhere and sends nothing.</p></footer>",
    `<script type="application/json" data-live="content">${jsonInScript(content)}</script>`,
    // The script comes before the large assets, so that the controls appear while the browser still
    // reads them.
    `<script>${panel}</script>`,
    ...elements,
  ], { scripts: [panel], runsModel: true });
}

async function contentOf(model: Model, facts: LiveFacts): Promise<LiveContent> {
  const { folder, config, generationConfig } = model.checkpoint;
  return {
    name: model.name,
    hash: await model.checkpoint.hash(),
    config,
    generationConfig: generationConfig ?? null,
    tokenizer: await readJson(join(folder, "tokenizer.json")),
    layers: model.architecture.layers,
    heads: model.architecture.heads,
    facts,
    template: templateFor(model.tokenizer),
    colours: { blue: NEGATIVE, magenta: NAN_COLOUR },
    problem: facts.properties ? PROPERTY_PROBLEM : PROBLEM,
  };
}

/** Returns a module of {@link RUNTIMES} as {@link packed} does, packed at most once. */
function packedRuntime(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const before = packedRuntimes.get(name);
  if (before) return before;
  const text = packed(bytes);
  packedRuntimes.set(name, text);
  return text;
}

/** Returns bytes compressed and in base64. */
async function packed(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const compressed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer()).toBase64();
}
