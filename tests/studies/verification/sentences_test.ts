import { assertThrows } from "@std/assert";
import { CircuitbookError } from "circuitbook";
import * as verificationStudy from "circuitbook/studies/verification";

Deno.test("a sentence about nothing is refused in words", () => {
  const words = { right: [1], wrong: [2] };
  const sentences: Record<string, () => unknown> = {
    estimate: () => verificationStudy.strongestPlaces([], []),
    MLP: () => verificationStudy.strongestMlp([], 1),
    direction: () => verificationStudy.nearestWriting([], 0.1),
    "token that a head writes": () => verificationStudy.spokenWriting([], words),
  };
  for (const [what, say] of Object.entries(sentences)) {
    assertThrows(say, CircuitbookError, `Expected at least one ${what} but found none.`);
  }
  assertThrows(() => verificationStudy.linearityOf([]), CircuitbookError, "found none");
});
