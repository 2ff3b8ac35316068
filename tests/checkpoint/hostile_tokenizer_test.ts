/**
 * Tokenizers that would hang or mislead: each is refused by name, or does what Hugging Face's
 * tokenizers do.
 */
import { Template } from "@huggingface/jinja";
import { checkpoints, CircuitbookError } from "circuitbook";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { render } from "../../lib/checkpoint/tokenizer/chat_template.ts";
import { charactersOf } from "../../lib/checkpoint/tokenizer/expression_characters.ts";
import { isQuick } from "../../lib/checkpoint/tokenizer/expression_trial.ts";
import { verifyExpressions } from "../../lib/checkpoint/tokenizer/expressions.ts";
import { temporaryFolder, writeFiles } from "./files.ts";

/** A BPE tokenizer with single letters as its vocabulary. */
const letters = (changes: Readonly<Record<string, unknown>> = {}) => ({
  version: "1.0",
  truncation: null,
  padding: null,
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: {
    type: "BPE",
    vocab: Object.fromEntries([..."act nos"].map((letter, id) => [letter, id])),
    merges: [],
  },
  ...changes,
});

const added = (id: number, content: string, changes: Readonly<Record<string, unknown>> = {}) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special: false,
  ...changes,
});

async function load(files: Readonly<Record<string, unknown>>): Promise<checkpoints.Tokenizer> {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, files);
  return await checkpoints.loadTokenizer(folder.path);
}

Deno.test("token ids beyond the vocabulary are refused by token and id", async () => {
  const vocab = { a: 2147483648 };
  const model = { type: "BPE", vocab, merges: [] };
  await assertRejects(
    () => load({ "tokenizer.json": letters({ model }) }),
    CircuitbookError,
    'found 2147483648 for "a"',
  );
  for (const id of [-1, 1.5, "3", 2 ** 40]) {
    await assertRejects(
      () => load({ "tokenizer.json": letters({ added_tokens: [added(id as number, "x")] }) }),
      CircuitbookError,
      'for "x"',
    );
  }
});

Deno.test("expressions that backtrack are refused at load, wherever they stand; a quick one is not", async () => {
  const split = (Regex: string) => ({
    pre_tokenizer: { type: "Split", pattern: { Regex }, behavior: "Isolated", invert: false },
  });
  const replace = (Regex: string) => ({
    normalizer: {
      type: "Sequence",
      normalizers: [{ type: "Replace", pattern: { Regex }, content: "" }],
    },
  });
  const hostile = {
    "(a+)+$": split("(a+)+$"),
    "(n|nn)+$": replace("(n|nn)+$"),
    "x*x*x*x*y": split("x*x*x*x*y"),
    "(?:abc|a[bz]c)*x": split("(?:abc|a[bz]c)*x"),
    "(?:\\u2603+)+x": split("(?:\\u2603+)+x"),
    "(?:\\p{So}+)+x": split("(?:\\p{So}+)+x"),
  };
  for (const [expression, changes] of Object.entries(hostile)) {
    // The trial of each expression ends at the time limit, so the limit is short.
    const refusal = () => verifyExpressions(letters(changes), "tokenizer.json", 500);
    const { message } = await assertRejects(refusal, CircuitbookError);
    assert(message.includes(`found ${JSON.stringify(expression)}`), message);
  }
  const refusal = () => load({ "tokenizer.json": letters(hostile["(a+)+$"]) });
  await assertRejects(refusal, CircuitbookError, 'found "(a+)+$"');
  const inMemory = () => checkpoints.tokenizerOf(letters(hostile["(a+)+$"]));
  assertThrows(inMemory, CircuitbookError, 'a tokenizer.json in memory but found "(a+)+$"');
  const sound = letters(split("\\s+"));
  for (
    const tokenizer of [await load({ "tokenizer.json": sound }), checkpoints.tokenizerOf(sound)]
  ) {
    assertEquals(tokenizer.encode("a c"), [0, 3, 1]);
  }
});

Deno.test("an expression tells characters apart by its own classes and letters", () => {
  const of = (source: string) => charactersOf(new RegExp(source, "gu"), () => true);
  // Neither part, the class alone, and both.
  assertEquals(of("[a-c]+|b").kinds, ["\0", "a", "b"]);
  assertEquals(of("(?i:k)").kinds, ["\0", "K", "k"]);
  const ways = of("x(?:foo|bar)(?!q)\\d{2,3}(?<=0)[ж-я]").places;
  assertEquals(ways.map(({ before, character }) => `${before}:${character}`), [
    ":x",
    "x:f",
    "xf:o",
    "xfo:o",
    "x:b",
    "xb:a",
    "xba:r",
    "xfoo:q",
    "xfoo:0",
    "xfoo0:0",
    "xfoo00:ж",
  ]);
});

