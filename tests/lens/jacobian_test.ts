// The reference comes from PyTorch's autograd: tests/data/jacobian_reference.py.
import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import {
  CircuitbookError,
  InterruptedError,
  lens,
  type Model,
  type ProgressEvent,
  Tensor,
} from "circuitbook";
import { writeSafetensors } from "../../lib/checkpoint/safetensors/write.ts";
import { assertClose, openCase } from "../model/reference_cases.ts";
import { openSafetensors } from "../reference.ts";

const expected = await openSafetensors(
  fromFileUrl(new URL("../data/jacobian_reference.safetensors", import.meta.url)),
);
const short = { skip: 2, maxTokens: 10 };
const stream = "blocks.*.hook_resid_post";

for (const [name, matrix] of expected) {
  Deno.test(`${name}: averaged Jacobians are those of PyTorch's autograd`, async () => {
    const { model, reference: { rows: { A, B } } } = await openCase(name);
    const { matrices, corpus } = await lens.jacobian(model, [A, B], short);
    const largest = Math.max(...matrix.map(Math.abs));
    assertClose(matrices[0], matrix, 1e-5 * largest, name);
    assertEquals(matrices[1].data, identity(32));
    assertEquals([corpus.texts, corpus.positions, corpus.directions], [2, 7 + 4, 32]);
    await model.dispose();
  });
}

Deno.test("with fewer directions each row is an average over some of the texts, each row over as many", async () => {
  const { model, reference: { rows: { A, B } } } = await openCase("qwen2_grouped");
  const texts = [A, B, A.toReversed(), B.toReversed()];
  const alone = await Promise.all(texts.map((text) => lens.jacobian(model, [text], short)));
  const { matrices: [dealt] } = await lens.jacobian(model, texts, {
    ...short,
    directions: 16,
    seed: 3,
  });
  const pairs = texts.flatMap((_, i) => texts.slice(i + 1).map((_, j) => [i, i + 1 + j]));
  const used = Array.from({ length: 32 }, (_, row) => {
    const own = rowOf(dealt, row);
    return pairs.find((pair) => {
      const [a, b] = pair.map((text) => rowOf(alone[text].matrices[0], row));
      return own.every((value, i) => Math.abs(value - (a[i] + b[i]) / 2) < 1e-5);
    });
  });
  assert(used.every((pair) => pair), "every row is the average of two texts");
  const times = texts.map((_, text) => used.filter((pair) => pair!.includes(text)).length);
  assertEquals(times, [16, 16, 16, 16]);
  await model.dispose();
});

Deno.test("the error of an average is the standard error of its entries over texts", async () => {
  const { model, reference: { rows: { A, B } } } = await openCase("gpt2_full");
  const texts = [A, B, A.toReversed()];
  const alone = await Promise.all(texts.map((text) => lens.jacobian(model, [text], short)));
  const { matrices: [mean], corpus: { errors } } = await lens.jacobian(model, texts, short);
  let variance = 0;
  let norm = 0;
  mean.data.forEach((average, i) => {
    const squares = alone.map(({ matrices: [{ data }] }) => (data[i] - average) ** 2);
    variance += squares.reduce((a, b) => a + b) / (3 * 2);
    norm += average ** 2;
  });
  assertAlmostEquals(errors[0]!, Math.sqrt(variance / norm), 1e-4);
  assertEquals([errors[1], alone[0].corpus.errors], [0, [null, 0]]);
  await model.dispose();
});

/** Texts of 10 tokens, and one that is too short to be read. */
function manyTexts({ A, B }: Record<string, readonly number[]>): number[][] {
  const [a, b] = [A, B].map((row) => row.slice(0, 10));
  const turned = [2, 4, 6].map((by) => [...a.slice(by), ...a.slice(0, by)]);
  return [a, a.slice(0, 3), b, ...turned, a.toReversed(), b.toReversed()];
}

