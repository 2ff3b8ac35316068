import { checkpoints, CircuitbookError, InterruptedError, type ProgressEvent } from "circuitbook";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { temporaryFolder, zeros } from "./files.ts";
import { serveHub } from "./hub_server.ts";

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

const weights = zeros({ a: [64, 64] });
const half = weights.length >> 1;

const FILES = {
  "config.json": text({ model_type: "attention_only" }),
  "tokenizer.json": text({ version: "1.0" }),
  "special_tokens_map.json": text({}),
  "added_tokens.json": text({}),
  "README.md": text("not needed"),
  "pytorch_model.bin": text("not needed"),
  "model.safetensors": weights,
};

/** One server and one cache folder for a test. */
async function hub(files: Readonly<Record<string, Uint8Array>> = FILES, behaviour = {}) {
  const server = serveHub(files, behaviour);
  const cache = await temporaryFolder();
  const options = { hubUrl: server.url, cacheFolder: cache.path, accessToken: "hf_test" };
  const dispose = async () => {
    await server[Symbol.asyncDispose]();
    await cache[Symbol.asyncDispose]();
  };
  return { server, cache: cache.path, options, [Symbol.asyncDispose]: dispose };
}

Deno.test("a Hub model is downloaded once into the cache's ordinary layout, only the files needed", async () => {
  await using test = await hub();
  const folder = await checkpoints.findModel("Org/toy", test.options);
  assertEquals(folder, `${test.cache}/models--Org--toy/snapshots/${test.server.commit}`);
  assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
    "added_tokens.json",
    "config.json",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
  ]);
  assertEquals(Deno.readLinkSync(`${folder}/config.json`).startsWith("../../blobs/"), true);
  assertEquals(
    await Deno.readTextFile(`${test.cache}/models--Org--toy/refs/main`),
    test.server.commit,
  );
  assertEquals(await Deno.readFile(`${folder}/model.safetensors`), weights);
  assertEquals((await checkpoints.openCheckpoint(folder)).tensors.get("a")?.shape, [64, 64]);

  const transfers = test.server.transfers.length;
  assertEquals(await checkpoints.findModel("Org/toy", test.options), folder);
  assertEquals(test.server.transfers.length, transfers);
});

Deno.test("an adapter beside a model of the Hub is downloaded with the model", async () => {
  const adapter = {
    "adapter_config.json": text({ peft_type: "LORA", base_model_name_or_path: "Org/toy" }),
    "adapter_model.safetensors": zeros({ b: [2, 2] }),
  };
  await using test = await hub({ ...FILES, ...adapter });
  const folder = await checkpoints.findModel("Org/toy", test.options);
  for (const name of Object.keys(adapter)) assert(Deno.statSync(`${folder}/${name}`).isFile, name);
});

Deno.test("an adapter beside a model of the Hub is refused if it belongs to another model, or is stored in another format", async () => {
  const weights = { "adapter_model.safetensors": zeros({ b: [2, 2] }) };
  const config = (base: string) => ({
    "adapter_config.json": text({ peft_type: "LORA", base_model_name_or_path: base }),
  });
  await using other = await hub({ ...FILES, ...config("Org/base"), ...weights });
  for (const _ of ["at first", "again"]) {
    await assertRejects(
      () => checkpoints.findModel("Org/toy", other.options),
      CircuitbookError,
      'Expected an adapter of the model in the same repository, Org/toy, but found one of "Org/base"',
    );
  }
  assert(!other.server.transfers.some((transfer) => transfer.startsWith("model.safetensors")));
  await using pickled = await hub({ ...FILES, ...config("Org/toy"), "adapter_model.bin": text(1) });
  await assertRejects(
    () => checkpoints.findModel("Org/toy", pickled.options),
    CircuitbookError,
    "Expected adapter_model.safetensors in Org/toy but found adapter_model.bin",
  );
  // A configuration without any weights changes no number.
  await using bare = await hub({ ...FILES, ...config("Org/base") });
  const folder = await checkpoints.findModel("Org/toy", bare.options);
  assertEquals([...Deno.readDirSync(folder)].some(({ name }) => name.startsWith("adapter")), false);
});

