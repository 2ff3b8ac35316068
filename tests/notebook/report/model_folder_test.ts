import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { modelFolder } from "../../../lib/notebook/report/model_folder.ts";

Deno.test("a model's folder is its name, and a Hub id without its slash", () => {
  assertEquals(modelFolder("countdown-r1"), "countdown-r1");
  assertEquals(modelFolder("Qwen/Qwen2.5-3B"), "Qwen--Qwen2.5-3B");
});

Deno.test("paths with one last part have two folders, and an adapter has one of its own", () => {
  const [a, b] = ["/runs/a/final", "/runs/b/final"].map((path) => modelFolder(path));
  assertMatch(a, /^final-[0-9a-f]{8}$/);
  assertNotEquals(a, b);
  const merged = modelFolder("countdown-r1", "/runs/a/final");
  assertEquals(merged, `countdown-r1+${a}`);
});

Deno.test("whatever a path holds, its folder is one plain part of a path", () => {
  const paths = [
    "/",
    "/..",
    "/a/..b c&<>\n",
    "/a/ö ü",
    "/a/.hidden",
    `/${"x".repeat(300)}`,
    "../x",
  ];
  const folders = paths.map((path) => modelFolder(path));
  for (const folder of folders) assertMatch(folder, /^[A-Za-z0-9_][\w.-]{0,80}$/);
  assertEquals(new Set(folders).size, paths.length);
});
