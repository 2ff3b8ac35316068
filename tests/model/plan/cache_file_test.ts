import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { CircuitbookError, loadModel } from "circuitbook";
import { temporaryFolder } from "../../checkpoint/files.ts";

/** The header and the values of a safetensors file, read byte by byte. */
async function read(path: string) {
  const bytes = await Deno.readFile(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const values = (name: string) => {
    const { dtype, data_offsets: [from, to] } = header[name];
    const own = bytes.slice(8 + length + from, 8 + length + to).buffer;
    return [...dtype === "F32" ? new Float32Array(own) : new Int32Array(own)];
  };
  return { header, values };
}

Deno.test("a cache is saved as safetensors with its tokens and axes, and stays as it was", async () => {
  await using folder = await temporaryFolder();
  const model = await loadModel("max-of-list");
  const cache = await model.run([[1, 2, 3], [4]], { tap: "blocks.*.hook_resid_post" });
  const name = "blocks.0.hook_resid_post";
  const before = cache.get(name).data.slice();
  const path = join(folder.path, "cache.safetensors");
  await cache.save(path);
  const { header, values } = await read(path);
  assertEquals(values("tokens"), [1, 2, 3, -1, -1, 4]);
  assertEquals(JSON.parse(header.__metadata__.axes), {
    tokens: ["batch", "position"],
    [name]: ["batch", "position", "d_model"],
  });
  const { shape } = cache.get(name);
  assertEquals(header[name].shape, shape);
  const width = shape[2];
  const saved = values(name);
  assertEquals(saved.slice(0, 3 * width), [...before.slice(0, 3 * width)]);
  assertEquals(saved.slice(3 * width, 5 * width).every(Number.isNaN), true);
  assertEquals(saved.slice(5 * width), [...before.slice(5 * width)]);
  assertEquals(cache.get(name).data, before);
  await assertRejects(() => cache.save(join(folder.path, "no/x")), CircuitbookError, "write");
});

Deno.test("activations at chosen positions are saved whole", async () => {
  await using folder = await temporaryFolder();
  const model = await loadModel("max-of-list");
  const tap = "blocks.*.hook_resid_post";
  const cache = await model.run([[1, 2, 3], [4]], { tap, positions: [-1] });
  const path = join(folder.path, "cache.safetensors");
  await cache.save(path);
  const { values } = await read(path);
  assertEquals(values("blocks.0.hook_resid_post"), [...cache.get("blocks.0.hook_resid_post").data]);
});
