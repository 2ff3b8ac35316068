import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import {
  CircuitbookError,
  type Edit,
  type GeneratedToken,
  InterruptedError,
  normal,
  type ProgressEvent,
  seededRandom,
  type TokenContext,
} from "circuitbook";
import { assertSame, smallModel } from "./models.ts";

const residual = "blocks.0.hook_resid_post";
const z = "blocks.1.attn.hook_z";
const random = seededRandom(11);
const vector = Array.from({ length: 32 }, () => 2 * normal(random));

for (const name of ["qwen2_grouped", "gpt2_full", "attention_only"]) {
  Deno.test(`${name}: what is tapped while writing equals one full forward over the text, position by position`, async () => {
    await using small = await smallModel(name);
    const { model, A, B } = small;
    const { rows, cache } = await model.generate([A, B], {
      maxNewTokens: 9,
      stopAtEnd: false,
      tap: "**",
    });
    for (const [row, { promptTokens, tokens }] of rows.entries()) {
      const text = [...promptTokens, ...tokens];
      const whole = await model.run(text, { tap: "**" });
      assertEquals(cache.tokens[row], text);
      assertEquals(cache.names, whole.names);
      for (const point of whole.names) {
        assertSame(cache.row(row).get(point), whole.get(point), 1e-4, `${point} of row ${row}`);
      }
    }
  });
}

Deno.test("taps while writing select heads, and cover rows that end early up to their own end", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const free = await model.generate([A, B, A.slice(3)], { maxNewTokens: 10, stopAtEnd: false });
  const stop = model.tokenizer.pieces([free.rows[1].tokens[2]])[0];
  const { rows, cache } = await model.generate([A, B, A.slice(3)], {
    maxNewTokens: 10,
    stop,
    tap: { at: z, heads: [2, 0] },
  });
  assert(rows[1].tokens.length <= 3 && rows[1].finish === "stop");
  assert(new Set(rows.map(({ tokens }) => tokens.length)).size > 1, "rows end at different times");
  for (const [row, { promptTokens, tokens }] of rows.entries()) {
    const whole = await model.run([...promptTokens, ...tokens], { tap: z });
    assertSame(cache.row(row).get(z), whole.get(z).slice({ head: [2, 0] }), 1e-4, `row ${row}`);
  }
});

Deno.test("greedy text equals running without a cache, token by token", async () => {
  await using small = await smallModel("qwen3_grouped");
  const { model, A, B } = small;
  for (const edit of [[], [{ at: residual, shift: vector, when: "generated" }]] as Edit[][]) {
    const { rows } = await model.generate([A, B], { maxNewTokens: 8, stopAtEnd: false, edit });
    for (const { promptTokens, tokens } of rows) {
      const slow = [...promptTokens];
      for (const _ of tokens) {
        const positions = { from: promptTokens.length };
        const some = slow.length > promptTokens.length;
        const byPosition = some
          ? edit.map((one) => ({ ...one, when: undefined, positions }) as Edit)
          : [];
        slow.push(argmax((await model.run(slow, { edit: byPosition, logits: [-1] })).logits.data));
      }
      assertEquals(tokens, slow.slice(promptTokens.length));
    }
  }
});

const everyThird = ({ tokens }: TokenContext) => tokens.length % 3 === 0;
const whens: [label: string, edit: Edit, acts: (index: number, promptLength: number) => boolean][] =
  [
    ["always", { at: residual, shift: vector }, () => true],
    [
      "prompt",
      { at: residual, shift: vector, when: "prompt" },
      (index, promptLength) => index < promptLength,
    ],
    [
      "generated",
      { at: residual, shift: vector, when: "generated" },
      (index, promptLength) => index >= promptLength,
    ],
    [
      "a predicate",
      { at: residual, shift: vector, when: everyThird },
      (index) => (index + 1) % 3 === 0,
    ],
    [
      "a position",
      { at: residual, shift: vector, positions: [-1] },
      (index, length) => index === length - 1,
    ],
    [
      "later positions",
      { at: residual, shift: vector, positions: { from: 14 } },
      (index) => index >= 14,
    ],
    [
      "one later position",
      { at: residual, shift: vector, positions: [14] },
      (index) => index === 14,
    ],
  ];

