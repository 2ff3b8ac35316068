import { assertAlmostEquals, assertEquals, assertMatch } from "@std/assert";
import * as verificationStudy from "circuitbook/studies/verification";

/**
 * Returns rows of ten pairs: `kept` of them are called right without random heads, none without
 * these heads.
 */
function rowsWith(kept: number): (verificationStudy.AbilityWithout & object)[] {
  return Array.from({ length: 10 }, (_, pair) => [
    { pair, without: "nothing", draw: 0, called: pair > 0 },
    { pair, without: "these heads", draw: 0, called: false },
    ...[0, 1].map((draw) => ({ pair, without: "random heads", draw, called: pair < kept })),
  ]).flat();
}

Deno.test("a loss is told from the whole model and from random heads", () => {
  const columns = { of: "called", over: "pair" };
  const { fromIntact, fromRandom, untestable } = verificationStudy.lossWithout(
    rowsWith(6),
    columns,
  );
  assertAlmostEquals(fromIntact.value, -0.9);
  assertAlmostEquals(fromRandom.value, -0.6);
  assertEquals([fromIntact.draws, fromRandom.draws, fromRandom.n, untestable], [
    undefined,
    2,
    10,
    undefined,
  ]);
});

Deno.test("where random heads leave less than half of what the model can do, the heads cannot be tested", () => {
  const columns = { of: "called", over: "pair" };
  assertMatch(verificationStudy.lossWithout(rowsWith(4), columns).untestable!, /leave 44 % of/);
  assertEquals(verificationStudy.lossWithout(rowsWith(5), columns).untestable, undefined);
  const unable = rowsWith(0).map((row) => ({ ...row, called: false }));
  assertMatch(
    verificationStudy.lossWithout(unable, columns).untestable!,
    /whole model does not have the ability \(in 10 cases\)/,
  );
});
