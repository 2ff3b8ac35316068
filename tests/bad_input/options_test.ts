import { assertRejects, assertStringIncludes } from "@std/assert";
import {
  CircuitbookError,
  type Edit,
  type GenerateOptions,
  loadModel,
  type RunOptions,
  Tensor,
} from "circuitbook";
import { temporaryFolder, writeFiles } from "../checkpoint/files.ts";
import { trace } from "../commands/trace_process.ts";
import { grouped } from "./both_ways.ts";

const model = await loadModel(grouped, { device: "cpu" });
const A = [5, 6, 7, 8];
const residual = "blocks.0.hook_resid_post";
const z = "blocks.1.attn.hook_z";
const pre = "blocks.1.hook_resid_pre";
const plain = await model.run([A], { tap: pre });
const other = await model.run([[5, 6, 7, 9]], { tap: pre });
const last = await model.run([A], { tap: pre, positions: [-1] });
const endless = await model.run([A], {
  tap: pre,
  edit: { at: pre, apply: (x) => (x.data.fill(Infinity), x) },
});
const stream = (fill: number, sizes = { batch: 1, position: 4, d_model: 32 }) =>
  new Tensor(new Float32Array(Object.values(sizes).reduce((a, b) => a * b, 1)).fill(fill), sizes);

async function refused(attempt: () => PromiseLike<unknown>, ...parts: string[]): Promise<void> {
  const { message } = await assertRejects(async () => await attempt(), CircuitbookError);
  for (const part of parts) assertStringIncludes(message, part);
}

const runCases: [options: unknown, ...parts: string[]][] = [
  [{ taps: residual }, '"taps"', 'nearest: "tap"'],
  [{ edits: [] }, '"edits"', 'nearest: "edit"'],
  ["logits", "the options of run", '"logits"'],
  [{ tap: 5 }, "tap 0", "found 5"],
  [{ tap: "a".repeat(1001) }, "a hook point", "longer than any name"],
  [{ tap: [] }, "something to tap"],
  [{ logits: false }, "something to tap"],
  [{ tap: [residual, residual] }, residual, "twice"],
  [{ tap: { at: residual, position: [1] } }, "tap 0", '"position"', 'nearest: "positions"'],
  [{ tap: { at: residual, heads: [0] } }, "a hook point with heads", residual],
  [{ tap: { at: z, heads: [4] } }, "head from 0 to 3", "found 4"],
  [{ tap: { at: z, heads: [] } }, '"heads" of tap 0', "found []"],
  [{ tap: residual, positions: [4] }, "position", "from 0 to 3", "found 4"],
  [{ tap: residual, positions: [-5] }, "from -4 to -1", "found -5"],
  [{ tap: residual, positions: { from: 9 } }, "found the bound 9"],
  [{ tap: residual, positions: [] }, '"positions" of run', "found []"],
  [{ tap: residual, positions: [1, [2]] }, '"positions" of run', "[1,[2]]"],
  [{ tap: residual, positions: [[1], [2]] }, "for each of 1 rows", residual, "found 2"],
  [{ tap: residual, positions: [[4]] }, "of row 0", residual, "from 0 to 3", "found 4"],
  [{ tap: residual, positions: [[]] }, "at least one position", residual],
  [{ tap: residual, positions: "last" }, '"positions" of run', '"last"'],
  [{ logits: "last" }, '"logits" of run', '"last"'],
  [{ logits: [40] }, "from 0 to 3", "found 40"],
  [{ signal: new AbortController() }, '"signal" of run', "an AbortSignal"],
  [{ onProgress: true }, '"onProgress" of run', "a function"],
  [{ start: { from: plain, at: pre }, tap: residual }, `from ${pre} on`, residual],
  [
    { start: { from: plain, at: pre }, edit: { at: residual, scale: 0 } },
    `from ${pre} on`,
    residual,
  ],
  [{ start: { from: plain, at: pre }, tap: "hook_embed" }, `from ${pre} on`, "hook_embed"],
  [{ start: { from: plain, at: residual } }, "hook_resid_pre", "of a layer to start at", residual],
  [
    { start: { from: plain, at: "blocks.2.hook_resid_pre" } },
    "blocks.2.hook_resid_pre",
    "layers 0 to 1",
  ],
  [{ start: { from: plain, at: "blocks.*.hook_resid_pre" } }, "to start at", "blocks.*"],
  [
    { start: { from: plain, at: "blocks.1.hook_resid_mid" } },
    "Expected a tapped hook point",
    "blocks.1.hook_resid_mid",
  ],
  [
    { start: { from: plain, at: pre, position: 4 } },
    "position to start at",
    "from 0 to 3",
    "found 4",
  ],
  [
    { start: { from: plain, at: pre, position: 2 }, logits: [1] },
    "positions from 2 on",
    "found 1",
    "logits",
  ],
  [{ start: { from: plain, at: pre, position: 2 } }, "Expected positions to tap", "logits"],
  [
    { start: { from: plain, at: pre, position: 1 }, logits: [-1] },
    "Expected a tapped hook point",
    "hook_rot_k",
  ],
  [
    {
      start: { from: plain, at: pre, position: 2 },
      logits: [-1],
      edit: { at: z, positions: [0], scale: 0 },
    },
    "positions from 2 on",
    "found 0",
  ],
  [{ start: { from: other, at: pre } }, "the tokens of the row it starts from", "[5,6,7,9]"],
  [{ start: { from: plain, at: pre, rows: [0, 0] } }, "for each of 1 rows", "found 2"],
  [{ start: { from: plain, at: pre, rows: [1] } }, "row to start from", "found 1"],
  [{ start: { from: last, at: pre } }, "at all 4 positions", "position 1"],
  [{ start: { from: endless, at: pre } }, "finite numbers", pre, "Infinity"],
  [{ start: { from: stream(0), at: pre } }, '"start.from" of run', "the cache of a run"],
  [{ start: { at: pre } }, '"start.from" of run', "nothing"],
];