Deno.test("expressions are tried on what their own classes match, and behind what they ask for first", () => {
  const hostile = [
    // Capitals, scripts outside of Latin, and what a negated class leaves.
    String.raw`(\p{Lu}+)+$`,
    String.raw`(\p{Script=Cyrillic}+)+$`,
    String.raw`(\p{Script=Adlam}+)+x`,
    String.raw`([а-яё]+)+$`,
    String.raw`(\P{L}+)+$`,
    "([^q]+)+$",
    "(?i:(k+)+)$",
    // A letter behind many others.
    "ABCDEFGHIJKLMNOPQRSTUVWXYZbcdefghijklmnopqrstuvwxy|(Ж+)+$",
    // Expressions that backtrack only behind a beginning.
    "x(a+)+$",
    "(?<=q)(z+)+$",
    String.raw`\d\w{2}(\p{Lt}+)+$`,
    String.raw`foo(?:bar|qux)([\u{1F600}-\u{1F64F}]+)+$`,
  ];
  for (const expression of hostile) assert(!isQuick(expression, 60_000), expression);
});

Deno.test("expressions of published tokenizers are quick on what their classes match", () => {
  const published = {
    "GPT-2": String
      .raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
    "Llama 3": String
      .raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    "Qwen2": String
      .raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    "o200k": String
      .raw`[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    "DeepSeek V3": "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|" +
      String
        .raw`[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`,
    "DeepSeek V3, digits": String.raw`\p{N}{1,3}`,
    "DeepSeek V3, ideographs": "[一-龥\u3040-ゟ゠-ヿ]+",
    "DeepSeek, spaces": String.raw`\s+$`,
    "BLOOM": " ?[^(\\s|[.,!?…。，、।۔،])]+",
  };
  // The time limit is generous: a busy machine is no reason to refuse a tokenizer.
  for (const [name, expression] of Object.entries(published)) {
    assert(isQuick(expression, 120_000), name);
  }
});

Deno.test("the worker that tries expressions stops by itself, so that no core stays busy", async () => {
  const url = new URL("../../lib/checkpoint/tokenizer/expression_worker.ts", import.meta.url);
  const worker = new Worker(url, { type: "module" });
  const said: string[] = [];
  await new Promise<void>((resolve) => {
    worker.onmessage = ({ data }) => {
      said.push(data);
      const expressions = ["(a+)+$", "\\s+", "(n|nn)+$"];
      if (data === "started") worker.postMessage({ expressions, timeLimit: 60_000 });
      if (said.length === 4) resolve();
    };
  });
  worker.terminate();
  assertEquals(said, ["started", "late", "done", "late"]);
});

Deno.test("a text of more than a million characters is refused before it is encoded", async () => {
  const tokenizer = await load({ "tokenizer.json": letters() });
  const long = "a".repeat(20_000_000);
  for (const use of [() => tokenizer.encode(long), () => tokenizer.idOf(long)]) {
    assertThrows(
      use,
      CircuitbookError,
      "at most 1,000,000 characters but found 20,000,000",
    );
  }
});

Deno.test("chat templates that run too long or build too much are stopped", async () => {
  const chat = async (template: string) => {
    const files = { "tokenizer.json": letters(), "chat_template.jinja": template };
    return (await load(files)).chat([{ role: "user", content: "hi" }]);
  };
  const refused = {
    "{% for i in range(3000000000) %}{% endfor %}": "more than 400000 items",
    "{% set n = namespace(s='ab') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}":
      "more than 400000 items",
  };
  for (const [template, words] of Object.entries(refused)) {
    await assertRejects(() => chat(template), CircuitbookError, words);
  }
  const endless = new Template(
    "{% set r = range(3000) %}{% for a in r %}{% for b in r %}{% for c in r %}{% endfor %}{% endfor %}{% endfor %}",
  );
  assertThrows(() => render(endless, {}, 100), CircuitbookError, "longer than 0.1 s");
});

Deno.test("chat templates may name Python's range and strftime", async () => {
  const template =
    "{{ range(3)|join(',') }} {{ range(5, 0, -2)|join(',') }} {{ strftime_now('%Y-%m-%d %%') }}";
  const tokenizer = await load({ "tokenizer.json": letters(), "chat_template.jinja": template });
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, "0");
  const today = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  assertEquals(tokenizer.chat([]), `0,1,2 5,3,1 ${today} %`);
});

Deno.test("special tokens come from special_tokens_map.json where the configuration lists no added tokens", async () => {
  const map = { bos_token: "<a>", eos_token: { content: "<c>", lstrip: false } };
  const template = "{{ bos_token }}{{ messages[0].content + eos_token }}";
  const files = {
    "tokenizer.json": letters(),
    "special_tokens_map.json": map,
    "tokenizer_config.json": { bos_token: "<old>", chat_template: template },
  };
  const messages = [{ role: "user", content: "hi" }];
  assertEquals((await load(files)).chat(messages), "<a>hi<c>");
  const decoder = { 9: { content: "<x>" } };
  const listed = {
    ...files,
    "tokenizer_config.json": {
      bos_token: "<new>",
      eos_token: "<end>",
      chat_template: template,
      added_tokens_decoder: decoder,
    },
  };
  assertEquals((await load(listed)).chat(messages), "<new>hi<end>");
  await assertRejects(
    () => load({ ...files, "special_tokens_map.json": { bos_token: 3 } }),
    CircuitbookError,
    '"bos_token"',
  );
});

Deno.test("added tokens that tokenizer.json lacks come from the files beside it", async () => {
  for (
    const files of [
      { "added_tokens.json": { "<x>": 9 } },
      { "tokenizer_config.json": { added_tokens_decoder: { 9: { content: "<x>" } } } },
    ]
  ) {
    const tokenizer = await load({ "tokenizer.json": letters(), ...files });
    assertEquals(tokenizer.encode("a<x>c"), [0, 9, 1]);
    assertEquals(tokenizer.decode([9]), "<x>");
  }
  const own = letters({ added_tokens: [added(9, "<y>")] });
  await assertRejects(
    () => load({ "tokenizer.json": own, "added_tokens.json": { "<x>": 9 } }),
    CircuitbookError,
    'one token for the id 9 but found "<y>"',
  );
});

Deno.test("byte fallback keeps U+FEFF", async () => {
  const vocab = { "<unk>": 0, "x": 1, "<0xEF>": 2, "<0xBB>": 3, "<0xBF>": 4, "y": 5 };
  const decoders = [{ type: "ByteFallback" }, { type: "Fuse" }];
  const tokenizer = await load({
    "tokenizer.json": letters({
      model: { type: "BPE", vocab, merges: [], byte_fallback: true, unk_token: "<unk>" },
      decoder: { type: "Sequence", decoders },
    }),
  });
  assertEquals(tokenizer.encode("x\ufeffy"), [1, 2, 3, 4, 5]);
  assertEquals(tokenizer.decode([1, 2, 3, 4, 5]), "x\ufeffy");
});

Deno.test("an added token with single_word counts as a word of its own only", async () => {
  const words = (changes: Readonly<Record<string, unknown>>, more: readonly unknown[] = []) =>
    load({
      "tokenizer.json": letters({
        added_tokens: [added(20, "cat", { single_word: true, ...changes }), ...more],
      }),
    });
  for (const normalized of [false, true]) {
    const tokenizer = await words({ normalized });
    // The values of tokenizers 0.23.3 for "concat cat": con c at ␣ cat; here, letters for the
    // parts.
    assertEquals(tokenizer.pieces(tokenizer.encode("concat cat")), [..."concat ", "cat"]);
    assertEquals(tokenizer.pieces(tokenizer.encode("cat cats")), ["cat", ..." cats"]);
    assertEquals(tokenizer.pieces(tokenizer.encode("catcat")), [..."catcat"]);
  }
  const beside = await words({}, [added(21, "so")]);
  assertThrows(() => beside.encode("socat"), CircuitbookError, "put a space there");
});

Deno.test("a token that takes the spaces beside it is refused next to a token of spaces", async () => {
  const tokenizer = await load({
    "tokenizer.json": letters({
      added_tokens: [added(20, "<s>", { rstrip: true }), added(21, "  ")],
    }),
  });
  assertEquals(tokenizer.encode("<s> a"), [20, 0]);
  assertThrows(() => tokenizer.encode("<s>  a"), CircuitbookError, 'the token "  " beside it');
});
