import * as verificationStudy from "circuitbook/studies/verification";
import { assertEquals } from "@std/assert";

const good = {
  verdict: "this",
  statesTarget: true,
  statesTruth: true,
  usesNumbersOnce: true,
  stated: 46,
};
const missed = { ...good, verdict: "not", statesTarget: false, stated: 52 };
const outcomeOf = verificationStudy.chainOutcome;

Deno.test("a right result that is passed once counts as not recognised, even if it is recognised later", () => {
  assertEquals(outcomeOf([missed, good]), "recognised");
  assertEquals(outcomeOf([{ ...good, verdict: "not" }, good]), "not recognised");
});

Deno.test("a result that only states the target is no right result", () => {
  assertEquals(outcomeOf([{ ...good, statesTruth: false }]), "wrong arithmetic");
  assertEquals(outcomeOf([{ ...good, usesNumbersOnce: false }]), "copied wrongly");
});

Deno.test("copying comes before arithmetic, arithmetic before the range of results", () => {
  const copied = { ...missed, usesNumbersOnce: false };
  const wrong = { ...missed, statesTruth: false };
  const far = { ...missed, stated: -1200 };
  assertEquals(outcomeOf([far, wrong, copied]), "copied wrongly");
  assertEquals(outcomeOf([far, wrong]), "wrong arithmetic");
  assertEquals(outcomeOf([missed, far]), "out of range");
  assertEquals(outcomeOf([missed]), "not reached");
  assertEquals(outcomeOf([]), "not reached");
});
