import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, stats, tables } from "circuitbook";
import * as contrastive from "circuitbook/studies/contrastive_steering";
import pl from "nodejs-polars";

Deno.test("texts are judged with what stood before them, and keep their own columns", () => {
  const start = (id: string, before: string) => ({
    problem: {
      id,
      prompt: "",
      answer: "3",
      correct: (text: string) => text === "1 + 2 = 3. </think> 3",
    },
    tokens: [],
    before,
  });
  const table = tables.tableOf([
    { series: "v", row: 1, text: " </think> 3" },
    { series: "v", row: 0, text: "= 3" },
    { series: "w", row: 1, text: " </think> 4" },
  ]);
  const judged = contrastive.judged(table, [start("a", "2 + 2"), start("b", "1 + 2 = 3.")]);
  assertEquals(judged.toRecords(), [
    { series: "v", row: 1, text: " </think> 3", problem: "b", outcome: "ends", correct: true },
    { series: "v", row: 0, text: "= 3", problem: "a", outcome: "goes on", correct: false },
    { series: "w", row: 1, text: " </think> 4", problem: "b", outcome: "ends", correct: false },
  ]);
  assertThrows(() => contrastive.judged(table, []), CircuitbookError, "row 1");
});

Deno.test("texts are counted by group: what became of them, accuracy and length with intervals", () => {
  const texts = [
    { layer: 1, coefficient: 0, outcome: "ends", correct: true, tokens: 10, repeated: 0.5 },
    { layer: 1, coefficient: 1, outcome: "unclear", correct: false, tokens: 7, repeated: 0 },
    { layer: 1, coefficient: 0, outcome: "goes on", correct: false, tokens: 30, repeated: 0 },
    { layer: 1, coefficient: 0, outcome: "goes on", correct: true, tokens: 20, repeated: 0.1 },
  ];
  const [plain, steered] = contrastive.tally(pl.DataFrame(texts), ["layer", "coefficient"])
    .toRecords();
  assertEquals([
    plain.layer,
    plain.coefficient,
    plain.ends,
    plain["goes on"],
    plain.unclear,
    plain.n,
  ], [
    1,
    0,
    1 / 3,
    2 / 3,
    0,
    3,
  ]);
  const right = stats.wilson(2, 3);
  const length = stats.bootstrap([10, 30, 20]);
  assertEquals([plain.accuracy, plain.accuracyLow, plain.accuracyHigh], [
    right.value,
    right.low,
    right.high,
  ]);
  assertEquals([plain.tokens, plain.tokensLow, plain.tokensHigh], [
    length.value,
    length.low,
    length.high,
  ]);
  assertAlmostEquals(plain.repeated as number, 0.2);
  assertEquals([steered.unclear, steered.accuracy, steered.tokens, steered.n], [1, 0, 7, 1]);
  assertThrows(
    () => contrastive.tally(pl.DataFrame(texts).head(0), ["layer"]),
    CircuitbookError,
    "empty table",
  );
});
