import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { dirname, join } from "@std/path";
import pl from "nodejs-polars";
import { CircuitbookError, loadModel, memo, tables, Tensor } from "circuitbook";
import { captured } from "./captured.ts";
import { keepsOne } from "./keeps_one.ts";

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The files of all kept results, by name. */
async function filesIn(folder: string, name: string): Promise<string[]> {
  const files: string[] = [];
  for await (const result of Deno.readDir(join(folder, name))) {
    const inner = join(folder, name, result.name);
    for await (const file of Deno.readDir(inner)) files.push(join(inner, file.name));
  }
  return files.sort();
}

Deno.test("a result of every kind comes back from the disk as it was computed", async () => {
  await withFolder(async (folder) => {
    const result = {
      table: tables.tableOf([{ layer: 0, effect: 0.1, name: "a" }, {
        layer: 1,
        effect: null,
        name: "b",
      }]),
      tensor: new Tensor(new Float32Array([1, NaN, -0, 0.1]), { layer: 2, head: 2 }),
      tokens: new Tensor(new Int32Array([3, 1]), { position: 2 }),
      numbers: [1, 0.1, -0, NaN, Infinity, -Infinity, 2 ** 53],
      nothing: [null, undefined],
      big: 10n,
      words: new Map([["a", new Set(["b"])]]),
      array: new Float64Array([1 / 3]),
      date: new Date(0),
      "$kind": "no kind",
    };
    let computed = 0;
    const ask = () => memo("kinds", { n: 1 }, () => (computed++, result), { folder });
    await ask();
    const { said } = await captured(async () => {
      const { table, ...others } = await ask();
      const { table: expected, ...same } = result;
      assertEquals(others, same);
      assertEquals(tables.rowsOf(table), tables.rowsOf(expected));
      assertEquals(table.schema, expected.schema);
      assert(Object.is(others.numbers[2], -0) && Object.is(others.tensor.data[2], -0));
    });
    assertEquals(computed, 1);
    assertMatch(said[0], /^kinds: kept from \d{4}-\d\d-\d\d \d\d:\d\d UTC, when it took /);
    const names = (await filesIn(folder, "kinds")).map((path) => path.split("/").at(-1));
    assertEquals(names, ["entry.json", "table-0.parquet", "tensors.safetensors"]);
    assertEquals(pl.readParquet(join(folder, "kinds", ...await only(folder), names[1]!)).height, 2);
  });
});

/** The name of the only kept result of "kinds". */
async function only(folder: string): Promise<[string]> {
  const [path] = await filesIn(folder, "kinds");
  return [dirname(path).split("/").at(-1)!];
}

Deno.test("the cache of a run comes back with its tokens", async () => {
  await withFolder(async (folder) => {
    const model = await loadModel("max-of-list");
    const run = (text: string) =>
      memo("run", { model, text }, () => model.run(text, { tap: "blocks.*.hook_resid_post" }), {
        folder,
      });
    const [first, second] = [await run("27115ANS"), await run("27115ANS")];
    assert(first !== second);
    assertEquals(second.names, first.names);
    assertEquals(second.tokens, first.tokens);
    assertEquals(second.get(second.names[0]), first.get(first.names[0]));
  });
});

Deno.test("another model, another input or another function computes anew, and says why", async () => {
  await withFolder(async (folder) => {
    const [model, other] = [await loadModel("max-of-list"), await loadModel("max-of-list-seeds/3")];
    const size = (inputs: Record<string, unknown>) => memo("size", inputs, () => 1, { folder });
    const why = async (work: () => Promise<unknown>) => (await captured(work)).warned;
    assertEquals(await why(() => size({ model, n: 1 })), []);
    assertMatch(
      (await why(() => size({ model: other, n: 1 })))[0],
      /because the input "model" changed/,
    );
    assertMatch(
      (await why(() => size({ model: other, n: 2 })))[0],
      /because the input "n" changed/,
    );
    const changed = () => memo("size", { model: other, n: 2 }, () => 2, { folder });
    assertMatch(
      (await why(changed))[0],
      /^size: computed anew, because the function changed since /,
    );
    assertEquals(await changed(), 2);
    assertEquals(await why(() => size({ n: 1, model })), [], "the order of inputs is no input");
  });
});

Deno.test("inputs count by their content", async () => {
  await withFolder(async (folder) => {
    let computed = 0;
    const ask = (input: unknown) => memo("content", { input }, () => ++computed, { folder });
    const inputs = [
      0,
      -0,
      "0",
      [0],
      [[0]],
      [0, undefined],
      { a: 0 },
      new Map([["a", 0]]),
      new Set([0]),
      new Float32Array([0]),
      new Int32Array([0]),
      new Tensor(new Float32Array([0]), { a: 1 }),
      new Tensor(new Float32Array([0]), { b: 1 }),
      pl.DataFrame({ a: [0] }),
      pl.DataFrame({ b: [0] }),
      null,
      undefined,
      new Date(0),
      ["ab", "c"],
      ["a", "bc"],
    ];
    await captured(async () => {
      for (const input of inputs) await ask(input);
      assertEquals(computed, inputs.length, "each is another result");
      assertEquals(await ask({ a: 0 }), 7);
      assertEquals(await ask(pl.DataFrame({ a: [0] })), 14);
    });
  });
});

