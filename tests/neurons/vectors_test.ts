import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { CircuitbookError, type Model, neurons, seededRandom } from "circuitbook";
import { openCase } from "../model/reference_cases.ts";
import { openSafetensors } from "../reference.ts";

const folder = new URL("../data/checkpoints/", import.meta.url);
const cases = ["qwen2_grouped", "llama_single", "gpt2_full"];

interface Near {
  layer: number;
  neuron: number;
  rank: number;
  cosine: number;
  norm: number;
}

/**
 * Value vectors by layer, cut out of the safetensors file: GPT-2 stores them as rows, the others as
 * columns.
 */
async function storedValues(
  name: string,
  { architecture: { layers, dMlp, dModel } }: Model,
): Promise<number[][][]> {
  const tensors = await openSafetensors(fromFileUrl(new URL(`${name}/model.safetensors`, folder)));
  return Array.from({ length: layers }, (_, layer) => {
    const rows = tensors.get(`transformer.h.${layer}.mlp.c_proj.weight`);
    const columns = tensors.get(`model.layers.${layer}.mlp.down_proj.weight`);
    return Array.from(
      { length: dMlp },
      (_, n) =>
        Array.from(
          { length: dModel },
          (_, i) => rows ? rows[n * dModel + i] : columns![i * dMlp + n],
        ),
    );
  });
}

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * b[i], 0);
}

function randomVector(size: number, seed: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: size }, () => random() - 0.5);
}

for (const name of cases) {
  Deno.test(`${name}: an MLP's output is the sum of its value vectors, each times its activation`, async () => {
    const { model, reference: { rows } } = await openCase(name);
    const { dModel, dMlp } = model.architecture;
    const cache = await model.run([rows.A], {
      tap: ["blocks.1.mlp.hook_post", "blocks.1.hook_mlp_out"],
    });
    const { data } = await neurons.valueVectors(model, 1);
    const activations = cache.get("blocks.1.mlp.hook_post").data;
    const bias = model.architecture.weights.layer(1).down?.bias;
    const constant = bias ? (await model.weight(bias)).data : new Float32Array(dModel);
    const written = cache.get("blocks.1.hook_mlp_out").data;
    for (let position = 0; position < rows.A.length; position++) {
      for (let i = 0; i < dModel; i++) {
        let sum = constant[i];
        for (let n = 0; n < dMlp; n++) {
          sum += activations[position * dMlp + n] * data[n * dModel + i];
        }
        assertAlmostEquals(written[position * dModel + i], sum, 1e-4);
      }
    }
    await model.dispose();
  });

  Deno.test(`${name}: a key times the residual stream, over its norm, is what enters the activation`, async () => {
    const { model, reference: { rows } } = await openCase(name);
    const { dModel, dMlp } = model.architecture;
    const points = ["hook_resid_mid", "ln2.hook_scale", "mlp.hook_pre"].map((point) =>
      `blocks.1.${point}`
    );
    const gated = Boolean(model.architecture.weights.layer(1).up);
    const tap = gated ? [...points, "blocks.1.mlp.hook_pre_linear"] : points;
    const cache = await model.run([rows.A], { tap });
    const [stream, scale] = points.map((point) => cache.get(point).data);
    const keys = await neurons.keyVectors(model, 1);
    assertEquals(Object.keys(keys), gated ? ["gate", "up"] : ["input"]);
    Object.values(keys).forEach(({ data }, which) => {
      const entered = cache.get(tap[2 + which]).data;
      for (let n = 0; n < dMlp; n++) {
        const rest = rows.A.map((_, t) => {
          const key = data.subarray(n * dModel, (n + 1) * dModel);
          return entered[t * dMlp + n] -
            product(key, stream.subarray(t * dModel, (t + 1) * dModel)) / scale[t];
        });
        for (const constant of rest) assertAlmostEquals(constant, gated ? 0 : rest[0], 1e-4);
      }
    });
    await model.dispose();
  });

  Deno.test(`${name}: the nearest neurons are those of the stored weights, per layer and over all`, async () => {
    const { model } = await openCase(name);
    const { dModel } = model.architecture;
    const stored = await storedValues(name, model);
    const directions = stored.map((_, layer) => randomVector(dModel, layer));
    const all = stored.flatMap((values, layer) =>
      values.map((value, neuron) => {
        const norm = Math.hypot(...value);
        const along = product(value, directions[layer]) / Math.hypot(...directions[layer]);
        return { layer, neuron, norm, along, cosine: along / norm };
      })
    );
    const expected = (by: "cosine" | "along", layer?: number) =>
      all.filter((one) => layer === undefined || one.layer === layer).sort((a, b) => b[by] - a[by])
        .slice(0, 4);
    const at = (layer: number) => directions[layer];
    const perLayer = (await neurons.nearestNeurons(model, at, { k: 4 }))
      .toRecords() as unknown as Near[];
    const wanted = [...expected("cosine", 0), ...expected("cosine", 1)];
    assertEquals(
      perLayer.map(({ layer, neuron }) => [layer, neuron]),
      wanted.map((one) => [one.layer, one.neuron]),
    );
    assertEquals(perLayer.map(({ rank }) => rank), [1, 2, 3, 4, 1, 2, 3, 4]);
    perLayer.forEach(({ cosine, norm }, i) => {
      assertAlmostEquals(cosine, wanted[i].cosine, 1e-6);
      assertAlmostEquals(norm, wanted[i].norm, 1e-5);
    });
    const overall = await neurons.nearestNeurons(model, at, { k: 4, per: "model", by: "dot" });
    assertEquals(
      neurons.neuronsOf(overall),
      expected("along").map(({ layer, neuron }) => [layer, neuron]),
    );
    await model.dispose();
  });
}

