// The references come from PyTorch, transformers and TransformerLens:
// tests/data/make_references.py.
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { loadModel } from "circuitbook";
import { temporaryFolder, writeFiles } from "../checkpoint/files.ts";
import { openSafetensors } from "../reference.ts";
import { ended, hostedTrace, readTrace, trace, traceProcess } from "./trace_process.ts";

const grouped = "tests/data/checkpoints/qwen2_grouped";
const reference = JSON.parse(await Deno.readTextFile(`${grouped}/reference.json`));
const values = await openSafetensors(`${grouped}/reference.safetensors`);
const trained = JSON.parse(await Deno.readTextFile("tests/data/countdown_r1.json"));
const { A, B } = reference.rows as Record<"A" | "B", number[]>;

Deno.test("trace writes every hook point, its axes in order, equal to the reference", async () => {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, { "rows.json": [A] });
  const out = `${folder.path}/all.safetensors`;
  const { code, stdout, stderr } = await hostedTrace(
    "--model",
    grouped,
    "--tokens-file",
    `${folder.path}/rows.json`,
    "--device",
    "cpu",
    "--tap",
    "**",
    "--out",
    out,
  );
  assertEquals({ code, stdout }, { code: 0, stdout: "" }, stderr);
  const { tensors, metadata } = await readTrace(out);
  assertEquals(tensors.get("tokens"), {
    dtype: "I32",
    shape: [1, A.length],
    data: Int32Array.from(A),
  });
  assertEquals([...tensors.keys()].slice(1).sort(), Object.keys(reference.points).sort());
  const axes = JSON.parse(metadata.axes);
  for (
    const [name, point] of Object.entries(reference.points as Record<string, { axes: string[] }>)
  ) {
    const { dtype, shape, data } = tensors.get(name)!;
    assertEquals([dtype, axes[name], shape.length], ["F32", point.axes, point.axes.length], name);
    assertClose(data, values.get(name)!, name);
  }
});

Deno.test("trace of a text with edits equals the reference, and says in its metadata what it is", async () => {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, { "edits.json": trained.edits });
  const out = `${folder.path}/edited.safetensors`;
  const edits = ["--edits", `${folder.path}/edits.json`];
  const model = ["--model", "countdown-r1", "--text", trained.prompt, "--device", "cpu"];
  assertEquals((await hostedTrace(...model, ...edits, "--out", out)).code, 0);
  const { tensors, metadata } = await readTrace(out);
  assertEquals([...tensors.keys()], ["tokens", "logits"]);
  assertEquals([...tensors.get("tokens")!.data], trained.tokens);
  const { shape: [, , vocab], data } = tensors.get("logits")!;
  assertClose(data.slice(-vocab), trained.silenced.lastLogits, "logits");

  const { versions, axes, sampling, ...rest } = metadata;
  assertEquals(rest, {
    model: "countdown-r1",
    weights_hash: `sha256:${await sha256("data/models/countdown-r1/model.safetensors")}`,
    device: "cpu",
    dtype: "f32",
    edits: JSON.stringify(trained.edits),
    prompt_lengths: `[${trained.tokens.length}]`,
  });
  assertEquals(JSON.parse(axes), {
    tokens: ["batch", "position"],
    logits: ["batch", "position", "vocab"],
  });
  assertEquals(JSON.parse(sampling), { max_new_tokens: 0, temperature: 0, seed: 0 });
  const { circuitbook, deno, onnxruntime } = JSON.parse(versions);
  assertEquals([circuitbook, deno], [
    JSON.parse(await Deno.readTextFile("deno.json")).version,
    Deno.version.deno,
  ]);
  assertMatch(onnxruntime, /^\d+\.\d+\.\d+/);
});

Deno.test("trace pads rows on the left with -1 and NaN, and each row equals the row alone", async () => {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, { "rows.json": [A, B] });
  const out = `${folder.path}/rows.safetensors`;
  const taps = ["--tap", "logits", "--tap", "blocks.1.attn.hook_pattern"];
  const { code, stderr } = await hostedTrace(
    "--model",
    grouped,
    "--tokens-file",
    `${folder.path}/rows.json`,
    "--device",
    "cpu",
    ...taps,
    "--out",
    out,
  );
  assertEquals(code, 0, stderr);
  const { tensors, metadata } = await readTrace(out);
  const pad = A.length - B.length;
  assertEquals([...tensors.get("tokens")!.data], [...A, ...Array(pad).fill(-1), ...B]);
  assertEquals(metadata.prompt_lengths, JSON.stringify([A.length, B.length]));
  const { data: logits, shape: [, columns, vocab] } = tensors.get("logits")!;
  assertClose(logits.slice(0, columns * vocab), values.get("logits")!, "row A");
  assert(
    logits.slice(columns * vocab, (columns + pad) * vocab).every(Number.isNaN),
    "padding is NaN",
  );
  assertClose(logits.slice((columns + pad) * vocab), values.get("rows.B.logits")!, "row B");
  const { data: pattern, shape: [, heads] } = tensors.get("blocks.1.attn.hook_pattern")!;
  for (let line = 0; line < 2 * heads * columns; line++) {
    const query = line % columns;
    const padded = line >= heads * columns && query < pad;
    const total = Array.from(pattern.slice(line * columns, (line + 1) * columns)).reduce(
      (sum, share) => sum + share,
      0,
    );
    if (padded) assertEquals(total, NaN);
    else assertAlmostEquals(total, 1, 1e-5);
  }
});

