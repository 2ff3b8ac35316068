import { assertEquals, assertThrows } from "@std/assert";
import { CircuitbookError } from "circuitbook";
import { smallModel } from "../models.ts";

Deno.test("rows are counted from the end as well, and a row that is not there is refused", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A, B } = small;
  const at = "blocks.0.hook_resid_post";
  const cache = await model.run([A, B], { tap: at });
  const last = cache.row(-1);
  assertEquals(last.tokens, [B]);
  assertEquals(last.get(at).data, cache.row(1).get(at).data);
  assertEquals(last.get(at).size("position"), B.length);
  assertThrows(() => cache.row(2), CircuitbookError, "row");
});

Deno.test("layers stand in their order, in whatever order they were tapped", async () => {
  await using small = await smallModel("qwen2_grouped");
  const { model, A } = small;
  const tap = ["blocks.1.hook_resid_post", "blocks.0.hook_resid_post"];
  const cache = await model.run([A], { tap });
  const layers = cache.layers("blocks.*.hook_resid_post");
  assertEquals(layers.slice({ layer: 0 }).data, cache.get(tap[1]).data);
});
