import { assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, ledger, sharesView, wilson } from "circuitbook";

const finding = { section: "Steering", said: "It works.", there: 20, holds: true, why: "Because." };

Deno.test("a ledger keeps claims in order, with the numbers of estimates", () => {
  const part = ledger("Part I");
  part.add("steer", wilson(9, 10), finding).add("layers", "5 of 8", { ...finding, there: undefined, holds: null });
  const [steer, layers] = part.claims.list;
  const { low, high } = wilson(9, 10);
  assertEquals([steer.source, steer.value, steer.n, steer.interval], ["Part I, Steering", 0.9, 10, [low, high]]);
  assertEquals([layers.value, layers.n, layers.interval, layers.sourceValue], ["5 of 8", null, null, null]);
});

Deno.test("a claim that is noted again replaces the first, as when a cell is run twice", () => {
  const part = ledger("Part I").add("a", 1, finding).add("b", 2, finding).add("a", 3, finding);
  assertEquals(part.claims.list.map(({ id, value }) => [id, value]), [["a", 3], ["b", 2]]);
});

Deno.test("a claim without words is refused, and not kept", () => {
  const part = ledger("Part I");
  assertThrows(() => part.add("a", 1, { ...finding, said: "" }), CircuitbookError, "statement");
  assertEquals(part.claims.list, []);
});

Deno.test("shares are shown as per cent with their interval", () => {
  const { text } = sharesView([{ series: "W[1]", share: 1, low: 0.963, high: 1, n: 100 }]);
  assertEquals(text.split("\n")[1], "W[1]\t100 %\t96.3 to 100 %\t100");
});
