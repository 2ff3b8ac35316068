import { assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, lens, Tensor } from "circuitbook";
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

Deno.test("a sentence about averaged Jacobians tells whether the error was reached, and what it is beside the distance from the identity", () => {
  const matrices = [[3, 4, 4, 3], [1, 2, 0, 1], [1, 0, 0, 1]].map((values) =>
    new Tensor(Float32Array.from(values), { output: 2, input: 2 })
  );
  const corpus = { model: "m", texts: 3, positions: 9, directions: 1, skip: 0, maxTokens: 9 };
  const said = (errors: (number | null)[], untilError?: number) =>
    verificationStudy.averagedOver(
      new lens.Jacobians(matrices, {
        ...corpus,
        errors,
        ...untilError === undefined ? {} : { untilError },
      }),
    );
  // The matrices have the norms √50 and √6, and are √40 and 2 from the identity: the errors are
  // .08 √50 / √40 = .089 and .06 √6 / 2 = .073 of these distances.
  const errors =
    "The error is at most 8 % of a matrix, and at most 8.9 % of the distance between " +
    "the matrix and the identity.";
  const until = (share: string) =>
    `Chains are read until the standard error of every layer's matrix is at most ${share} of the matrix`;
  assertEquals(said([0.08, 0.06, 0], 0.08), `${until("8 %")}, which takes 3 chains. ${errors}`);
  assertEquals(
    said([0.08, 0.06, 0], 0.075),
    `${until("7.5 %")}, or until there are no more: 3 chains did not suffice. ${errors}`,
  );
  assertEquals(
    said([null, null, 0], 0.5),
    `${until("50 %")}, or until there are no more: 3 chains did not suffice.`,
  );
  const plain = "The average is over 3 chains, each in 1 of 2 directions of the last layer.";
  assertEquals(said([0.08, 0.06, 0]), `${plain} ${errors}`);
  assertEquals(said([null, null, 0]), plain);
});