Deno.test("results of another version of the library are not used, and are removed", async () => {
  await withFolder(async (folder) => {
    const ask = () => memo("old", { n: 1 }, () => 5, { folder });
    await ask();
    const [manifest] = await filesIn(folder, "old");
    const { content } = JSON.parse(await Deno.readTextFile(manifest));
    const library = JSON.parse(content).parts.library;
    const older = content.replace(library, "0".repeat(64));
    const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(older));
    const elsewhere = join(folder, "old", "0123");
    await Deno.rename(dirname(manifest), elsewhere);
    await Deno.writeTextFile(
      join(elsewhere, "entry.json"),
      JSON.stringify({ digest: new Uint8Array(bytes).toHex(), content: older }),
    );
    const { warned } = await captured(ask);
    assertMatch(warned[0], /^old: computed anew, because the library changed since /);
    assertEquals(await filesIn(folder, "old"), [manifest]);
  });
});

Deno.test("whatever file of a result is damaged, the result is computed anew, and this is said", async () => {
  await withFolder(async (folder) => {
    let computed = 0;
    const compute = () => {
      computed++;
      return {
        tensor: new Tensor(new Float32Array([1, 2]), { a: 2 }),
        table: pl.DataFrame({ a: [1] }),
      };
    };
    const ask = () => memo("damage", {}, compute, { folder });
    await ask();
    const files = await filesIn(folder, "damage");
    assertEquals(files.length, 3);
    const damages = [
      (path: string, bytes: Uint8Array) => Deno.writeFile(path, bytes.slice(0, -1)),
      (path: string, bytes: Uint8Array) =>
        Deno.writeFile(path, bytes.with(bytes.length - 2, bytes.at(-2)! ^ 1)),
      (path: string) => Deno.remove(path),
      (path: string) => Deno.writeFile(path, new Uint8Array()),
    ];
    for (const path of files) {
      for (const damage of damages) {
        const before = computed;
        await damage(path, await Deno.readFile(path));
        const { warned } = await captured(async () => {
          assertEquals([...(await ask()).tensor.data], [1, 2]);
        });
        assertEquals(computed, before + 1, path);
        assertMatch(warned[0], /^damage: the kept result is damaged \(.*\) and is computed anew/);
        assertEquals((await captured(ask)).warned, [], "it is whole again");
      }
    }
  });
});

Deno.test("processes that keep one result at once leave one whole result", async () => {
  await withFolder(async (folder) => {
    const script = join(import.meta.dirname!, "keeps_one.ts");
    const runs = Array.from({ length: 3 }, () =>
      new Deno.Command(Deno.execPath(), {
        // Without --quiet, Deno may say that it waits for the lock of another process on
        // node_modules.
        args: ["run", "-A", "--quiet", "--no-check", script, folder],
        stdout: "piped",
        stderr: "piped",
      }).output());
    for (const { code, stderr } of await Promise.all(runs)) {
      assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
    }
    const results = await Array.fromAsync(Deno.readDir(join(folder, "one")));
    assertEquals(results.length, 1, "nothing half written is left");
    const { warned, said } = await captured(async () => {
      const tensor = await memo("one", { n: 3 }, keepsOne, { folder });
      assertEquals(tensor.data.length, 200_000);
    });
    assertEquals([warned, said.length], [[], 1]);
  });
});

Deno.test("what a process has left that was ended while it wrote goes after a day", async () => {
  await withFolder(async (folder) => {
    const ask = (n: number) => memo("left", { n }, () => n, { folder });
    await ask(1);
    const [old, fresh] = ["a", "b"].map((name) => join(folder, "left", `${name}.partial`));
    for (const path of [old, fresh]) await Deno.mkdir(path);
    await Deno.utime(old, new Date(0), new Date(0));
    const { warned } = await captured(() => ask(2));
    assertEquals(warned.length, 1, "a folder that is half written is no result");
    const names = (await Array.fromAsync(Deno.readDir(join(folder, "left")))).map(({ name }) =>
      name
    );
    assertEquals(names.filter((name) => name.endsWith(".partial")), ["b.partial"]);
    assertEquals(names.length, 3);
  });
});

Deno.test("inputs and results whose content cannot be known are refused by their place", async () => {
  await withFolder(async (folder) => {
    const refused = (inputs: Record<string, unknown>, result: unknown) =>
      assertRejects(() => memo("no", inputs, () => result, { folder }), CircuitbookError);
    assertMatch((await refused({ a: [() => 1] }, 1)).message, /found a function at inputs\.a\[0\]/);
    class Own {}
    assertMatch(
      (await refused({ a: { b: new Own() } }, 1)).message,
      /object of Own at inputs\.a\.b/,
    );
    assertMatch((await refused({}, { a: new Own() })).message, /object of Own at the result\.a/);
    class LikeATable {
      toRecords() {
        return [];
      }
    }
    const like = new LikeATable();
    assertMatch((await refused({ like }, 1)).message, /object of LikeATable at inputs\.like/);
    assertMatch((await refused({}, like)).message, /object of LikeATable at the result/);
    const itself: unknown[] = [];
    itself.push(itself);
    assertMatch((await refused({}, itself)).message, /holds itself at the result\[0\]/);
    const wrong = await assertRejects(
      () => memo("../a", {}, () => 1, { folder }),
      CircuitbookError,
    );
    assertMatch(wrong.message, /^Expected a name .* but found "\.\.\/a"/);
  });
});

Deno.test("a cache that cannot be written to costs time, and changes nothing", async () => {
  await withFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const { warned } = await captured(async () => {
      assertEquals(await memo("a", {}, () => 7, { folder: file }), 7);
    });
    assertMatch(warned.at(-1)!, /^a: the result is not kept: /);
  });
});