Deno.test("a repository without safetensors is refused with what is there and how to convert it", async () => {
  const { "model.safetensors": _, ...others } = FILES;
  await using test = await hub(others);
  const { message } = await assertRejects(
    () => checkpoints.findModel("Org/toy", test.options),
    CircuitbookError,
  );
  assertStringIncludes(message, "found pytorch_model.bin");
  assertStringIncludes(message, 'AutoModelForCausalLM.from_pretrained("Org/toy")');
});

Deno.test("a transfer that breaks off is resumed where it was", async () => {
  await using test = await hub(FILES, { breaks: 2 });
  const folder = await checkpoints.findModel("Org/toy", test.options);
  assertEquals(await Deno.readFile(`${folder}/model.safetensors`), weights);
  const ranges = test.server.transfers.filter((transfer) =>
    transfer.startsWith("model.safetensors")
  );
  assertEquals(ranges.length, 3);
  assertEquals(ranges[0], "model.safetensors whole");
  assert(ranges.slice(1).every((range) => /bytes=[1-9]\d*-$/.test(range)), ranges.join());
});

Deno.test("a download that was given up goes on where it was in the next call", async () => {
  await using test = await hub(FILES, { breaks: 1 });
  const blobs = `${test.cache}/models--Org--toy/blobs`;
  const stop = new AbortController();
  const onProgress = (event?: ProgressEvent) => {
    if (
      event && test.server.transfers.some((transfer) => transfer.startsWith("model.safetensors"))
    ) stop.abort();
  };
  const stopped = () =>
    checkpoints.findModel("Org/toy", { ...test.options, signal: stop.signal, onProgress });
  await assertRejects(stopped, InterruptedError);
  const partial = [...Deno.readDirSync(blobs)].find(({ name }) => name.endsWith(".incomplete"))!;
  await Deno.writeFile(`${blobs}/${partial.name}`, weights.slice(0, half));

  test.server.behaviour.breaks = 0;
  const folder = await checkpoints.findModel("Org/toy", test.options);
  assertEquals(await Deno.readFile(`${folder}/model.safetensors`), weights);
  assertEquals(test.server.transfers.at(-1), `model.safetensors bytes=${half}-`);
  assertEquals([...Deno.readDirSync(blobs)].filter(({ name }) => name.endsWith(".incomplete")), []);
});

Deno.test("a server that does not know ranges sends the file again", async () => {
  await using test = await hub(FILES, { breaks: 1, ignoresRanges: true });
  const folder = await checkpoints.findModel("Org/toy", test.options);
  assertEquals(await Deno.readFile(`${folder}/model.safetensors`), weights);
});

Deno.test("a server that goes on breaking off is an error that says how far it came", async () => {
  await using test = await hub(FILES, { breaks: 1000 });
  const rejected = () => checkpoints.findModel("Org/toy", { ...test.options, retries: 0 });
  await assertRejects(rejected, CircuitbookError, "the transfer fails");
  await assertRejects(rejected, CircuitbookError, `of ${weights.length} bytes.`);
});

Deno.test("a transfer that stalls is broken off and resumed where it was", async () => {
  await using test = await hub(FILES, { stalls: 2 });
  const folder = await checkpoints.findModel("Org/toy", { ...test.options, stallTimeout: 100 });
  assertEquals(await Deno.readFile(`${folder}/model.safetensors`), weights);
  assertEquals(
    test.server.transfers.filter((transfer) => transfer.startsWith("model.safetensors")),
    ["whole", `bytes=${half}-`, `bytes=${half + (weights.length - half >> 1)}-`]
      .map((range) => `model.safetensors ${range}`),
  );
});

Deno.test("a transfer that stalls again and again is an error that says so", async () => {
  await using test = await hub({ ...FILES, "model.safetensors": weights }, { stalls: 1000 });
  const { message } = await assertRejects(
    () => checkpoints.findModel("Org/toy", { ...test.options, retries: 0, stallTimeout: 50 }),
    CircuitbookError,
  );
  assertStringIncludes(message, "nothing came for 0.05 s");
});

