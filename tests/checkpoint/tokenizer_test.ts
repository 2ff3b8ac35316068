import { checkpoints, CircuitbookError } from "circuitbook";
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { temporaryFolder, writeFiles } from "./files.ts";

const embedded = await checkpoints.loadTokenizer("data/models/countdown-r1");

/** A small sentencepiece-like tokenizer with byte fallback and a begin token, as Llama 2's. */
const sentencePiece = {
  version: "1.0",
  added_tokens: [{ id: 0, content: "<s>", special: true, normalized: false }],
  normalizer: {
    type: "Sequence",
    normalizers: [{ type: "Prepend", prepend: "▁" }, {
      type: "Replace",
      pattern: { String: " " },
      content: "▁",
    }],
  },
  pre_tokenizer: null,
  post_processor: {
    type: "TemplateProcessing",
    single: [{ SpecialToken: { id: "<s>", type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
    pair: [],
    special_tokens: { "<s>": { id: "<s>", ids: [0], tokens: ["<s>"] } },
  },
  decoder: {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { String: "▁" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 },
    ],
  },
  model: {
    type: "BPE",
    unk_token: "<s>",
    byte_fallback: true,
    fuse_unk: true,
    vocab: { "<s>": 0, "▁": 1, "a": 2, "b": 3, "▁a": 4, "<0x0A>": 5, "<0xE6>": 6 },
    merges: ["▁ a"],
  },
};

Deno.test("encode agrees with Hugging Face's own tokenizers", () => {
  // From transformers' PreTrainedTokenizerFast on the same file.
  const known: [string, number[]][] = [
    ["User: Using the numbers [11, 5", [397, 58, 511, 567, 558, 514, 49, 49, 44, 32, 53]],
    ["é没错 ok 🎉 it's", [195, 169, 489, 32, 451, 32, 240, 159, 142, 137, 528, 370]],
    [" (this works)<|endoftext|>x", [496, 469, 571, 41, 573, 120]],
  ];
  for (const [text, ids] of known) assertEquals(embedded.encode(text), ids);
});

Deno.test("decode gives the text back, special tokens and spaces before punctuation included", () => {
  for (const text of ["é没错 ok 🎉 it's", " (this works)<|endoftext|>x", "a , b . c !", ""]) {
    assertEquals(embedded.decode(embedded.encode(text)), text);
  }
});

Deno.test("decode and pieces show ids beyond the vocabulary", () => {
  assertEquals(embedded.decode([...embedded.encode("a"), 600, ...embedded.encode("b")]), "a<600>b");
  assertEquals(embedded.pieces([600]), ["<600>"]);
});

Deno.test("pieces are text, also where a token is part of a character", () => {
  const text = "没错 🎉 (this";
  const pieces = embedded.pieces(embedded.encode(text));
  assertEquals(pieces, ["没错", " ", "<0xF0>", "<0x9F>", "<0x8E>", "<0x89>", " (", "this"]);
  assertEquals(embedded.pieces([573]), ["<|endoftext|>"]);
  assertEquals(embedded.vocabSize, 574);
});

Deno.test("idOf finds single tokens and names the pieces of others", () => {
  assertEquals(embedded.idOf(" ("), 496);
  assertEquals(embedded.idOf("this"), 469);
  assertEquals(embedded.idOf("没错"), 489);
  assertEquals(embedded.idOf("<|endoftext|>"), 573);
  assertThrows(
    () => embedded.idOf("62"),
    CircuitbookError,
    'found "62", which is 2 tokens: "6" "2"',
  );
  assertThrows(() => embedded.idOf(""), CircuitbookError, "0 tokens");
});

Deno.test("a tokenizer with a begin token puts it in front once, and shows spaces and bytes", async () => {
  await using folder = await temporaryFolder();
  await writeFiles(folder.path, {
    "tokenizer.json": sentencePiece,
    "tokenizer_config.json": { bos_token: { content: "<s>" }, clean_up_tokenization_spaces: true },
  });
  const tokenizer = await checkpoints.loadTokenizer(folder.path);
  assertEquals(tokenizer.encode("a\n"), [0, 4, 5]);
  assertEquals(tokenizer.encode("<s>a").filter((id) => id === 0).length, 1);
  assertEquals(tokenizer.pieces([0, 4, 5, 6]), ["<s>", " a", "\n", "<0xE6>"]);
  assertEquals(tokenizer.idOf(" a"), 4);
  assertEquals(tokenizer.idOf("a"), 2);
});

Deno.test("chat renders the template of tokenizer_config.json, of a list, or of chat_template.jinja", async () => {
  const json = JSON.parse(await Deno.readTextFile("data/models/countdown-r1/tokenizer.json"));
  const template =
    "{{ bos_token }}{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}" +
    "{% if add_generation_prompt %}<assistant>{% endif %}";
  const messages = [{ role: "user", content: "3 + 4?" }];
  const config = (chat_template: unknown) => ({ bos_token: "<s>", chat_template });
  for (
    const files of [
      { "tokenizer_config.json": config(template) },
      {
        "tokenizer_config.json": config([{ name: "tool", template: "x" }, {
          name: "default",
          template,
        }]),
      },
      { "tokenizer_config.json": config("old"), "chat_template.jinja": template },
    ]
  ) {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "tokenizer.json": json, ...files });
    const tokenizer = await checkpoints.loadTokenizer(folder.path);
    assertEquals(tokenizer.chat(messages), "<s><user>3 + 4?<assistant>");
    assertEquals(tokenizer.chat(messages, { add_generation_prompt: false }), "<s><user>3 + 4?");
  }
});

Deno.test("chat without a template, and with a broken one, says so", async () => {
  assertThrows(
    () => embedded.chat([]),
    CircuitbookError,
    "Expected a chat template in data/models/countdown-r1",
  );
  await using folder = await temporaryFolder();
  await Deno.copyFile("data/models/countdown-r1/tokenizer.json", `${folder.path}/tokenizer.json`);
  await writeFiles(folder.path, {
    "chat_template.jinja": "{{ raise_exception('no system role') }}",
  });
  const tokenizer = await checkpoints.loadTokenizer(folder.path);
  assertThrows(() => tokenizer.chat([]), CircuitbookError, "no system role");
});

Deno.test("without tokenizer.json the error comes when text is used", async () => {
  await using folder = await temporaryFolder();
  const tokenizer = await checkpoints.loadTokenizer(folder.path);
  assertEquals(tokenizer.present, false);
  assertEquals(tokenizer.pieces([3, 14]), ["3", "14"]);
  assertEquals(tokenizer.decode([3, 14]), "3 14");
  for (
    const use of [() => tokenizer.encode("a"), () => tokenizer.idOf("a"), () => tokenizer.chat([])]
  ) {
    assertThrows(use, CircuitbookError, "give token ids instead of text");
  }
});

Deno.test("a tokenizer.json that is none is refused by name", async () => {
  for (const content of ["", "{", "[]", "{}", '{"model":{"type":"Magic"}}']) {
    await using folder = await temporaryFolder();
    await writeFiles(folder.path, { "tokenizer.json": content });
    await assertRejects(
      () => checkpoints.loadTokenizer(folder.path),
      CircuitbookError,
      "tokenizer.json",
    );
  }
});