for (const [label, edit, acts] of whens) {
  Deno.test(`an edit that acts on ${label} does in writing what it does at those positions of a full forward`, async () => {
    await using small = await smallModel("qwen2_grouped");
    const { model, A, B } = small;
    const tap = ["blocks.*.hook_resid_post", "logits"];
    const { rows, cache } = await model.generate([A, B], {
      maxNewTokens: 10,
      stopAtEnd: false,
      edit,
      tap,
    });
    for (const [row, { promptTokens, tokens, edited }] of rows.entries()) {
      const text = [...promptTokens, ...tokens];
      const positions = [...text.keys()].filter((index) => acts(index, promptTokens.length));
      const whole = await model.run(text, {
        edit: { at: residual, shift: vector, positions },
        tap,
      });
      for (
        const point of tap.slice(1).concat("blocks.0.hook_resid_post", "blocks.1.hook_resid_post")
      ) {
        assertSame(cache.row(row).get(point), whole.get(point), 1e-4, `${point} of row ${row}`);
      }
      const chosen = label === "always"
        ? []
        : positions.map((index) => index - promptTokens.length);
      assertEquals(edited, chosen.filter((index) => index >= 0));
    }
  });
}

Deno.test("several edits compose in order while writing: what was shifted on the prompt is scaled later", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const edit: Edit[] = [
    { at: residual, positions: [0, 3], shift: [vector, vector.map((value) => -value)] },
    { at: residual, scale: 1.5 },
    { at: z, heads: [1], scale: 0, when: "generated" },
    { at: residual, apply: (x) => x },
  ];
  const { rows: [{ tokens }], cache } = await model.generate(A, {
    maxNewTokens: 6,
    stopAtEnd: false,
    edit,
    tap: "logits",
  });
  const [, , silence] = edit;
  const byPosition = [
    ...edit.slice(0, 2),
    { ...silence, when: undefined, positions: { from: A.length } } as Edit,
  ];
  const whole = await model.run([...A, ...tokens], { edit: byPosition });
  assertSame(cache.logits, whole.logits, 1e-4, "logits");
});

Deno.test("a whole prompt patched in while writing acts on the prompt alone", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const donor = A.map((token) => (token + 7) % 96);
  const shift = (await model.run(donor, { tap: residual })).get(residual);
  const edit: Edit = { at: residual, scale: 0, shift, when: "prompt" };
  const { rows: [{ tokens }], cache } = await model.generate(A, {
    maxNewTokens: 5,
    stopAtEnd: false,
    edit,
    tap: "logits",
  });
  const whole = await model.run([...A, ...tokens], {
    edit: { ...edit, when: undefined, positions: { to: A.length } },
  });
  assertSame(cache.logits, whole.logits, 1e-4, "logits");
});

Deno.test("the same seed gives the same text in whatever batch, another seed another", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model } = small;
  const prompts = Array.from(
    { length: 9 },
    (_, row) => Array.from({ length: 3 + row % 4 }, (_, i) => (7 * row + i) % 96),
  );
  const write = async (seed: number, batchSize: number) =>
    (await model.generate(prompts, {
      maxNewTokens: 12,
      temperature: 1,
      topP: 0.9,
      seed,
      batchSize,
      stop: "e",
    })).rows
      .map(({ tokens, finish }) => ({ tokens, finish }));
  const first = await write(5, 32);
  assert(new Set(first.map(({ finish }) => finish)).size === 2, "some rows stop, others do not");
  for (const batchSize of [1, 2, 4, 9]) {
    assertEquals(await write(5, batchSize), first, `batches of ${batchSize}`);
  }
  assertNotEquals(await write(6, 32), first);
});

