import { assert, assertAlmostEquals, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  CircuitbookError,
  InterruptedError,
  normal,
  probing,
  type ProgressEvent,
  seededRandom,
  Tensor,
} from "circuitbook";
import { splitByGroup } from "../../lib/probe/split.ts";

const layerCount = 3;
const n = 400;
const width = 16;
const groups = Array.from({ length: n }, (_, i) => `problem ${i >> 2}`);

/** The labels of eighty examples in turn. */
const labelsOfTwo = Array.from({ length: 80 }, (_, i) => i % 2 ? "a" : "b");

/**
 * Layers of noise in which a direction stands for the label: not at all at layer 0, more from layer
 * to layer.
 */
function planted(seed: number, classes = ["not", "this"]) {
  const random = seededRandom(seed);
  const plan = seededRandom(0);
  const directions = classes.map(() => Array.from({ length: width }, () => normal(plan)));
  const labels = Array.from({ length: n }, () => classes[Math.floor(random() * classes.length)]);
  const values = Float32Array.from(
    Array.from(
      { length: layerCount },
      (_, layer) =>
        labels.flatMap((label) =>
          directions[classes.indexOf(label)].map((along, i) =>
            (normal(random) + layer * along) * (1 + i) + 10 * i
          )
        ),
    ).flat(),
  );
  return {
    labels,
    directions,
    activations: new Tensor(values, { layer: layerCount, example: n, d_model: width }),
  };
}

const column = (table: { getColumn(name: string): { toArray(): unknown[] } }, name: string) =>
  table.getColumn(name).toArray() as number[];

Deno.test("a planted direction is found, and accuracy grows with its strength", async () => {
  const { labels, activations } = planted(1);
  const probes = await probing.probe(activations, labels, { groups, seed: 1 });
  assertEquals(probes.classes, ["not", "this"]);
  assertEquals(probes.layers.columns, [
    "layer",
    "accuracy",
    "low",
    "high",
    "auc",
    "loss",
    "n",
    "baseline",
  ]);
  assertEquals(column(probes.layers, "layer"), [0, 1, 2]);
  const accuracy = column(probes.layers, "accuracy");
  const auc = column(probes.layers, "auc");
  assert(accuracy[0] < 0.65 && accuracy[1] > 0.9 && accuracy[2] > 0.97, `${accuracy}`);
  assert(auc[0] < 0.7 && auc[2] > 0.99, `${auc}`);
  assertEquals(probes.best().layer, 2);
});

Deno.test("the weights are for raw activations: W x + b gives the probabilities", async () => {
  const { labels, activations } = planted(2);
  const found = (await probing.probe(activations, labels, { groups })).layer(2);
  const raw = activations.slice({ layer: 2 });
  const { data } = found.probabilities(raw);
  const score = (name: string, row: number) =>
    [...raw.data.subarray(row * width, (row + 1) * width)]
      .reduce(
        (sum, value, i) => sum + value * found.direction(name)[i],
        found.bias[found.classes.indexOf(name)],
      );
  for (const row of [0, 17, 399]) {
    assertAlmostEquals(
      data[row * 2 + 1],
      1 / (1 + Math.exp(score("not", row) - score("this", row))),
      1e-5,
    );
  }
  assertEquals(found.weights.sizes, { class: 2, d_model: width });
  assertEquals(found.predict(raw)[17], data[35] > 0.5 ? "this" : "not");
});

Deno.test("more than two classes, in the order given", async () => {
  const classes = ["this", "not", "other"];
  const { labels, activations } = planted(3, classes);
  const probes = await probing.probe(activations, labels, { groups, classes });
  assertEquals(probes.classes, classes);
  assertEquals(probes.layer(2).weights.shape, [3, width]);
  const [chance, , strong] = column(probes.layers, "accuracy");
  assert(chance < 0.5 && strong > 0.97, `${chance} ${strong}`);
});

Deno.test("the validation examples are whole groups, and the reported accuracy is theirs", async () => {
  const { labels, activations } = planted(4);
  const probes = await probing.probe(activations, labels, { groups, validationShare: 0.3 });
  const { training, validation } = probes.split;
  const trained = new Set(training.map((i) => groups[i]));
  assert(validation.every((i) => !trained.has(groups[i])));
  assertEquals(training.length + validation.length, n);
  assertEquals(validation.length, 120);
  const again = probes.evaluate(
    activations.slice({ example: validation }),
    validation.map((i) => labels[i]),
  );
  assertEquals(again.toRecords(), probes.layers.toRecords());
});

Deno.test("on new examples of the same kind, accuracy is like that on the validation examples", async () => {
  const { labels, activations } = planted(5);
  const fresh = planted(6);
  const probes = await probing.probe(activations, labels, { groups });
  const [, , strong] = column(probes.evaluate(fresh.activations, fresh.labels), "accuracy");
  assert(strong > 0.97, `${strong}`);
  const table = probes.predict(fresh.activations);
  assertEquals(table.columns, ["layer", "example", "predicted", "p(not)", "p(this)"]);
  assertEquals(table.height, layerCount * n);
  const right = (table.getColumn("predicted").toArray() as string[]).slice(2 * n)
    .filter((label, i) => label === fresh.labels[i]).length;
  assertAlmostEquals(right / n, strong, 1e-9);
});

