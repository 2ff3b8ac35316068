import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { ablation, CircuitbookError, knockOut, type Model, tables } from "circuitbook";
import { smallModel } from "../model/models.ts";

const metric = (logits: Float32Array, row: number) => 1 + row + logits[7] - logits[11];

/** The metric of whole runs, one prompt at a time. */
async function slowly(
  model: Model,
  rows: number[][],
  heads: [number, number][],
  from?: number[],
): Promise<number[]> {
  return await Promise.all(rows.map(async (tokens, row) => {
    const edit = knockOut(heads, from && { positions: { from: from[row] } });
    return metric((await model.run([tokens], { edit, logits: [-1] })).logits.data, row);
  }));
}

for (const from of [undefined, [8, 1]]) {
  Deno.test(`a greedy search silencing ${from ?? "all"} chooses what trying each head by itself chooses`, async () => {
    await using small = await smallModel("qwen2_grouped");
    const { model, A, B } = small;
    const rows = [A, B];
    const candidates: [number, number][] = [[1, 0], [0, 2], [1, 3], [0, 0]];
    const table = await ablation.greedySet(model, rows, {
      metric,
      candidates,
      size: 3,
      until: -1,
      from,
    });
    const steps = table.toRecords() as Record<string, number>[];
    const mean = (values: number[]) => (values[0] + values[1]) / 2;
    assertEquals(steps.map(({ step }) => step), [0, 1, 2, 3]);
    assertAlmostEquals(steps[0].mean, mean(await slowly(model, rows, [])), 1e-4);
    const chosen: [number, number][] = [];
    for (const { layer, head, mean: found, share, n } of steps.slice(1)) {
      const means = await Promise.all(
        candidates.map(async (head) =>
          chosen.some(([l, h]) => l === head[0] && h === head[1])
            ? Infinity
            : mean(await slowly(model, rows, [...chosen, head], from))
        ),
      );
      const best = candidates[means.indexOf(Math.min(...means))];
      assertEquals([layer, head], best);
      assertAlmostEquals(found, Math.min(...means), 1e-4);
      chosen.push(best);
      const above = (await slowly(model, rows, chosen, from)).filter((value) => value > 0).length;
      assertEquals([share, n], [above / 2, 2]);
    }
  });
}

Deno.test("a search says which ablation and which step is under way", async () => {
  await using small = await smallModel("llama_single");
  const { model, A, B } = small;
  const said = new Set<string>();
  await ablation.greedySet(model, [A, B], {
    metric,
    candidates: [[0, 0], [1, 1]],
    size: 2,
    until: -1,
    kinds: ["zero", "resample"],
    onProgress: (event) => event && said.add(`${event.label.split(" in ")[0]}, ${event.note}`),
  });
  assertEquals([...said], [
    "zero ablation, step 1 of 2",
    "resample ablation, step 1 of 2",
    "zero ablation, step 2 of 2",
    "resample ablation, step 2 of 2",
  ]);
});

/** A metric by which zero and resample ablation alone, and one set carried on, find other heads. */
const telling = (logits: Float32Array, row: number) => 1 + row + logits[6] - logits[7];

Deno.test("with several kinds of ablation a head counts by the kind that leaves the metric highest", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const rows = [A, B];
  const reference = [B, A];
  const candidates = ablation.allHeads(model);
  const kinds = ["zero", "resample"] as const;
  const options = { metric: telling, candidates, size: 1, until: -1, kinds, reference, seed: 2 };
  const [, step] = (await ablation.greedySet(model, rows, options)).toRecords();
  const byHead = await Promise.all(
    candidates.map(async (head) =>
      await Promise.all(kinds.map(async (kind) => {
        const at = `blocks.${head[0]}.attn.hook_z`;
        const cache = await model.run(reference, { tap: at });
        const values = await Promise.all(rows.map(async (tokens, row) => {
          const edit = ablation.ablate([{ at, heads: [head[1]] }], {
            kind,
            reference: cache,
            rows: [tokens],
            seed: 2 + row,
          });
          const { logits } = await model.run([tokens], { edit, logits: [-1] });
          return telling(logits.data, row);
        }));
        return (values[0] + values[1]) / 2;
      }))
    ),
  );
  const means = byHead.map((byKind) => Math.max(...byKind));
  const best = means.indexOf(Math.min(...means));
  assertEquals([step.layer, step.head], candidates[best]);
  assertAlmostEquals(step.mean as number, means[best], 1e-4);
  for (const kind of kinds) {
    const [, alone] = (await ablation.greedySet(model, rows, { ...options, kinds: [kind] }))
      .toRecords();
    assertNotEquals(
      [alone.layer, alone.head],
      candidates[best],
      `${kind} alone takes another head`,
    );
  }
});