Deno.test("topK 1, a tiny topP and a tiny temperature take the most probable token", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const write = async (options: object) =>
    (await model.generate([A, B], { maxNewTokens: 12, stopAtEnd: false, ...options })).rows.map((
      { tokens },
    ) => tokens);
  const greedy = await write({});
  for (const options of [{ topK: 1 }, { topP: 1e-9 }, { topK: 1, topP: 0.5 }]) {
    assertEquals(await write({ temperature: 1, seed: 3, ...options }), greedy);
  }
  assertEquals(await write({ temperature: 1e-6, seed: 3 }), greedy);
  assertNotEquals(await write({ temperature: 1, seed: 3 }), greedy);
});

Deno.test("tokens are drawn as often as the model says, and only among topK and topP", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const rows = 3000;
  const prompts = Array.from({ length: rows }, () => A);
  const { data: logits } = (await model.run(A, { logits: [-1] })).logits;
  for (const temperature of [1, 0.7]) {
    const probabilities = softmax(logits, temperature);
    const order = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a]);
    const cumulative = order.map((_, n) =>
      order.slice(0, n + 1).reduce((sum, token) => sum + probabilities[token], 0)
    );
    const nucleus = cumulative.findIndex((sum) => sum >= 0.6) + 1;
    for (const [options, kept] of [[{}, 96], [{ topK: 4 }, 4], [{ topP: 0.6 }, nucleus]] as const) {
      const { rows: written } = await model.generate(prompts, {
        maxNewTokens: 1,
        temperature,
        batchSize: 500,
        ...options,
      });
      const counts = Map.groupBy(written, ({ tokens: [token] }) => token);
      const allowed = order.slice(0, kept);
      const total = cumulative[kept - 1];
      for (const token of counts.keys()) {
        assert(allowed.includes(token), `token ${token} is among the ${kept} first`);
      }
      for (const token of allowed) {
        const share = probabilities[token] / total;
        const found = (counts.get(token)?.length ?? 0) / rows;
        const deviation = Math.sqrt(share * (1 - share) / rows);
        assertAlmostEquals(found, share, 5 * deviation + 1e-3, `token ${token} at ${temperature}`);
      }
    }
  }
});

Deno.test("walking over the tokens gives what awaiting gives", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const options = { maxNewTokens: 8, stopAtEnd: false };
  const awaited = await model.generate([A, B], options);
  const seen: GeneratedToken[] = [];
  const walk = model.generate([A, B], options);
  for await (const token of walk) seen.push(token);
  for (const [row, { tokens, pieces }] of awaited.rows.entries()) {
    assertEquals(seen.filter((token) => token.row === row).map(({ token }) => token), tokens);
    assertEquals(seen.filter((token) => token.row === row).map(({ text }) => text), pieces);
  }
  const iterator = model.generate([A, B], options)[Symbol.asyncIterator]();
  let last = await iterator.next();
  while (!last.done) last = await iterator.next();
  assertEquals(last.value.rows, awaited.rows);
});

Deno.test("a generation that is awaited twice is written once", async () => {
  await using small = await smallModel("qwen2_grouped");
  let tokens = 0;
  const generating = small.model.generate([5, 6], {
    maxNewTokens: 3,
    stopAtEnd: false,
    onProgress: () => tokens++,
  });
  assertEquals(await generating === await generating, true);
  assertEquals(tokens, 4, "three tokens and the end of the bar");
});