Deno.test("the access token goes to the Hub's own host only, whatever next page a listing names", async () => {
  await using test = await hub();
  await using other = serveHub(FILES);
  const tree = `/api/models/Org/toy/tree/${test.server.commit}`;
  // The other server is another host: another port is another origin.
  test.server.behaviour.nextPage = () => `${other.url}${tree}`;
  await checkpoints.findModel("Org/toy", test.options);
  assertEquals(other.authorizations, [null]);
  assertEquals(new Set(test.server.authorizations), new Set(["Bearer hf_test"]));
});

Deno.test("an account in the Hub's address is sent as a header, and quoted in no message and no cause", async () => {
  await using test = await hub();
  const address = (account: string, url = test.server.url) => {
    return { ...test.options, hubUrl: url.replace("//", `//${account}@`) };
  };
  await checkpoints.findModel("Org/toy", address("me:s%C3%A9cret"));
  // printf 'me:sécret' | base64
  const header = "Basic bWU6c8OpY3JldA==";
  assertEquals(new Set(test.server.authorizations), new Set([header]));

  const refused = async (id: string, options: typeof test.options, part: string) => {
    const error = await assertRejects(() => checkpoints.findModel(id, options), CircuitbookError);
    assertStringIncludes(error.message, part);
    const said = `${error.message} ${error.stack} ${error.cause}`;
    assert(!said.includes("SECRET"), said);
  };
  await refused("Org/none", address("me:SECRET"), `at ${test.server.url} but it answered 404`);
  await refused("Org/other", address("me:SECRET", "http://127.0.0.1:1"), "Expected to download");
  await refused("Org/other", address("me:SECRET%", test.server.url), "in hubUrl but found another");
  await refused("Org/other", address("me:SECRET", "http://[::"), "in hubUrl but found another");
  await Deno.remove(test.cache, { recursive: true });
  test.server.behaviour.corrupt = "model.safetensors";
  await refused("Org/toy", address("me:SECRET"), `for ${test.server.url}/Org/toy/resolve/`);
});

Deno.test("a listing without end is refused", async () => {
  await using test = await hub();
  const tree = `${test.server.url}/api/models/Org/toy/tree/${test.server.commit}`;
  test.server.behaviour.nextPage = (request) => `${tree}?cursor=${request}`;
  await assertRejects(
    () => checkpoints.findModel("Org/toy", test.options),
    CircuitbookError,
    "on at most 50 pages",
  );
  assert(test.server.authorizations.length <= 51);
});

Deno.test("an access token is quoted in no message and no cause", async () => {
  await using test = await hub();
  for (const accessToken of ["hf_secret\nx", "hf_secret x", "hf_secretÿ", "hf_secret"]) {
    const options = { ...test.options, accessToken };
    for (const [id, hubUrl] of [["Org/none", test.server.url], ["Org/toy", "http://127.0.0.1:1"]]) {
      const error = await assertRejects(
        () => checkpoints.findModel(id, { ...options, hubUrl }),
        CircuitbookError,
      );
      assertEquals(Deno.inspect(error, { depth: 20 }).includes("secret"), false);
    }
  }
});

Deno.test("a cache that lies in a file is refused by name", async () => {
  await using test = await hub();
  const cacheFolder = `${test.cache}/file`;
  await Deno.writeTextFile(cacheFolder, "");
  await assertRejects(
    () => checkpoints.findModel("Org/toy", { ...test.options, cacheFolder }),
    CircuitbookError,
    `Expected to write ${cacheFolder}`,
  );
});

Deno.test("a corrupted file is refused, in LFS and in git, and not kept", async () => {
  for (const corrupt of ["model.safetensors", "config.json"]) {
    await using test = await hub(FILES, { corrupt });
    await assertRejects(
      () => checkpoints.findModel("Org/toy", test.options),
      CircuitbookError,
      `/${corrupt} but found`,
    );
    test.server.behaviour.corrupt = undefined;
    const folder = await checkpoints.findModel("Org/toy", test.options);
    assertEquals(await Deno.readFile(`${folder}/model.safetensors`), weights);
  }
});

Deno.test("a repository that lists a file outside its folder is refused by that name", async () => {
  for (
    const evil of ["../evil.safetensors", "/evil.safetensors", "a/../../evil.json", "C:\\evil.json"]
  ) {
    await using test = await hub(FILES, { alsoListed: [evil] });
    await assertRejects(
      () => checkpoints.findModel("Org/toy", test.options),
      CircuitbookError,
      `found "${evil}"`,
    );
    assertEquals([...Deno.readDirSync(test.cache)], []);
  }
});

