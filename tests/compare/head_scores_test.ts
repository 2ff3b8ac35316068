import { CircuitbookError, compare, countdown, knockOut, loadModel, tables } from "circuitbook";
import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";

const model = await loadModel("countdown-r1", { device: "cpu" });
const [answer, against] = ["this", "not"].map((word) => model.tokenizer.idOf(word));
const prompts = countdown.matchedPairs(model.tokenizer, { n: 2, seed: 2, template: "short" }).pairs
  .map(({ correct, positions: { digits, open, target } }) => {
    return {
      tokens: correct,
      queries: [...digits, open],
      keys: target,
      from: target[target.length - 1] + 1,
    };
  });

Deno.test("the scores of a head are its attention, what is lost without it, and what it writes, measured one by one", async () => {
  const table = tables.numberRows(await compare.headScores(model, prompts, { answer, against }));
  assertEquals(table.length, 48);
  const unembedding = await model.unembedding();
  const gain = await model.weight("model.norm.weight");
  const dModel = 192;
  const direction = Array.from(
    { length: dModel },
    (_, i) =>
      (unembedding.data[answer * dModel + i] - unembedding.data[against * dModel + i]) *
      gain.data[i],
  );
  for (const [layer, head] of [[1, 3], [7, 4]]) {
    const sums = { attention: 0, effect: 0, direct: 0 };
    for (const { tokens, queries, keys, from } of prompts) {
      const [pattern, result] = [
        `blocks.${layer}.attn.hook_pattern`,
        `blocks.${layer}.attn.hook_result`,
      ];
      const tap = [pattern, result, "ln_final.hook_scale"];
      const cache = await model.run([tokens], { tap, logits: [-1] });
      const difference = ({ logits: { data } }: typeof cache) => data[answer] - data[against];
      for (const query of queries) {
        const own = cache.get(pattern).slice({ batch: 0, head, query }).data;
        sums.attention += keys.reduce((sum, key) => sum + own[key], 0) / queries.length /
          prompts.length;
      }
      const edited = await model.run([tokens], {
        logits: [-1],
        edit: knockOut([[layer, head]], { positions: { from } }),
      });
      sums.effect += (difference(edited) - difference(cache)) / prompts.length;
      const written = cache.get(result).slice({ batch: 0, position: -1, head }).data;
      const scale = cache.get("ln_final.hook_scale").slice({ position: [-1] }).data[0];
      sums.direct += direction.reduce((sum, value, i) => sum + value * written[i], 0) / scale /
        prompts.length;
    }
    const found = table.find((row) => row.layer === layer && row.head === head)!;
    for (const name of ["attention", "effect", "direct"] as const) {
      assertAlmostEquals(found[name], sums[name], 2e-3, `L${layer}H${head} ${name}`);
    }
    assertEquals([found.low <= found.effect, found.effect <= found.high, found.n], [true, true, 2]);
  }
});

Deno.test("tokens and options that do not exist are refused", async () => {
  const refused = (options: object, part: string) =>
    assertRejects(
      () => compare.headScores(model, prompts, { answer, against, ...options }),
      CircuitbookError,
      part,
    );
  await refused({ answers: 3 }, '"answer"');
  await refused({ against: 574 }, "574");
});