Deno.test("the unit of the activations changes neither accuracy nor auc", async () => {
  const { labels, activations } = planted(12);
  const inUnit = (unit: number) =>
    new Tensor(activations.data.map((value) => value * unit), activations.sizes);
  const metricsOf = async (unit: number) =>
    (await probing.probe(inUnit(unit), labels, { groups })).layers.toRecords();
  const plain = await metricsOf(1);
  for (const unit of [1e-30, 1e-8, 1e-6, 1e-3, 1e3, 1e8, 1e30]) {
    const found = await metricsOf(unit);
    found.forEach(({ accuracy, auc, loss }, layer) => {
      assertEquals(accuracy, plain[layer].accuracy, `unit ${unit}, layer ${layer}`);
      assertAlmostEquals(auc, plain[layer].auc, 1e-3);
      assertAlmostEquals(loss, plain[layer].loss, 1e-3);
    });
  }
});

Deno.test("one feature that separates the classes is enough in any unit, at any offset that f32 holds", async () => {
  for (const unit of [1, 2e-6, 1e-6, 1e-8, 1e8]) {
    for (const offset of [0, 1, -1000]) {
      const values = labelsOfTwo.map((label) => (offset + (label === "a" ? 1 : -1)) * unit);
      const activations = new Tensor(Float32Array.from(values), {
        layer: 1,
        example: 80,
        d_model: 1,
      });
      const { layers } = await probing.probe(activations, labelsOfTwo, {
        groups: [...labelsOfTwo.keys()],
      });
      assertEquals(column(layers, "accuracy"), [1], `unit ${unit}, offset ${offset}`);
    }
  }
});

Deno.test("the same seed gives the same probes, another seed another split", async () => {
  const { labels, activations } = planted(7);
  const make = (seed: number) => probing.probe(activations, labels, { groups, seed });
  const [first, same, other] = [await make(1), await make(1), await make(2)];
  assertEquals(first.layer(1).weights.data, same.layer(1).weights.data);
  assertEquals(first.layers.toRecords(), same.layers.toRecords());
  assert(first.split.validation.join() !== other.split.validation.join());
});

Deno.test("shuffled labels leave nothing to read", async () => {
  const { labels, activations } = planted(8);
  const shuffled = probing.shuffledLabels(labels, { seed: 1 });
  assertEquals(shuffled.toSorted(), labels.toSorted());
  const accuracy = column(
    (await probing.probe(activations, shuffled, { groups })).layers,
    "accuracy",
  );
  assert(accuracy.every((value) => value < 0.65), `${accuracy}`);
});

Deno.test("layers may be given by number", async () => {
  const { labels, activations } = planted(9);
  const probes = await probing.probe({ 5: activations.slice({ layer: 2 }) }, labels, { groups });
  assertEquals(probes.layerNumbers, [5]);
  assertThrows(() => probes.layer(2), CircuitbookError, "layers 5 but found 2");
});

Deno.test("progress is reported by layer, and a stop is heard", async () => {
  const { labels, activations } = planted(10);
  const events: (ProgressEvent | undefined)[] = [];
  await probing.probe(activations, labels, { groups, onProgress: (event) => events.push(event) });
  assertEquals(events.at(-2), { label: "probe", done: 3, total: 3, unit: "layers" });
  const signal = AbortSignal.abort();
  await assertRejects(
    () => probing.probe(activations, labels, { groups, signal }),
    InterruptedError,
  );
});

Deno.test("input that makes no sense is refused with the culprit", async () => {
  const { labels, activations } = planted(11);
  const refused = (message: string, ...[x, y, options]: Parameters<typeof probing.probe>) =>
    assertRejects(() => probing.probe(x, y, options), CircuitbookError, message);
  const broken = new Tensor(activations.data.slice(), activations.sizes);
  broken.data[(1 * n + 17) * width + 3] = NaN;
  await refused("NaN at layer 1, example 17", broken, labels, { groups });
  await refused(
    "found [layer 3, example 400, d_model 16, scale 1]",
    activations.reshape({ ...activations.sizes, scale: 1 }),
    labels,
    {
      groups,
    },
  );
  await refused("400 examples but found 399 labels", activations, labels.slice(1), { groups });
  await refused("400 groups", activations.slice({ example: [0, 1] }), ["not", "this"], { groups });
  await refused("at least 2 classes", activations, labels.map(() => "this"), { groups });
  await refused("at least 2 groups but found 1", activations, labels, {
    groups: labels.map(() => 0),
  });
  await refused('found "this"; nearest: "thus"', activations, labels, {
    groups,
    classes: ["not", "thus"],
  });
  await refused('none of "maybe"', activations, labels, {
    groups,
    classes: ["not", "this", "maybe"],
  });
  await refused(
    "undefined at example 3",
    activations,
    labels.with(3, undefined as unknown as string),
    { groups },
  );
  await refused("share between 0 and 1 but found 1", activations, labels, {
    groups,
    validationShare: 1,
  });
  const found = (await probing.probe(activations, labels, { groups })).layer(0);
  assertThrows(() => found.direction("ths"), CircuitbookError, 'nearest: "this"');
  assertThrows(() => found.probabilities(activations), CircuitbookError, "[example, d_model 16]");
  assertThrows(
    () => found.predict(broken.slice({ layer: 1 })),
    CircuitbookError,
    "NaN at layer 0, example 17",
  );
});

Deno.test("a split holds out a share of the groups, at least one, never all", () => {
  assertEquals(splitByGroup(["a", "b", "b"], { share: 0.01 }).validation.length > 0, true);
  assertEquals(splitByGroup(["a", "b", "b"], { share: 0.99 }).training.length > 0, true);
});