for (const directions of [32, 12]) {
  Deno.test(`texts are read until every error is small enough, and no further: ${directions} directions`, async () => {
    const { model, reference: { rows } } = await openCase("qwen2_grouped");
    const texts = manyTexts(rows);
    const long = texts.filter(({ length }) => length > 3);
    const options = { ...short, directions, seed: 3 };
    // The error of each prefix, from a call over this prefix alone. Fewer texts do not cover all
    // rows of the matrices.
    const fewest = Math.max(2, Math.ceil(32 / directions));
    const counts = long.map((_, i) => i + 1).filter((count) => count >= fewest);
    const prefixes = await Promise.all(
      counts.map((count) => lens.jacobian(model, long.slice(0, count), options)),
    );
    const errors = prefixes.map(({ corpus }) => corpus.errors[0] ?? Infinity);
    const finite = errors.filter(Number.isFinite);
    for (const untilError of [...finite, Math.max(...finite) + 1]) {
      const first = errors.findIndex((error) => error <= untilError);
      const read = await lens.jacobian(model, texts, { ...options, untilError });
      assertEquals(read.corpus, { ...prefixes[first].corpus, untilError });
      assertEquals(read.matrices[0].data, prefixes[first].matrices[0].data);
    }
    await model.dispose();
  });
}

Deno.test("texts that run out before their error is small enough are all read", async () => {
  const { model, reference: { rows } } = await openCase("qwen2_grouped");
  const texts = manyTexts(rows);
  const all = await lens.jacobian(model, texts, short);
  const read = await lens.jacobian(model, texts, { ...short, untilError: 1e-6 });
  assertEquals(read.corpus, { ...all.corpus, untilError: 1e-6 });
  assertEquals(read.matrices[0].data, all.matrices[0].data);
  assert(read.corpus.errors[0]! > 1e-6);
  const single = await lens.jacobian(model, texts[0], { ...short, untilError: 10 });
  assertEquals([single.corpus.texts, single.corpus.errors], [1, [null, 0]]);
  await model.dispose();
});

Deno.test("an error to reach is saved with the Jacobians", async () => {
  const { model, reference: { rows } } = await openCase("gpt2_full");
  const read = await lens.jacobian(model, manyTexts(rows), { ...short, untilError: 10 });
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await read.save(path);
  const { corpus } = await lens.Jacobians.load(path);
  assertEquals([corpus.texts, corpus.untilError], [2, 10]);
  await Deno.remove(path);
  await model.dispose();
});

Deno.test("recomputed activations give the same Jacobians", async () => {
  const { model, reference: { rows: { A } } } = await openCase("qwen3_grouped");
  const [kept, again] = await Promise.all(
    (["keep", "recompute"] as const).map((activations) =>
      lens.jacobian(model, A, { ...short, activations })
    ),
  );
  assertClose(again.matrices[0], kept.matrices[0].data, 1e-5, "recomputed");
  await model.dispose();
});

Deno.test("the Jacobian lens is the logit lens where the Jacobians are the identity", async () => {
  const { model, reference: { rows: { A } } } = await openCase("llama_single");
  const jacobians = of(model, [identity(32), identity(32)]);
  const options = { k: 3, tokens: [7] };
  const cache = await model.run(A, { tap: stream, positions: [-3, -1] });
  const through = await lens.jacobianLens(model, cache, jacobians, options);
  const plain = await lens.logitLens(model, cache, options);
  assertEquals(through.top.toRecords(), plain.top.toRecords());
  assertEquals(through.asked.toRecords(), plain.asked.toRecords());
  await model.dispose();
});

Deno.test("the Jacobian lens reads each layer's stream times that layer's matrix", async () => {
  const { model, reference: { rows: { A, B } } } = await openCase("qwen2_grouped");
  const matrices = [1, 2].map((seed) =>
    Float32Array.from({ length: 32 * 32 }, (_, i) => Math.sin(seed * i * i))
  );
  const jacobians = of(model, matrices);
  const cache = await model.run([A, B], { tap: stream, positions: [[2, 9], [-1]] });
  const products = [0, 1].flatMap((layer) =>
    [0, 1, 2].map((example) => {
      const h = cache.get(`blocks.${layer}.hook_resid_post`).slice({ example }).data;
      return Float32Array.from({ length: 32 }, (_, row) =>
        h.reduce((sum, value, i) => sum + value * matrices[layer][row * 32 + i], 0));
    })
  );
  const vectors = new Tensor(Float32Array.from(products.flatMap((v) => [...v])), {
    example: 6,
    d_model: 32,
  });
  const expected = await model.unembed(vectors, { k: 2, tokens: [5] });
  const { top, asked } = await lens.jacobianLens(model, cache, jacobians, { k: 2, tokens: [5] });
  assertEquals(top.getColumn("id").toArray(), [...expected.tokens.data]);
  asked.getColumn("probability").toArray().forEach((p, i) =>
    assertAlmostEquals(Number(p), Math.exp(expected.asked.data[i]), 1e-5)
  );
  await model.dispose();
});

