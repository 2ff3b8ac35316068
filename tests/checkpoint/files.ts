/** Files for tests of checkpoints, built byte by byte, without the library's writer. @module */

/** A folder that goes away with `await using`. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ prefix: "circuitbook folder " });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** The bytes of a safetensors file: header length, header, data. */
export function safetensorsBytes(
  header: unknown,
  data: Uint8Array,
  headerLength?: bigint,
): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(
    typeof header === "string" ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, headerLength ?? BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

/** A safetensors file of zeros with tensors of the given shapes. */
export function zeros(
  shapes: Readonly<Record<string, readonly number[]>>,
  dtype = "F32",
  bytes = 4,
) {
  let at = 0;
  const header = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const length = shape.reduce((a, b) => a * b, bytes);
      return [name, { dtype, shape, data_offsets: [at, at += length] }];
    }),
  );
  return safetensorsBytes(header, new Uint8Array(at));
}

/** Writes files into a folder: bytes as they are, anything else as JSON. */
export async function writeFiles(
  folder: string,
  files: Readonly<Record<string, unknown>>,
): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = `${folder}/${name}`;
    if (content instanceof Uint8Array) await Deno.writeFile(path, content);
    else {await Deno.writeTextFile(
        path,
        typeof content === "string" ? content : JSON.stringify(content),
      );}
  }
}
