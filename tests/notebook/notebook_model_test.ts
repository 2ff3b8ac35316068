import { assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { notebookModel } from "circuitbook";

const folder = fromFileUrl(new URL("../../data/models/countdown-base", import.meta.url));

Deno.test("a notebook's model is its own unless CIRCUITBOOK_MODEL names another", async () => {
  const before = Deno.env.get("CIRCUITBOOK_MODEL");
  try {
    Deno.env.set("CIRCUITBOOK_MODEL", folder);
    assertEquals((await notebookModel("countdown-r1", { device: "cpu" })).name, folder);
    Deno.env.set("CIRCUITBOOK_MODEL", "");
    assertEquals((await notebookModel("countdown-r1", { device: "cpu" })).name, "countdown-r1");
    Deno.env.set("CIRCUITBOOK_MODEL", "./no-such-folder");
    await assertRejects(() => notebookModel("countdown-r1"), Error, "no-such-folder");
  } finally {
    if (before === undefined) Deno.env.delete("CIRCUITBOOK_MODEL");
    else Deno.env.set("CIRCUITBOOK_MODEL", before);
  }
});
