import { assert, assertEquals } from "@std/assert";
import * as circuitbook from "circuitbook";
import { shortened } from "../../lib/base/shortened.ts";
import { parseFlags, wholeNumberOf } from "../../lib/commands/flags.ts";
import { parseSweepArguments } from "../../lib/commands/sweep/arguments.ts";
import { parseTraceArguments } from "../../lib/commands/trace/arguments.ts";
import { temporaryFolder } from "../checkpoint/files.ts";

const { loadModel, Tensor } = circuitbook;

/** The most characters of a value that a message quotes. */
const MOST = 200;

/** A word, a text with spaces, and one with quotes, each of 100,000 characters. */
const LONG = ["x".repeat(100_000), "long text ".repeat(10_000), `a "b`.repeat(25_000)];

/** What the messages show of the values of {@link LONG}: one of them again and again. */
const SHOWN = /x{20,}|(?:long text ?){3,}|(?:a \\*"b){5,}/g;

/** The namespaces whose functions take tables, names and options. */
const NAMESPACES = [
  "ablation",
  "attribution",
  "compare",
  "heads",
  "lens",
  "neurons",
  "patching",
  "plot",
  "probing",
  "stats",
  "steering",
  "tables",
] as const;

/**
 * The message of what an action throws; undefined where it throws nothing, or a fault that
 * JavaScript itself reports.
 */
async function messageOf(action: () => unknown): Promise<string | undefined> {
  try {
    await action();
  } catch (error) {
    const own = error instanceof circuitbook.CircuitbookError ||
      (error as Error).name === "CommandError";
    if (own) return (error as Error).message;
  }
}

async function checkAll(actions: readonly (() => unknown)[], least: number): Promise<void> {
  const messages = (await Promise.all(actions.map(messageOf))).filter((text) => text !== undefined);
  assert(messages.length >= least, `${messages.length} of ${actions.length} were refused`);
  for (const message of messages) {
    const parts = message.match(SHOWN) ?? [];
    const longest = Math.max(0, ...parts.map((part) => part.length));
    assert(longest <= MOST, `${longest} characters: ${message}`);
    assert(message.length <= 4 * MOST, `${message.length} characters: ${message}`);
  }
}

Deno.test("a message keeps the beginning and the end of what it quotes, 200 characters of it", () => {
  const path = `/folder/${"x".repeat(500)}/name.json`;
  const said = shortened(`Expected a file at ${path} but found "${LONG[1]}"; look there.`);
  const [, word, quoted] = /^Expected a file at (\S+) but found "(.*)"; look there\.$/.exec(said)!;
  assertEquals([word.length, quoted.length], [200, 200]);
  assert(word.startsWith("/folder/") && word.endsWith("/name.json"));
  assertEquals(shortened('Expected "a" but found "b".'), 'Expected "a" but found "b".');
});

Deno.test("a message of many short values is cut, before its quotes are searched for", () => {
  const said = shortened(`Expected one of ${' "a"b\n'.repeat(10_000)}; look there.`);
  assert(said.length <= 8_000, `${said.length} characters`);
  assert(said.startsWith("Expected one of") && said.endsWith("; look there."));
});

Deno.test("models, runs and tokenizers quote little of a long value", async () => {
  const model = await loadModel("max-of-list");
  const unchecked = (value: unknown) => value as never;
  const run = (options: unknown) => model.run([[1, 2]], unchecked(options));
  const actions = LONG.flatMap((long) => [
    () => loadModel(long),
    () => loadModel(`/tmp/${long}`),
    () => loadModel("max-of-list", unchecked({ [long]: 1 })),
    () => loadModel("max-of-list", unchecked({ device: long })),
    () => model.run(long),
    () => run({ tap: long }),
    () => run({ tap: `${long}*` }),
    () => run({ [long]: 1 }),
    () => run({ tap: "logits", positions: long }),
    () => run({ tap: "logits", edit: { at: long, scale: 0 } }),
    () => run({ tap: "logits", edit: { at: "blocks.0.hook_attn_out", [long]: 0 } }),
    () => model.generate([[1, 2]], unchecked({ [long]: 1 })),
    () => model.generate([[1, 2]], unchecked({ maxNewTokens: long })),
    () => model.gradients([[1, 2]], unchecked({ [long]: 1 }), { at: "logits" }),
    () => model.gradients([[1, 2]], unchecked({ logProbability: long }), { at: "logits" }),
    () => model.tokenizer.idOf(long),
    async () => (await run({ tap: "logits" })).get(long),
    async () => (await run({ tap: "logits" })).layers(long),
  ]);
  await checkAll(actions, 40);
});

Deno.test("tensors quote little of long axes", async () => {
  const tensor = (axis: string) => new Tensor(new Float32Array(2), { [axis]: 2 });
  const actions = LONG.flatMap((long) => [
    () => new Tensor(new Float32Array(3), { [long]: 2 }),
    () => tensor("a").size(long),
    () => tensor(long).size("a"),
    () => tensor("a").slice({ [long]: 0 }),
    () => tensor(long).slice({ [long]: 7 }),
    () => tensor("a").reshape({ [long]: 3 }),
    () => Tensor.concat([tensor("a"), tensor(long)], "a"),
    () => Tensor.concat([tensor("a"), tensor("b")], long),
  ]);
  await checkAll(actions, actions.length);
});

Deno.test("every function of the namespaces quotes little of long names, cells and options", async () => {
  const functions = NAMESPACES.flatMap((name) =>
    Object.values(circuitbook[name]).filter((value) =>
      typeof value === "function" && !/^class/.test(String(value))
    )
  ) as ((...args: unknown[]) => unknown)[];
  const actions = functions.flatMap((call) =>
    LONG.flatMap((long) => [
      () => call([{ [long]: long, a: long }], { [long]: long }),
      () => call([{ [long]: long, a: long }], long, long),
      () => call({ [long]: long }, { [long]: long }),
      () => call([long], long),
    ])
  );
  await checkAll(actions, 100);
});

Deno.test("flags of commands are quoted in part", async () => {
  const names = { task: "deno task test", values: ["a"], switches: ["b"] } as const;
  const actions = LONG.flatMap((long) => [
    () => parseFlags([long], names),
    () => parseFlags([`--${long}`], names),
    () => parseFlags([`--b=${long}`], names),
    () => wholeNumberOf("a", long),
    () => parseTraceArguments(["--model", "m", "--text", "t", "--seed", long, "--out", "o"]),
    () => parseSweepArguments(["--model", "m", "--heads", long, "--prompts", "p", "--out", long]),
  ]);
  await checkAll(actions, 15);
});

Deno.test("paths with spaces are quoted in part, and what is said behind them stays", async () => {
  const folder = `/data/${"long text ".repeat(30)}/${"long text ".repeat(30)}`;
  const said = shortened(
    `Expected F32 in ${folder}/model.gguf but found I8; use "a/b" (${folder}/x).`,
  );
  const [, path, other] = /^Expected F32 in (.*) but found I8; use "a\/b" \((.*)\)\.$/.exec(said)!;
  assertEquals([path.length, other.length], [200, 200]);
  assert(path.startsWith("/data/") && path.endsWith("/model.gguf"));
  const relative = shortened(`models/${"long text ".repeat(30)}: no such file`);
  assertEquals(relative.length, 200 + ": no such file".length);

  await using temporary = await temporaryFolder();
  const deep = `${temporary.path}/${Array(4).fill("long text ".repeat(25)).join("/")}`;
  await Deno.mkdir(deep, { recursive: true });
  const file = await Deno.readFile("data/models/max-of-list/tokenizer.json");
  const actions = [
    () => loadModel(deep),
    () => circuitbook.checkpoints.openCheckpoint(deep),
    () => circuitbook.checkpoints.openCheckpoint(`${deep}/model.gguf`),
    async () => (await circuitbook.checkpoints.loadTokenizer(deep)).encode("a"),
    async () => {
      await Deno.writeFile(`${deep}/tokenizer.json`, file.slice(0, 100));
      await circuitbook.checkpoints.loadTokenizer(deep);
    },
    async () => {
      await Deno.writeFile(`${deep}/tokenizer.json`, file);
      (await circuitbook.checkpoints.loadTokenizer(deep)).chat([]);
    },
    async () => {
      await Deno.writeTextFile(`${deep}/config.json`, "{");
      await circuitbook.checkpoints.openCheckpoint(deep);
    },
  ];
  // One after the other: some write a file for the next.
  for (const action of actions) await checkAll([action], 1);
});

Deno.test("the reason that a chat template gives is quoted in part", async () => {
  await using folder = await temporaryFolder();
  await Deno.copyFile(
    "data/models/max-of-list/tokenizer.json",
    `${folder.path}/tokenizer.json`,
  );
  for (const long of LONG) {
    const template = `{{ raise_exception('${long.slice(0, 1000)}') }}`;
    await Deno.writeTextFile(`${folder.path}/chat_template.jinja`, template);
    const tokenizer = await circuitbook.checkpoints.loadTokenizer(folder.path);
    await checkAll([() => tokenizer.chat([])], 1);
  }
});