Deno.test("trace with --max-new-tokens writes the reference's greedy text, taps over the whole of it", async () => {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, { "rows.json": [A, B], "edits.json": reference.edits.z_head });
  const out = `${folder.path}/written.safetensors`;
  const { code, stderr } = await hostedTrace(
    "--model",
    grouped,
    "--tokens-file",
    `${folder.path}/rows.json`,
    "--edits",
    `${folder.path}/edits.json`,
    "--max-new-tokens",
    "20",
    "--tap",
    "logits",
    "--tap",
    "blocks.*.hook_resid_post",
    "--device",
    "cpu",
    "--out",
    out,
  );
  assertEquals(code, 0, stderr);
  const { tensors } = await readTrace(out);
  const { A_z_head, B_z_head } = reference.greedy;
  const pad = A.length - B.length;
  assertEquals([...tensors.get("tokens")!.data], [
    ...A,
    ...A_z_head,
    ...Array(pad).fill(-1),
    ...B,
    ...B_z_head,
  ]);
  const model = await loadModel(grouped, { device: "cpu" });
  const text = [...A, ...A_z_head];
  const whole = await model.run(text, {
    tap: ["logits", "blocks.*.hook_resid_post"],
    edit: reference.edits.z_head,
  });
  for (const name of whole.names) {
    const { data, shape } = tensors.get(name)!;
    assertEquals(shape, [2, text.length, shape[2]]);
    assertClose(data.slice(0, text.length * shape[2]), whole.get(name).data, name);
  }
  await model.dispose();
});

Deno.test("trace draws the same text with the same --seed, another with another, and the greedy one without", async () => {
  await using folder = await temporaryFolder();
  const written = async (...flags: string[]) => {
    const out = `${folder.path}/drawn.safetensors`;
    const args = [
      "--model",
      grouped,
      "--text",
      "a b",
      "--max-new-tokens",
      "12",
      "--device",
      "cpu",
      "--out",
      out,
    ];
    assertEquals((await hostedTrace(...args, ...flags)).code, 0);
    return [...(await readTrace(out)).tensors.get("tokens")!.data];
  };
  const first = await written("--temperature", "1", "--seed", "3");
  assertEquals(await written("--temperature", "1", "--seed=3"), first);
  assertNotEquals(await written("--temperature", "1", "--seed", "4"), first);
  assertEquals(await written("--seed", "3"), await written());
});

Deno.test("deno task trace takes globs, texts and relative paths as they were typed", async () => {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, { "blocks.0.hook_resid_post": "a file that the glob would match" });
  const text = `- 68 "six" $HOME \`x\` it's; (`;
  const { code, stderr } = await ended(
    new Deno.Command(Deno.execPath(), {
      args: [
        "task",
        "--quiet",
        "--config",
        `${Deno.cwd()}/deno.json`,
        "trace",
        "--model",
        `${Deno.cwd()}/${grouped}`,
        "--text",
        text,
        "--tap",
        "blocks.*.hook_resid_post",
        "--device",
        "cpu",
        "--out",
        "here.safetensors",
      ],
      cwd: folder.path,
      env: { ...environmentWithoutTask(), NO_COLOR: "1" },
      clearEnv: true,
      ...{ stdin: "null", stdout: "piped", stderr: "piped" } as const,
    }).spawn(),
  );
  assertEquals(code, 0, stderr);
  const { tensors } = await readTrace(`${folder.path}/here.safetensors`);
  assertEquals([...tensors.keys()], [
    "tokens",
    "blocks.0.hook_resid_post",
    "blocks.1.hook_resid_post",
  ]);
  const model = await loadModel(grouped, { device: "cpu" });
  assertEquals([...tensors.get("tokens")!.data], model.tokens(text)[0]);
});

