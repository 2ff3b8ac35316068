import { assertEquals } from "@std/assert";
import * as verificationStudy from "circuitbook/studies/verification";

/** As the source prints them. */
const printed = `
L3 H13, L4 H5, L4 H0, L5 H9, L5 H14, L10 H0, L10 H5, L11 H8,
L12 H3, L13 H6, L13 H3, L15 H8, L15 H4, L17 H14, L17 H13, L17 H11,
L17 H10, L17 H9, L17 H3, L17 H1, L19 H13, L19 H8, L21 H7, L21 H14,
L21 H2, L22 H14, L22 H12, L25 H14, L25 H11,
`;

Deno.test("the published heads are those of the source's list, for models of its shape alone", () => {
  const expected = [...printed.matchAll(/L(\d+) H(\d+)/g)].map((
    [, layer, head],
  ) => [Number(layer), Number(head)]);
  assertEquals(
    verificationStudy.publishedHeads({ layers: 36, heads: 16 }),
    expected as [number, number][],
  );
  assertEquals(verificationStudy.publishedHeads({ layers: 36, heads: 32 }), undefined);
  assertEquals(verificationStudy.publishedHeads({ layers: 28, heads: 16 }), undefined);
});