Deno.test("a search that carries all sets on finds the best pair of heads, which one set may miss", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const candidates = ablation.allHeads(model);
  const options = { metric: telling, candidates, size: 2, until: -1 };
  const pairs = candidates.flatMap((a, i) => candidates.slice(i + 1).map((b) => [a, b]));
  const values = tables.rowsOf(await ablation.silenceSets(model, A, pairs, { metric: telling }));
  const lowest = Math.min(...values.map(({ value }) => value));
  const wide = tables.rowsOf(await ablation.greedySet(model, A, { ...options, width: 6 }));
  assertEquals(wide.map(({ step }) => step), [0, 1, 2]);
  assertAlmostEquals(wide[2].mean, lowest, 1e-4);
  const narrow = tables.rowsOf(await ablation.greedySet(model, A, options));
  assert(narrow[2].mean > lowest + 1e-4, "one set carried on misses the pair");
  const shortlisted = tables.rowsOf(
    await ablation.greedySet(model, A, { ...options, shortlist: 1 }),
  );
  const [, first] = tables.rowsOf(await ablation.greedySet(model, A, { ...options, size: 1 }));
  assertEquals(shortlisted.length, 2, "the one head of the list is taken in the first step");
  assertEquals([shortlisted[1].layer, shortlisted[1].head], [first.layer, first.head]);
});

Deno.test("sets of heads are silenced together, and the empty set changes nothing", async () => {
  await using small = await smallModel("gpt2_full");
  const { model, A, B } = small;
  const sets: [number, number][][] = [[], [[0, 1], [1, 2]], [[1, 0]]];
  const table = await ablation.silenceSets(model, [A, B], sets, { metric });
  assertEquals(table.height, 6);
  for (const { set, row, value } of table.toRecords() as Record<string, number>[]) {
    assertAlmostEquals(value, (await slowly(model, [A, B], sets[set]))[row], 1e-4);
  }
});

Deno.test("heads named twice or from the end are one head, and no step has a head of before", async () => {
  await using small = await smallModel("llama_single");
  const { model, A } = small;
  const candidates = [[1, 3], [-1, -1], [1, 3], [0, 0]] as const;
  const table = await ablation.greedySet(model, A, { metric, candidates, size: 4, until: -1 });
  const steps = table.toRecords().slice(1).map(({ layer, head }) => `${layer}.${head}`);
  assertEquals(steps.sort(), ["0.0", "1.3"]);
  const sets = await ablation.silenceSets(model, A, [[[1, 3]], [[-1, -1]]], { metric });
  const [one, other] = sets.getColumn("value").toArray();
  assertEquals(one, other);
});

Deno.test("a search ends when enough is lost, and refuses heads that are not there", async () => {
  await using small = await smallModel("llama_single");
  const { model, A } = small;
  const options = { candidates: [[0, 0], [1, 1]] as const, size: 2 };
  const never = await ablation.greedySet(model, A, { ...options, metric: () => -1 });
  assertEquals(never.getColumn("share").toArray(), [0]);
  const missing = { metric, candidates: [[0, 9]] as const, size: 1 };
  await assertRejects(() => ablation.greedySet(model, A, missing), CircuitbookError, "head");
  await assertRejects(
    () => ablation.greedySet(model, A, { ...options, metric: () => NaN }),
    CircuitbookError,
    "NaN",
  );
  await assertRejects(
    () => ablation.greedySet(model, A, { ...options, metric, candidates: [] }),
    CircuitbookError,
    "empty list",
  );
});
