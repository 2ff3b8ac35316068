import { assertEquals } from "@std/assert";
import { LeastRecentlyUsed } from "../../lib/model/engine/least_recently_used.ts";

Deno.test("kept values are bounded by their number and by their size, the longest unused first", async () => {
  const dropped: string[] = [];
  const kept = new LeastRecentlyUsed<{ name: string; bytes: number }>(
    { count: 3, bytes: 100 },
    ({ bytes }) => bytes,
    ({ name }) => Promise.resolve(void dropped.push(name)),
  );
  const use = (name: string, bytes: number) =>
    kept.use(name, () => Promise.resolve({ name, bytes }), (value) => Promise.resolve(value));
  await use("a", 10);
  await use("b", 20);
  await use("c", 30);
  await use("a", 10);
  assertEquals(dropped, []);
  await use("d", 10);
  assertEquals(dropped, ["b"], "three at most");
  await use("e", 60);
  assertEquals(dropped, ["b", "c"]);
  const large = await use("f", 90);
  assertEquals(dropped, ["b", "c", "a", "d", "e"], "the sizes together are at most 100");
  large.bytes = 500;
  await use("f", 500);
  assertEquals(dropped.includes("f"), false, "one value may exceed the limit");
  await kept.clear();
  assertEquals(dropped.at(-1), "f");
});
