import { ablation, CircuitbookError, loadModel, maxOfList, steering, tables } from "circuitbook";
import * as maxOfListStudy from "circuitbook/studies/max_of_list";
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { logitsByHand } from "../../tasks/max_of_list/by_hand.ts";

const model = await loadModel("max-of-list", { device: "cpu" });
const lists = maxOfList.lists({ n: 10, seed: 8, uniform: "maximum" });
const answer = (logits: readonly number[]) => logits.indexOf(Math.max(...logits));

Deno.test("silencing every set of heads gives what the weights say by hand", async () => {
  const table = (await maxOfListStudy.withoutHeads(model, lists)).toRecords();
  assertEquals(table.length, 15 * lists.length);
  for (const { silenced, kept, size, row, right, ahead } of table) {
    const heads = String(silenced).split(" ").map((name) => Number(name.slice(1)));
    const others = kept === "none"
      ? []
      : String(kept).split(" ").map((name) => Number(name.slice(1)));
    assertEquals([...heads, ...others].sort(), [0, 1, 2, 3]);
    const { tokens, digits, maximum } = lists[Number(row)];
    assertEquals([size, right], [
      heads.length,
      Number(answer(await logitsByHand(model, tokens, { silenced: heads })) === maximum),
    ]);
    const next = [...digits].sort((a, b) => b - a).find((digit) => digit < maximum);
    assertEquals(ahead, next === undefined ? null : maximum - next);
  }
});

Deno.test("scaled and cut scores act before the softmax, in the chosen heads alone", async () => {
  const [row] = maxOfList.lists({ n: 1, seed: 4 });
  const seen: number[][] = [];
  const options = {
    queries: [-1],
    keys: [maxOfList.maximumAt([row])[0]],
    scales: [0, 0.3, "cut"] as const,
  };
  const sets = [[[0, 1]], [[0, 0], [0, 2]]] as const;
  const metric = (logits: Float32Array) => seen.push([...logits]);
  const table = await ablation.scaleEdges(model, [[...row.tokens]], sets, { ...options, metric });
  assertEquals(table.getColumn("scale").toArray(), [0, 0.3, null, 0, 0.3, null]);
  const keys = new Set<number>(options.keys[0]);
  for (const [index, heads] of [[1], [1], [1], [0, 2], [0, 2], [0, 2]].entries()) {
    const scale = options.scales[index % 3];
    const expected = await logitsByHand(model, row.tokens, {
      score: (value, head, key) =>
        !heads.includes(head) || !keys.has(key)
          ? value
          : scale === "cut"
          ? -Infinity
          : value * scale,
    });
    expected.forEach((value, token) => assertAlmostEquals(seen[index][token], value, 1e-2));
  }
});

Deno.test("scales are refused without a list of keys for each prompt", async () => {
  const options = { metric: () => 0, queries: [5], keys: [], scales: [0] };
  await assertRejects(
    () => ablation.scaleEdges(model, "12345ANS", [[[0, 0]]], options),
    CircuitbookError,
    "found 0",
  );
});

Deno.test("shares of the logit are those by which it changes without the part", async () => {
  const shares = await maxOfListStudy.logitShares(model, lists);
  assertAlmostEquals(shares.getColumn("share").sum(), 1, 1e-4);
  // Without norm and MLP, what a head adds is what is missing without it.
  let total = 0;
  const lost = [0, 0, 0, 0];
  for (const { tokens, maximum } of lists) {
    const whole = (await logitsByHand(model, tokens))[maximum];
    total += whole;
    for (const head of lost.keys()) {
      lost[head] += whole - (await logitsByHand(model, tokens, { silenced: [head] }))[maximum];
    }
  }
  for (const { head, share } of tables.numberRows(shares).filter((row) => row.head !== undefined)) {
    assertAlmostEquals(share, lost[head] / total, 1e-3);
  }
});

