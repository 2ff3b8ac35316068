import { assertEquals, assertRejects } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { notebook } from "circuitbook";
import { hasAttribute } from "../../lib/model/families/ignored.ts";

const folder = fromFileUrl(new URL("../../data/models/countdown-base", import.meta.url));

/** Runs a test under values of the environment variables, and puts back what was there. */
async function withVariables(
  test: (set: (model: string, base: string) => void) => Promise<void>,
): Promise<void> {
  const names = ["CIRCUITBOOK_MODEL", "CIRCUITBOOK_BASE"];
  const before = names.map((name) => Deno.env.get(name));
  try {
    await test((...values) => names.forEach((name, i) => Deno.env.set(name, values[i])));
  } finally {
    names.forEach((name, i) =>
      before[i] === undefined ? Deno.env.delete(name) : Deno.env.set(name, before[i])
    );
  }
}

Deno.test("a notebook's model is its own unless CIRCUITBOOK_MODEL names another", async () => {
  await withVariables(async (set) => {
    set(folder, "");
    assertEquals((await notebook.model("countdown-r1", { device: "cpu" })).name, folder);
    set("", "");
    assertEquals(
      (await notebook.model("countdown-r1", { device: "cpu" })).name,
      "countdown-r1",
    );
    set("./no-such-folder", "");
    await assertRejects(() => notebook.model("countdown-r1"), Error, "no-such-folder");
  });
});

Deno.test("a notebook's model is loaded without the attributes that CIRCUITBOOK_IGNORE_CONFIG names", async () => {
  const before = Deno.env.get("CIRCUITBOOK_IGNORE_CONFIG");
  try {
    Deno.env.set("CIRCUITBOOK_IGNORE_CONFIG", "no_such_attribute");
    await assertRejects(() => notebook.model("countdown-r1"), Error, "no_such_attribute");
    await assertRejects(() => notebook.baseModel("countdown-base"), Error, "no_such_attribute");
  } finally {
    if (before === undefined) Deno.env.delete("CIRCUITBOOK_IGNORE_CONFIG");
    else Deno.env.set("CIRCUITBOOK_IGNORE_CONFIG", before);
  }
});

Deno.test("an attribute is ignored in whichever of model and base has it, and refused if neither has it", async () => {
  const odd = await Deno.makeTempDir();
  const before = Deno.env.get("CIRCUITBOOK_IGNORE_CONFIG");
  try {
    const from = "tests/data/checkpoints/llama_single";
    for (const file of ["model.safetensors", "tokenizer.json", "generation_config.json"]) {
      await Deno.copyFile(`${from}/${file}`, `${odd}/${file}`);
    }
    const config = JSON.parse(await Deno.readTextFile(`${from}/config.json`));
    await Deno.writeTextFile(`${odd}/config.json`, JSON.stringify({ ...config, logit_scale: 2 }));
    const load = { device: "cpu" } as const;
    await withVariables(async (set) => {
      for (const [model, base] of [[odd, from], [from, odd], [odd, odd]]) {
        set(model, base);
        Deno.env.set("CIRCUITBOOK_IGNORE_CONFIG", "logit_scale");
        const both = [await notebook.model("x", load), await notebook.baseModel("x", load)];
        assertEquals(both.map(({ name }) => name), [model, base]);
        assertEquals(both.map(({ checkpoint }) => hasAttribute(checkpoint.config, "logit_scale")), [
          false,
          false,
        ]);
        for (const model of both) await model.dispose();
        Deno.env.set("CIRCUITBOOK_IGNORE_CONFIG", "logit_scale,no_such_attribute");
        for (const open of [notebook.model, notebook.baseModel]) {
          await assertRejects(() => open("x", load), Error, "no_such_attribute");
        }
      }
    });
  } finally {
    if (before === undefined) Deno.env.delete("CIRCUITBOOK_IGNORE_CONFIG");
    else Deno.env.set("CIRCUITBOOK_IGNORE_CONFIG", before);
    await Deno.remove(odd, { recursive: true });
  }
});

Deno.test("a notebook's base is its own unless CIRCUITBOOK_BASE names another, which another model needs", async () => {
  await withVariables(async (set) => {
    set("", folder);
    assertEquals((await notebook.baseModel("countdown-r1", { device: "cpu" })).name, folder);
    set("countdown-r1", "");
    assertEquals(
      (await notebook.baseModel("countdown-base", { device: "cpu" })).name,
      "countdown-base",
    );
    for (const other of ["Some/Model", "max-of-list"]) {
      set(other, "");
      await assertRejects(() => notebook.baseModel("countdown-base"), Error, "CIRCUITBOOK_BASE");
      assertEquals(await notebook.baseModelName("countdown-base"), undefined);
    }
    set("Some/Model", "./no-such-folder");
    await assertRejects(() => notebook.baseModel("countdown-base"), Error, "no-such-folder");
  });
});
