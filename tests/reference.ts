/**
 * The f32 tensors of a safetensors file by name, read without the library that the tests are about.
 */
export async function openSafetensors(path: string): Promise<Map<string, Float32Array>> {
  const bytes = await Deno.readFile(path);
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  delete header.__metadata__;
  return new Map(
    Object.entries(header as Record<string, { data_offsets: [number, number] }>).map((
      [name, { data_offsets: [from, to] }],
    ) => [name, new Float32Array(bytes.slice(8 + length + from, 8 + length + to).buffer)]),
  );
}
