import { assert, assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError, countdown } from "circuitbook";
import * as contrastive from "circuitbook/studies/contrastive_steering";

const { sums, products } = contrastive.sumsAndProducts({ n: 60, seed: 3 });

Deno.test("pairs share their numbers, not their targets, and each solution is right and of its kind", () => {
  assertEquals([sums.length, products.length], [60, 60]);
  for (const [i, sum] of sums.entries()) {
    const product = products[i];
    assertEquals(sum.numbers, product.numbers);
    assert(sum.target !== product.target);
    assert(
      /^[\d +-]+$/.test(sum.solution!) && /^[\d +*-]+$/.test(product.solution!) &&
        product.solution!.includes("*"),
    );
    for (const one of [sum, product]) {
      assertEquals(
        countdown.score(`<answer> ${one.solution} </answer>`, one).correct,
        true,
        one.solution,
      );
      assert(one.target >= 1 && one.target <= 99);
    }
  }
});

Deno.test("no problem comes twice, and a seed's problems stay when more are asked for", () => {
  for (const list of [sums, products]) assertEquals(new Set(list.map(({ id }) => id)).size, 60);
  assertEquals(contrastive.sumsAndProducts({ n: 5, seed: 3 }), {
    sums: sums.slice(0, 5),
    products: products.slice(0, 5),
  });
  assertThrows(() => contrastive.sumsAndProducts({ n: 0.5 }), CircuitbookError, "found 0.5");
});