for (const [options, ...parts] of runCases) {
  Deno.test(`run refuses ${describe(options)}`, () =>
    refused(() => model.run([A], options as RunOptions), ...parts));
}

const generateCases: [options: unknown, ...parts: string[]][] = [
  [{ max_new_tokens: 4 }, '"max_new_tokens"', 'nearest: "maxNewTokens"'],
  [{ maxNewTokens: 0 }, '"maxNewTokens" of generate', "at least 1", "found 0"],
  [{ maxNewTokens: "4" }, '"maxNewTokens" of generate', 'found "4"'],
  [{ maxNewTokens: 61 }, "4 + 61", "at most 60"],
  [{ temperature: -1 }, '"temperature" of generate', "found -1"],
  [{ temperature: NaN }, '"temperature" of generate', "found NaN"],
  [{ topK: 0 }, '"topK" of generate', "found 0"],
  [{ topK: 1.5 }, '"topK" of generate', "found 1.5"],
  [{ topP: 0 }, '"topP" of generate', "found 0"],
  [{ topP: "0.5" }, '"topP" of generate', 'found "0.5"'],
  [{ seed: 0.5 }, '"seed" of generate', "found 0.5"],
  [{ stop: "" }, '"stop" of generate', 'found ""'],
  [{ stop: ["a", 5] }, '"stop', "found"],
  [{ stopAtEnd: 1 }, '"stopAtEnd" of generate', "found 1"],
  [{ batchSize: 0 }, '"batchSize" of generate', "found 0"],
  [{ tap: { at: residual, positions: [1] } }, "taps without positions"],
  [{ tap: residual, positions: [1] }, '"positions"', "nearest"],
  [{ edit: { at: residual, rows: [1], scale: 0 } }, "row from 0 to 0", "found 1"],
  [
    { edit: { at: residual, shift: [[[...Array(32).keys()]], [[...Array(32).keys()]]] } },
    "shape [2, 1, 32]",
  ],
];

for (const [options, ...parts] of generateCases) {
  Deno.test(`generate refuses ${describe(options)}`, () => {
    const all = typeof options === "object" ? { maxNewTokens: 4, ...options } : options;
    return refused(() => model.generate([A], all as GenerateOptions), ...parts);
  });
}

Deno.test("loadModel refuses options and names that are none", async () => {
  const load = (name: unknown, options: unknown) =>
    loadModel(name as string, options as Record<string, never>);
  await refused(() => load(grouped, { devise: "cpu" }), '"devise"', 'nearest: "device"');
  await refused(() => load(grouped, { dtype: "f8" }), '"dtype"', '"f8"');
  await refused(() => load(5, {}), "found 5");
  await refused(() => load("", {}), "embedded", "countdown-r1");
  await refused(() => load("countdown-r2", {}), '"countdown-r2"', "countdown-r1");
  await refused(() => load("./no/such/folder", {}), '"./no/such/folder"');
});

Deno.test("numbers that are not finite are refused in edits, by library and trace", async () => {
  const bad: Edit[] = [
    { at: residual, shift: NaN },
    { at: residual, scale: Infinity },
    { at: residual, shift: [...Array(31).fill(0), NaN] },
    { at: residual, shift: Float32Array.of(...Array(31).fill(0), -Infinity) },
    { at: residual, shift: stream(NaN) },
    { at: residual, projectOut: [Array(32).fill(NaN)] },
  ];
  for (const edit of bad) {
    await refused(() => model.run([A], { edit }), "finite numbers", residual, "at index");
    await refused(
      () => model.generate([A], { edit, maxNewTokens: 2 }),
      "finite numbers",
      residual,
      "at index",
    );
  }
  await using folder = await temporaryFolder();
  const shift = (text: string) => `[{ "at": "${residual}",\n "shift": ${text} }]`;
  await writeFiles(folder.path, { "infinite.json": shift("1e999"), "nan.json": shift("[0, NaN]") });
  for (
    const [name, ...parts] of [["infinite", "finite numbers", "Infinity"], [
      "nan",
      "Expected JSON",
      "'N'",
    ]]
  ) {
    const edits = [
      "--edits",
      `${folder.path}/${name}.json`,
      "--out",
      `${folder.path}/out.safetensors`,
    ];
    const { code, stderr } = await trace(
      "--model",
      grouped,
      "--text",
      "a",
      "--device",
      "cpu",
      ...edits,
    );
    if (code !== 1 || stderr.trimEnd().includes("\n")) throw new Error(stderr);
    for (const part of [`${name}.json`, ...parts]) assertStringIncludes(stderr, part);
  }
});

Deno.test("weights far out of scale end a generation with an error that says where to look", async () => {
  const edit = { at: residual, scale: 1e38 };
  await refused(
    () => model.generate([A], { edit, maxNewTokens: 2 }),
    "found NaN",
    "look for an edit",
  );
});

function describe(options: unknown): string {
  return JSON.stringify(options, (_, value) => value instanceof Tensor ? value.describe() : value)
    .slice(0, 90);
}