Deno.test("trace tells what is wrong with its flags in one line, exits with 1, and leaves no file", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/none.safetensors`;
  const rows = `${folder.path}/rows.json`;
  const model = ["--model", grouped];
  await writeFiles(folder.path, {
    "rows.json": [[1, 2], [3, "4"]],
    "flat.json": [1, 2],
    "broken.json": "[[1",
  });
  const cases: [flags: string[], ...parts: string[]][] = [
    [[], "one of --text, --tokens-file and --prompts", "none"],
    [[...model, "--text", "a", "--tokens-file", rows, "--out", out], "found 2"],
    [["--text", "a", "--out", out], "Expected --model"],
    [[...model, "--text", "a"], "Expected --out"],
    [[...model, "--text", "a", "--out", out, "--taps", "logits"], "--taps", "nearest: --tap"],
    [[...model, "--text", "a", "--out", out, "logits"], 'found "logits"'],
    [[...model, "--text", "a", "--out", out, "--tap"], "a value after --tap", "none"],
    [[...model, "--text", "--out", out], "a value after --text", "--out"],
    [[...model, "--text", "a", "--text", "b", "--out", out], "--text once", "2 times"],
    [
      [...model, "--text", "a", "--out", out, "--max-new-tokens", "1.5"],
      "--max-new-tokens",
      '"1.5"',
    ],
    [[...model, "--text", "a", "--out", out, "--max-new-tokens", "-1"], "at least 0", '"-1"'],
    [[...model, "--text", "a", "--out", out, "--seed", "x"], "--seed", '"x"'],
    [[...model, "--text", "a", "--out", out, "--temperature", "-1"], "--temperature", '"-1"'],
    [
      [...model, "--text", "a", "--out", `${folder.path}/no/none.safetensors`],
      `${folder.path}/no`,
      "make it first",
    ],
    [[...model, "--text", "a", "--out", folder.path], "a file name", folder.path],
    [
      [...model, "--text", "a", "--out", `${grouped}/model.safetensors`],
      "than the weights of the model",
    ],
    [[...model, "--tokens-file", rows, "--out", out], rows, '"4"', "[1][1]"],
    [
      [...model, "--tokens-file", `${folder.path}/flat.json`, "--out", out],
      "rows of token ids",
      "flat.json",
    ],
    [
      [...model, "--tokens-file", `${folder.path}/broken.json`, "--out", out],
      "Expected JSON",
      "broken.json",
    ],
    [[...model, "--tokens-file", `${folder.path}/missing.json`, "--out", out], "missing.json"],
    [
      [...model, "--text", "a", "--edits", `${folder.path}/missing.json`, "--out", out],
      "missing.json",
    ],
  ];
  for (const [flags, ...parts] of cases) {
    const { code, stdout, stderr } = await hostedTrace(...flags);
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [1, "", 1], stderr);
    for (const part of parts) assertStringIncludes(stderr, part);
  }
  assertEquals(names(folder.path), ["broken.json", "flat.json", "rows.json"]);
});

Deno.test("a trace that fails leaves an older file as it was; --verbose shows the stack", async () => {
  await using folder = await temporaryFolder();
  const out = `${folder.path}/older.safetensors`;
  await Deno.writeTextFile(out, "older");
  const flags = ["--model", grouped, "--text", "a".repeat(65), "--device", "cpu", "--out", out];
  const { code, stderr } = await hostedTrace(...flags);
  assertEquals([code, stderr.trimEnd().split("\n").length], [1, 1], stderr);
  assertStringIncludes(stderr, "at most 64 tokens");
  assert(
    !/\n\s+at /.test(stderr) && /\n\s+at /.test((await hostedTrace(...flags, "--verbose")).stderr),
  );
  assertEquals(await Deno.readTextFile(out), "older");
  assertEquals(names(folder.path), ["older.safetensors"]);
});

Deno.test("trace stopped by Ctrl-C says so, exits with 1, and leaves no file", async () => {
  await using folder = await temporaryFolder();
  const rows = Array.from({ length: 64 }, (_, row) => [40 + row, 41, 42]);
  await writeFiles(folder.path, { "rows.json": rows });
  const process = traceProcess(
    "--model",
    "countdown-r1",
    "--tokens-file",
    `${folder.path}/rows.json`,
    "--max-new-tokens",
    "200",
    "--tap",
    "**",
    "--temperature",
    "1.5",
    "--device",
    "cpu",
    "--out",
    `${folder.path}/none.safetensors`,
  );
  const lines: string[] = [];
  for await (const text of process.stderr.pipeThrough(new TextDecoderStream())) {
    if (!lines.length) process.kill("SIGINT");
    lines.push(text);
  }
  assertEquals((await process.status).code, 1);
  assertStringIncludes(lines.join(""), "Interrupted");
  assertEquals(names(folder.path), ["rows.json"]);
});

Deno.test("trace --help says what it takes", async () => {
  const { code, stdout } = await trace("--help");
  assertEquals(code, 0);
  for (const flag of ["--model", "--tokens-file", "--tap", "--edits", "--out"]) {
    assertStringIncludes(stdout, flag);
  }
});

function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/**
 * Returns the environment without INIT_CWD, in which an outer `deno task` names the folder that its
 * user typed in.
 */
function environmentWithoutTask(): Record<string, string> {
  const { INIT_CWD: _, ...rest } = Deno.env.toObject();
  return rest;
}

async function sha256(path: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Within 1e-4, or 1e-4 of the size of the largest finite value. */
function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, label: string): void {
  assertEquals(actual.length, expected.length, label);
  const tolerance = 1e-4 *
    Math.max(1, ...Array.from(expected).filter(Number.isFinite).map(Math.abs));
  for (let i = 0; i < expected.length; i++) {
    const close = actual[i] === expected[i] || Math.abs(actual[i] - expected[i]) <= tolerance;
    assert(
      close,
      `${label}[${i}]: expected ${expected[i]} within ${tolerance} but found ${actual[i]}`,
    );
  }
}
