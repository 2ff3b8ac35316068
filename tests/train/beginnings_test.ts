import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { checkpoints, CircuitbookError, families, recipes, training } from "circuitbook";

function checkpointOf(family: string) {
  return checkpoints.openCheckpoint(
    fromFileUrl(new URL(`../data/checkpoints/${family}`, import.meta.url)),
  );
}

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

Deno.test("weights begin by their role in every family: matrices random, outputs smaller, gains one, biases zero", async () => {
  for (const family of ["qwen2_grouped", "qwen3_grouped", "gpt2_full", "attention_only"]) {
    const architecture = families.architectureOf((await checkpointOf(family)).config);
    const weights = training.initialWeights(architecture, { seed: 1, deviation: 0.1 });
    assertEquals([...weights.keys()], [...architecture.shapes.keys()]);
    for (const [name, values] of weights) {
      const residual = /(o_proj|down_proj|attn\.o|c_proj)\.weight$/.test(name);
      const gain = /(norm|ln_\w+)\.weight$/.test(name);
      const bias = name.endsWith("bias");
      const expected = gain
        ? 1
        : bias
        ? 0
        : residual
        ? 0.1 / Math.sqrt(2 * architecture.layers)
        : 0.1;
      assertAlmostEquals(deviation(values), expected, 0.1 * expected, `${family} ${name}`);
      if (!gain && !bias) {
        assertAlmostEquals(values.reduce((a, b) => a + b) / values.length, 0, 0.2 * expected);
      }
    }
  }
});

Deno.test("weights of another seed are others, and no two matrices are the same", async () => {
  const architecture = families.architectureOf((await checkpointOf("qwen2_grouped")).config);
  const [one, again, other] = [1, 1, 2].map((seed) =>
    training.initialWeights(architecture, { seed })
  );
  assertEquals(one, again);
  const first = [one, other].flatMap((weights) => [...weights.values()].map((values) => values[0]))
    .filter((value) => value !== 0 && value !== 1);
  assertEquals(new Set(first).size, first.length);
});

Deno.test("hidden matrices know what goes in and out, stored either way round", async () => {
  for (
    const [family, name, inputs, outputs] of [["gpt2_full", "h.0.mlp.c_fc", 32, 64], [
      "qwen2_grouped",
      "gate_proj",
      32,
      64,
    ]] as const
  ) {
    const architecture = families.architectureOf((await checkpointOf(family)).config);
    const matrix = training.hiddenMatrices(architecture).find((matrix) =>
      matrix.name.includes(name)
    )!;
    assertEquals(
      [matrix.inputs, matrix.outputs],
      [architecture.dModel, architecture.dMlp],
      `${inputs} ${outputs}`,
    );
    assertEquals(matrix.shape, architecture.shapes.get(matrix.name));
  }
});

Deno.test("rates rise over the warm-up and then fall in a line to the last, or stay", () => {
  const linear = { kind: "linear", warmUp: 0.02, last: 0.05 } as const;
  const factors = Array.from(
    { length: 1000 },
    (_, step) => training.rateFactor(step, 1000, linear),
  );
  assertAlmostEquals(factors[0], 1 / 20);
  assertAlmostEquals(factors[19], 1);
  // train.py: (1 - (f - w) / (1 - w)) × .95 + .05 at the share f of the time.
  for (const step of [20, 300, 999]) {
    assertAlmostEquals(factors[step], (1 - ((step + 0.5) / 1000 - 0.02) / 0.98) * 0.95 + 0.05);
  }
  assert(factors.every((factor) => factor > 0 && factor <= 1));
  const constant = { ...linear, kind: "constant" } as const;
  assertEquals(
    [training.rateFactor(500, 1000, constant), training.rateFactor(999, 1000, constant)],
    [1, 1],
  );
  assertEquals([
    training.rateFactor(0, 1, linear) > 0,
    training.rateFactor(0, 3, { ...linear, warmUp: 0 }) <= 1,
  ], [
    true,
    true,
  ]);
});

Deno.test("a recipe is held to its form", () => {
  const { phases: [phase] = [], ...rest } = recipes.maxOfList;
  const refused = (input: unknown, message: string) =>
    assertThrows(() => training.recipe(input as training.RecipeInput), CircuitbookError, message);
  refused(
    { ...rest, phases: [{ ...phase, batchTokens: 0 }] },
    '"phases.0.batchTokens" of the recipe to be a whole number',
  );
  refused(
    { ...rest, phases: [{ ...phase, lenght: 3 }] },
    'Expected a key of phases.0 but found "lenght"; nearest: "length".',
  );
  refused({ ...rest, name: "Max of list" }, "to be small letters");
  refused({ ...rest }, 'Expected phases or a loop in the recipe "max-of-list" but found neither');
  refused({ ...rest, phases: [phase], loop: () => {} }, "but found both");
  refused(7, "Expected a recipe to be an object but found 7");
  refused(
    { ...rest, phases: [phase], keepEvery: { minutes: 0 } },
    "to be a number above 0 but found 0",
  );
  assertThrows(
    () => recipes.named("max-of-lists"),
    CircuitbookError,
    "Expected a recipe out of max-of-list, ",
  );
});