Deno.test("saved Jacobians come back as they were", async () => {
  const { model, reference: { rows: { A } } } = await openCase("gpt2_full");
  const jacobians = await lens.jacobian(model, A, short);
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await jacobians.save(path);
  const again = await lens.Jacobians.load(path);
  assertEquals(again.matrices.map(({ data }) => data), jacobians.matrices.map(({ data }) => data));
  assertEquals(again.corpus, jacobians.corpus);
  await Deno.remove(path);
  const other = fromFileUrl(new URL("../data/jacobian_reference.safetensors", import.meta.url));
  await assertRejects(() => lens.Jacobians.load(other), CircuitbookError, "Expected Jacobians in");
  await model.dispose();
});

Deno.test("random matrices are as far from the identity as the Jacobians, and others for each seed", async () => {
  const { model, reference: { rows: { A } } } = await openCase("gpt2_full");
  const jacobians = await lens.jacobian(model, A, short);
  const [one, two] = [1, 2].map((seed) =>
    jacobians.random({ seed }).matrices.map(({ data }) => data)
  );
  const distance = (data: ArrayLike<number>) =>
    Math.hypot(...Array.from(data, (value, i) => value - identity(32)[i]));
  assertAlmostEquals(distance(one[0]), distance(jacobians.matrices[0].data), 1e-4);
  assertEquals([...one[1]], [...identity(32)]);
  assert(one[0].some((value, i) => value !== two[0][i]));
  await model.dispose();
});

Deno.test("a summary tells gain, diagonal, distance from the identity and error of each layer", async () => {
  const { model } = await openCase("gpt2_full");
  const doubled = identity(32).map((value) => 2 * value);
  const { corpus, matrices } = of(model, [doubled, identity(32)]);
  const unknown = new lens.Jacobians(matrices, { ...corpus, errors: [null, 0] }).summary();
  assertEquals(unknown.getColumn("error").toArray(), [NaN, 0]);
  assertEquals(new lens.Jacobians(matrices, corpus).summary().toRecords(), [
    { layer: 0, gain: 2, identity: 2, distance: 0.5, error: 0.1 },
    { layer: 1, gain: 1, identity: 1, distance: 0, error: 0 },
  ]);
});

Deno.test("the lens by classes tells the rank of the first token of each class", async () => {
  const { model, reference: { rows: { A } } } = await openCase("qwen2_full");
  const cache = await model.run(A, { tap: stream, positions: [-1] });
  const { top } = await lens.logitLens(model, cache, { k: 96 });
  const order = top.toRecords().filter(({ layer }) => layer === 1).map(({ id }) => Number(id));
  const first = top.toRecords().filter(({ layer }) => layer === 0).map(({ id }) => Number(id));
  const classes = { early: [order[40], order[2]], late: [order[7]], lost: [first[60]] };
  const [before, row] = (await lens.classLens(model, cache, classes, { k: 5 })).toRecords();
  assertEquals(["early", "late"].map((name) => row[`rank(${name})`]), [3, Infinity]);
  assertEquals(before["rank(lost)"], Infinity);
  const swapped = of(model, [identity(32).map((value) => -value), identity(32)]);
  const through = (await lens.classLens(model, cache, classes, { k: 5, through: swapped }))
    .toRecords();
  assert(through[0]["p(lost)"] !== before["p(lost)"]);
  assertEquals(through[1], row);
  await model.dispose();
});