Deno.test("many prompts are read some at a time: seen, stopped in between, and with the same text", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  // 150 rows of 12 columns are read in two passes.
  const prompts = Array.from({ length: 150 }, (_, row) => row % 3 ? A : B);
  const options = { maxNewTokens: 4, stopAtEnd: false, tap: "blocks.0.attn.hook_k" };
  const alone = await model.generate([A, B], options);
  const events: (ProgressEvent | undefined)[] = [];
  const many = await model.generate(prompts, {
    ...options,
    batchSize: 150,
    onProgress: (event) => events.push(event),
  });
  many.rows.forEach(({ tokens }, row) => {
    assertEquals(tokens, alone.rows[row % 3 ? 0 : 1].tokens, String(row));
  });
  const at = "blocks.0.attn.hook_k";
  for (const row of [0, 1, 148, 149]) {
    const own = alone.cache.row(row % 3 ? 0 : 1).get(at);
    assertSame(many.cache.row(row).get(at), own, 1e-5, `keys of row ${row}`);
  }
  const read = events.filter((event) => event?.label === "read prompts");
  assertEquals(read.map((event) => event!.done), [0, 106, 150]);
  assertEquals(events[3], undefined, "the bar of the prompts ends before the tokens begin");
  const stop = new AbortController();
  await assertRejects(
    async () =>
      await model.generate(prompts, {
        ...options,
        batchSize: 150,
        signal: stop.signal,
        onProgress: (event) => event?.done === 106 && stop.abort(),
      }),
    InterruptedError,
  );
});

Deno.test("a row says why it ended: the end token, a stop text, or the limit", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const { rows: [free] } = await model.generate(A, { maxNewTokens: 6 });
  assertEquals([free.finish, free.tokens.length, free.text], [
    "length",
    6,
    model.tokenizer.decode(free.tokens),
  ]);
  const stop = free.pieces.slice(1, 3).join("");
  const { rows: [stopped] } = await model.generate(A, {
    maxNewTokens: 6,
    stop: ["never seen", stop],
  });
  assertEquals(stopped.finish, "stop");
  assert(stopped.text.endsWith(stop) && stopped.tokens.length <= 3);
});

Deno.test("a signal stops writing between two tokens; the model goes on working", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const before = await model.generate([A, B], { maxNewTokens: 10, stopAtEnd: false });

  const stop = new AbortController();
  const seen: GeneratedToken[] = [];
  const walk = async () => {
    for await (
      const token of model.generate([A, B], {
        maxNewTokens: 40,
        stopAtEnd: false,
        signal: stop.signal,
      })
    ) {
      if (seen.push(token) === 6) stop.abort();
    }
  };
  await assertRejects(walk, InterruptedError, "the run was stopped");
  assertEquals(seen.length, 6);

  const stopLater = new AbortController();
  const events: (ProgressEvent | undefined)[] = [];
  const onProgress = (event: ProgressEvent | undefined) => {
    if (events.push(event) === 3) stopLater.abort();
  };
  const awaited = async () =>
    await model.generate(A, { maxNewTokens: 40, signal: stopLater.signal, onProgress, tap: z });
  await assertRejects(awaited, InterruptedError);
  assertEquals(events.map((event) => event?.done), [1, 2, 3, undefined]);

  const ended = async () =>
    await model.generate(A, { maxNewTokens: 4, signal: AbortSignal.abort() });
  await assertRejects(ended, InterruptedError);
  assertEquals(
    (await model.generate([A, B], { maxNewTokens: 10, stopAtEnd: false })).rows,
    before.rows,
  );
});

Deno.test("progress counts every token up to the limit, also of rows that end early", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const events: ProgressEvent[] = [];
  const onProgress = (event?: ProgressEvent) => event && events.push(event);
  const { rows } = await model.generate([A, B], {
    maxNewTokens: 10,
    onProgress,
    stop: "e",
    batchSize: 1,
  });
  assertEquals(events.at(-1), { label: "generate", done: 20, total: 20, unit: "tokens" });
  assert(rows.length === 2 && events.every(({ done }, i) => i === 0 || done > events[i - 1].done));
});

Deno.test("a generation that tapped nothing says so when its cache is asked for", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const generation = await model.generate(A, { maxNewTokens: 1 });
  await assertRejects(
    () => Promise.resolve().then(() => generation.cache),
    CircuitbookError,
    "add tap",
  );
});

function softmax(logits: ArrayLike<number>, temperature: number): number[] {
  const largest = Math.max(...Array.from(logits));
  const weights = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

function argmax(logits: ArrayLike<number>): number {
  return Array.from(logits).indexOf(Math.max(...Array.from(logits)));
}
