import { assertEquals } from "@std/assert";
import { kept } from "../../lib/checkpoint/kept.ts";

Deno.test("a result is computed once for an identity, whatever the order of its parts", async () => {
  const cacheFolder = await Deno.makeTempDir();
  try {
    let computed = 0;
    const ask = (identity: Record<string, string | number>) =>
      kept("sums", identity, () => Promise.resolve(++computed), { cacheFolder });
    const first = await ask({ weights: "a", seed: 1 });
    assertEquals(await ask({ seed: 1, weights: "a" }), first);
    assertEquals((await ask({ weights: "b", seed: 1 })).result, 2);
    assertEquals(computed, 2);
    // Results lie in the library's own folder of the cache, beside the models of other tools.
    const files = await Array.fromAsync(Deno.readDir(`${cacheFolder}/circuitbook/sums`));
    assertEquals(files.length, 2);
  } finally {
    await Deno.remove(cacheFolder, { recursive: true });
  }
});