Deno.test("shards are those that the index names, and an index naming others is refused", async () => {
  const index = (...names: string[]) =>
    text({ weight_map: Object.fromEntries(names.map((name) => [name, name])) });
  const { "model.safetensors": _, ...rest } = FILES;
  const shards = {
    ...rest,
    "one.safetensors": zeros({ a: [2] }),
    "two.safetensors": zeros({ b: [2] }),
  };
  {
    const files = {
      ...shards,
      "model.safetensors.index.json": index("one.safetensors", "two.safetensors"),
    };
    await using test = await hub({ ...files, "consolidated.safetensors": zeros({ c: [2] }) });
    const { tensors } = await checkpoints.openCheckpoint(
      await checkpoints.findModel("Org/toy", test.options),
    );
    assertEquals([...tensors.keys()], ["a", "b"]);
  }
  await using missing = await hub({
    ...shards,
    "model.safetensors.index.json": index("three.safetensors"),
  });
  await assertRejects(
    () => checkpoints.findModel("Org/toy", missing.options),
    CircuitbookError,
    'the shard "three.safetensors"',
  );
  await using outside = await hub({
    ...shards,
    "model.safetensors.index.json": index("../one.safetensors"),
  });
  await assertRejects(
    () => checkpoints.findModel("Org/toy", outside.options),
    CircuitbookError,
    'found "../one.safetensors"',
  );
});

Deno.test("progress counts megabytes up to the whole, and ends", async () => {
  await using test = await hub({ ...FILES, "model.safetensors": zeros({ a: [1000, 500] }) });
  const events: (ProgressEvent | undefined)[] = [];
  await checkpoints.findModel("Org/toy", {
    ...test.options,
    onProgress: (event) => events.push(event),
  });
  assertEquals(events.at(-1), undefined);
  assertEquals(events.at(-2), { label: "download Org/toy", done: 2, total: 2, unit: "MB" });
});

Deno.test("without a network the cache is used, and without a cache there is one clear error", async () => {
  await using test = await hub();
  const folder = await checkpoints.findModel("Org/toy", test.options);
  const unreachable = { ...test.options, hubUrl: "http://127.0.0.1:1" };
  assertEquals(await checkpoints.findModel("Org/toy", unreachable), folder);
  assertEquals(
    await checkpoints.findModel("Org/toy", { ...unreachable, revision: test.server.commit }),
    folder,
  );
  const other = () => checkpoints.findModel("Org/other", unreachable);
  await assertRejects(
    other,
    CircuitbookError,
    "Expected to download Org/other or to find it in the cache",
  );
});

Deno.test("an unknown model or revision, and a revision that leaves the cache, are refused", async () => {
  await using test = await hub();
  const find = (id: string, revision?: string) => () =>
    checkpoints.findModel(id, { ...test.options, revision });
  await assertRejects(
    find("Org/none"),
    CircuitbookError,
    "Expected a model Org/none (revision main)",
  );
  await assertRejects(find("Org/toy", "v2"), CircuitbookError, "(revision v2)");
  await assertRejects(find("Org/toy", "../../v1"), CircuitbookError, 'found "../../v1"');
  assertEquals(await find("Org/toy", "v1")(), await find("Org/toy")());
});

Deno.test("HF_ENDPOINT, HF_HUB_CACHE and HF_HUB_OFFLINE are respected", async () => {
  await using test = await hub();
  const variables = { HF_ENDPOINT: test.server.url, HF_HUB_CACHE: test.cache, HF_HUB_OFFLINE: "1" };
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  try {
    Object.entries(variables).forEach(([name, value]) => Deno.env.set(name, value));
    await assertRejects(
      () => checkpoints.findModel("Org/toy"),
      CircuitbookError,
      "HF_HUB_OFFLINE is set",
    );
    assertEquals(test.server.transfers, []);
    Deno.env.delete("HF_HUB_OFFLINE");
    assertEquals((await checkpoints.findModel("Org/toy")).startsWith(test.cache), true);
  } finally {
    for (const [name, value] of before) {
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    }
  }
});