Deno.test("Jacobians refuse what cannot be averaged or read, by name", async () => {
  const { model, reference: { rows: { A } } } = await openCase("qwen2_grouped");
  const refused = (options: object, ...parts: string[]) =>
    Promise.all(
      parts.map((part) =>
        assertRejects(() => lens.jacobian(model, A, options), CircuitbookError, part)
      ),
    );
  await refused({}, "a text of more than 17 tokens");
  await refused({ ...short, directions: 16 }, "directions from 32 to 32");
  await refused({ ...short, direction: 16 }, '"directions"');
  await refused({ ...short, skip: -1 }, '"skip" of jacobian');
  await refused({ ...short, untilError: 0 }, '"untilError" of jacobian to be a number above 0');
  const cache = await model.run(A, { tap: "blocks.*.hook_mlp_out", positions: [-1] });
  const jacobians = of(model, [identity(32), identity(32)]);
  const three = of(model, Array(3).fill(identity(32)));
  await assertRejects(
    () => jacobians.carry(model, cache),
    CircuitbookError,
    "hook_resid_post tapped",
  );
  await assertRejects(
    () => three.carry(model, cache),
    CircuitbookError,
    "Expected Jacobians of 2 layers",
  );
  const others = new lens.Jacobians(jacobians.matrices, { ...jacobians.corpus, model: "another" });
  await assertRejects(() => others.carry(model, cache), CircuitbookError, "those of another");
  await model.dispose();
});

Deno.test("Jacobians are refused whose matrices are not square, not finite or too few", async () => {
  const { matrices: [one], corpus } = of({ name: "m" }, [identity(32)]);
  const refused = (matrices: readonly Tensor[], part: string, errors = matrices.map(() => 0)) =>
    assertThrows(() => new lens.Jacobians(matrices, { ...corpus, errors }), CircuitbookError, part);
  refused([], "found an empty list");
  refused([one, new Tensor(identity(16), { output: 16, input: 16 })], "32 by 32 for layer 1");
  refused([one.reshape({ output: 16, input: 64 })], "16 by 16 for layer 0");
  refused([one, new Tensor(identity(32).fill(NaN, 5, 6), one.sizes)], "layer 1 but found NaN");
  refused([one, one], "2 errors", [0]);
  const path = await Deno.makeTempFile({ suffix: ".safetensors" });
  await writeSafetensors(path, { "blocks.0.hook_resid_post": one }, { jacobians: '{"model": 1}' });
  await assertRejects(() => lens.Jacobians.load(path), CircuitbookError, "facts about the corpus");
  await Deno.remove(path);
});

Deno.test("averaging tells how far it is and can be stopped", async () => {
  const { model, reference: { rows: { A, B } } } = await openCase("qwen2_grouped");
  const seen: number[] = [];
  const stop = new AbortController();
  const onProgress = (event?: ProgressEvent) => {
    if (!event) return;
    seen.push(event.done, event.total);
    stop.abort();
  };
  const options = { ...short, signal: stop.signal, onProgress };
  await assertRejects(() => lens.jacobian(model, [A, B], options), InterruptedError);
  assertEquals(seen, [32, 64]);
  await model.dispose();
});

Deno.test("averaging until an error is small enough tells the error so far and the share of the expected texts", async () => {
  const { model, reference: { rows } } = await openCase("qwen2_grouped");
  const texts = manyTexts(rows);
  const { corpus } = await lens.jacobian(model, [texts[0], texts[2]], short);
  const error = corpus.errors[0]!;
  const seen: (ProgressEvent | undefined)[] = [];
  const onProgress = (event?: ProgressEvent) => seen.push(event);
  // An error 1.5 times as large as wanted takes 1.5² = 2.25 times as many texts: 5 of the 7.
  await lens.jacobian(model, texts, { ...short, untilError: error / 1.5, onProgress });
  const told = seen.slice(0, 3).map((event) => [event?.note, event?.share]);
  const note = `standard error ${Math.round(100 * error)} %`;
  assertEquals(told, [[undefined, 1 / 7], [undefined, 2 / 7], [note, 3 / 5]]);
  assertEquals(seen.at(-1), undefined);
  await model.dispose();
});

function of({ name }: Pick<Model, "name">, matrices: readonly Float32Array[]): lens.Jacobians {
  return new lens.Jacobians(matrices.map((data) => new Tensor(data, { output: 32, input: 32 })), {
    model: name,
    texts: 1,
    positions: 1,
    directions: 32,
    skip: 0,
    maxTokens: 9,
    errors: matrices.map((_, layer) => layer ? 0 : 0.1),
  });
}

function identity(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => i % (size + 1) ? 0 : 1);
}

function rowOf({ data }: Tensor, row: number): number[] {
  return [...data.subarray(32 * row, 32 * row + 32)];
}