Deno.test("what ANS reads is score, cosine and lengths that fit each other and the run", async () => {
  const table = tables.numberRows(await maxOfListStudy.reading(model, lists));
  const scores = await model.run(maxOfList.tokensOf(lists), {
    tap: "blocks.0.attn.hook_attn_scores",
    positions: [-1],
  });
  const { data } = scores.get("blocks.0.attn.hook_attn_scores");
  for (const { row, position, digit, head, score, cosine } of table) {
    assertEquals(digit, lists[row].digits[position]);
    assertAlmostEquals(score, data[(row * 4 + head) * 6 + position], 1e-2);
    assert(Math.abs(cosine) <= 1 + 1e-6 && Math.sign(cosine) === Math.sign(score));
  }
});

Deno.test("groups of heads are found where one of each is enough and two of one are not", () => {
  const pairs = ["H0 H1", "H0 H2", "H0 H3", "H1 H2", "H1 H3", "H2 H3"];
  const rows = pairs.flatMap((silenced) =>
    Array.from(
      { length: 40 },
      () => ({ silenced, right: silenced !== "H0 H2" && silenced !== "H1 H3" }),
    )
  );
  const [best, ...others] = maxOfListStudy.groupings(rows).toRecords();
  assertEquals([best.groups, best.across, best.within], ["{H0, H2}, {H1, H3}", 1, 0]);
  assert(others.every(({ gap }) => Number(gap) === -1));
});

Deno.test("answers are back where they stay right, not where they are right in passing", () => {
  const shares = { H0: [1, 0.5, 1, 1], H1: [0, 0, 0, 0.5], H2: [1, 1, 1, 1], H3: [0, 0, 0, 1] };
  const rows = Object.entries(shares).flatMap(([series, own]) =>
    own.flatMap((share, i) =>
      [0, 1].map((row) => ({ series, scale: [0, 0.1, 0.2, 1][i], right: Number(row < 2 * share) }))
    )
  );
  const cut = Object.keys(shares).map((series) => ({ series, scale: null, right: 0 }));
  assertEquals(maxOfListStudy.comesBack([...cut, ...rows.toReversed()]).toRecords(), [
    { series: "H3", back: 1 },
    { series: "H2", back: 0 },
    { series: "H1", back: Infinity },
    { series: "H0", back: 0.2 },
  ]);
  assertEquals(maxOfListStudy.comesBack(rows, { enough: 0.5 }).toRecords()[1], {
    series: "H1",
    back: 1,
  });
});

Deno.test("notes are verdicts on one model", async () => {
  const table =
    (await maxOfListStudy.notes(model, maxOfList.lists({ n: 40, seed: 1, uniform: "maximum" })))
      .toRecords();
  const found = new Map(
    table.map(({ note, value, holds }) => [note, { value: Number(value), holds }]),
  );
  // The mean of the five digits' embeddings, by hand.
  const { data } = await model.weight("positions.weight");
  const size = model.architecture.dModel;
  const shift = Array.from(
    { length: size },
    (_, i) => [0, 1, 2, 3, 4].reduce((sum, position) => sum + data[position * size + i] / 5, 0),
  );
  const still = await maxOfList.answers(
    model,
    maxOfList.lists({ n: 40, seed: 1, uniform: "maximum" }),
    { edit: { at: "hook_pos_embed", positions: [0, 1, 2, 3, 4], scale: 0, shift } },
  );
  assertAlmostEquals(found.get("positions matter")!.value, still.getColumn("right").mean(), 1e-9);
  const { value, holds } = found.get("one head dominates")!;
  assertEquals(holds, value > 0.5);
  const at = "blocks.0.attn.hook_k";
  const few = maxOfList.lists({ n: 40, seed: 1, uniform: "maximum" });
  const keys = (await model.run(maxOfList.tokensOf(few), { tap: at })).get(at);
  const directed = await maxOfList.answers(model, few, { edit: steering.equalLengths(at, keys) });
  assertAlmostEquals(
    found.get("not by direction")!.value,
    directed.getColumn("right").mean(),
    1e-9,
  );
  const cosines = (await maxOfListStudy.embeddingCosines(model)).toRecords().filter(({ of }) =>
    of === "positions"
  );
  const similar = cosines.reduce((sum, { cosine }) => sum + Number(cosine), 0) / 10;
  assertAlmostEquals(found.get("similar positions")!.value, similar, 1e-9);
  assertEquals(table.length, 21);
});