Deno.test("half precision weights give the neurons that their widened values give", async () => {
  const [{ model }, { model: half }] = [
    await openCase("qwen2_grouped"),
    await openCase("qwen2_grouped_bf16"),
  ];
  const [whole, widened] = [
    await neurons.valueVectors(model, 0),
    await neurons.valueVectors(half, 0),
  ];
  whole.data.forEach((value, i) =>
    assertAlmostEquals(widened.data[i], value, Math.abs(value) / 128 + 1e-6)
  );
  await Promise.all([model.dispose(), half.dispose()]);
});

Deno.test("the nearest tokens of a vector and of its negative are the largest and smallest products", async () => {
  const { model } = await openCase("qwen2_grouped");
  const stored = await storedValues("qwen2_grouped", model);
  const unembedding = await model.unembedding();
  const { vocab } = model.architecture;
  const list = [[1, 3], [0, 5]] as const;
  const rows = (await neurons.nearestTokens(model, list, { k: 3 })).toRecords();
  assertEquals(rows.length, 2 * 2 * 3);
  list.forEach(([layer, neuron], i) => {
    const value = stored[layer][neuron];
    const length = Math.hypot(...value);
    const scores = Array.from({ length: vocab }, (_, id) => ({
      id,
      score: product(unembedding.slice({ vocab: id }).data, value) / length,
    })).sort((a, b) => b.score - a.score);
    for (const [sign, expected] of [["+", scores], ["−", scores.toReversed()]] as const) {
      const own = rows.slice(i * 6, i * 6 + 6).filter((row) => row.sign === sign);
      assertEquals(own.map(({ id }) => id), expected.slice(0, 3).map(({ id }) => id));
      assertEquals([own[0].layer, own[0].neuron, own[0].vector], [layer, neuron, "value"]);
      own.forEach(({ score }, rank) =>
        assertAlmostEquals(Math.abs(Number(score)), Math.abs(expected[rank].score), 1e-4)
      );
    }
  });
  const keys = (await neurons.nearestTokens(model, list, { of: "keys", k: 1, antipodes: false }))
    .toRecords();
  assertEquals(keys.map(({ layer, vector }) => `${layer} ${vector}`), [
    "1 gate",
    "1 up",
    "0 gate",
    "0 up",
  ]);
  await model.dispose();
});

Deno.test("words are counted for each vector and sign", async () => {
  const { model } = await openCase("qwen2_grouped");
  const tokens = await neurons.nearestTokens(model, [[1, 3], [0, 5]], { k: 20 });
  const odd = new Set([1, 3, 5, 7, 9, 11, 13]);
  const counted = neurons.countWords(tokens, {
    odd: [...odd],
    all: Array.from({ length: 96 }, (_, id) => id),
  });
  const rows = tokens.toRecords();
  assertEquals(counted.getColumn("all").toArray(), [20, 20, 20, 20]);
  counted.toRecords().forEach((row, i) => {
    const own = rows.slice(i * 20, i * 20 + 20);
    assertEquals([row.layer, row.neuron, row.sign], [own[0].layer, own[0].neuron, own[0].sign]);
    assertEquals(row.odd, own.filter(({ id }) => odd.has(Number(id))).length);
  });
  await model.dispose();
});

Deno.test("a direction along a key has cosine 1 with it, and one across it 0", async () => {
  const { model } = await openCase("qwen2_grouped");
  const { gate, up } = await neurons.keyVectors(model, 1);
  const [g, u] = [gate, up].map((key) => key.slice({ neuron: 2 }).data);
  const across = Float32Array.from(u, (value, i) => value - product(u, g) / product(g, g) * g[i]);
  const cosines = (await neurons.keyCosines(model, [[1, 2]], across)).toRecords();
  assertEquals(cosines.map(({ key }) => key), ["gate", "up"]);
  assertAlmostEquals(cosines[0].cosine, 0, 1e-6);
  assertAlmostEquals(cosines[1].cosine, Math.hypot(...across) / Math.hypot(...u), 1e-6);
  assertAlmostEquals(cosines[1].norm, Math.hypot(...u), 1e-6);
  await model.dispose();
});

Deno.test("neurons that are none, and models without MLPs, are refused", async () => {
  const { model } = await openCase("qwen2_grouped");
  const size = model.architecture.dMlp;
  await assertRejects(
    () => neurons.nearestTokens(model, [[0, size]]),
    CircuitbookError,
    `from 0 to ${size - 1}`,
  );
  await assertRejects(
    () => neurons.nearestTokens(model, []),
    CircuitbookError,
    "at least one neuron",
  );
  await assertRejects(
    () => neurons.nearestNeurons(model, [1, 2]),
    CircuitbookError,
    "finite numbers",
  );
  await assertRejects(
    () => neurons.valueVectors(model, 2),
    CircuitbookError,
    "Expected a layer from 0 to 1",
  );
  const same = await neurons.keyCosines(
    model,
    [[1, 2], [-1, 2 - size]],
    new Float32Array(32).fill(1),
  );
  assertEquals(same.getColumn("neuron").toArray(), [2, 2]);
  const broken = [[1]] as unknown as neurons.Neuron[];
  assertThrows(() => neurons.neuronsOf(broken), CircuitbookError, "neurons as [layer, neuron]");
  const { model: toy } = await openCase("attention_only");
  await assertRejects(
    () => neurons.valueVectors(toy, 0),
    CircuitbookError,
    "attention layers only",
  );
  assert(size > 0);
  await Promise.all([model.dispose(), toy.dispose()]);
});
