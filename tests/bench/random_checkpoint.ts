// Writes a checkpoint of the shape of Qwen2.5-0.5B (or 3B) with random weights:
// deno run -A tests/bench/random_checkpoint.ts FOLDER [F32|BF16] [0.5B|3B] [SEED]
import { families, seededRandom } from "circuitbook";

/** How random weights are stored and drawn. */
export interface RandomCheckpointOptions {
  readonly dtype?: "F32" | "BF16";
  readonly seed?: number;
}

/** Numbers that are drawn and written at a time. */
const BLOCK = 1 << 20;

/**
 * Writes a checkpoint with random weights to a folder, without a tokenizer. Returns the number of
 * parameters.
 */
export async function writeRandomCheckpoint(
  folder: string,
  config: Record<string, unknown>,
  { dtype = "F32", seed = 0 }: RandomCheckpointOptions = {},
): Promise<number> {
  const bytesPerNumber = dtype === "F32" ? 4 : 2;
  const { shapes } = families.architectureOf(config);
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, shape] of shapes) {
    const end = offset + shape.reduce((a, b) => a * b, 1) * bytesPerNumber;
    header[name] = { dtype, shape, data_offsets: [offset, end] };
    offset = end;
  }
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config, null, 2));
  using file = await Deno.open(`${folder}/model.safetensors`, {
    write: true,
    create: true,
    truncate: true,
  });
  const writer = file.writable.getWriter();
  const json = new TextEncoder().encode(JSON.stringify(header));
  await writer.write(new Uint8Array(new BigUint64Array([BigInt(json.length)]).buffer));
  await writer.write(json);
  const random = seededRandom(seed);
  for (const [name, shape] of shapes) {
    const gain = name.endsWith("norm.weight");
    for (let left = shape.reduce((a, b) => a * b, 1); left > 0; left -= BLOCK) {
      const numbers = Float32Array.from(
        { length: Math.min(BLOCK, left) },
        () => gain ? 1 : (random() - 0.5) * 0.07,
      );
      await writer.write(dtype === "F32" ? new Uint8Array(numbers.buffer) : upperHalves(numbers));
    }
  }
  await writer.close();
  return offset / bytesPerNumber;
}

/** Returns numbers as bf16, which is the upper half of f32. */
function upperHalves(numbers: Float32Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const halves = new Uint16Array(numbers.buffer);
  return new Uint8Array(
    Uint16Array.from({ length: numbers.length }, (_, i) => halves[2 * i + 1]).buffer,
  );
}

if (import.meta.main) {
  const [folder, dtype = "F32", size = "0.5B", seed = "0"] = Deno.args;
  if (!folder || (dtype !== "F32" && dtype !== "BF16") || !["0.5B", "3B"].includes(size)) {
    throw new Error("Expected: random_checkpoint.ts FOLDER [F32|BF16] [0.5B|3B] [SEED].");
  }
  const sizes = size === "3B"
    ? {
      hidden_size: 2048,
      intermediate_size: 11008,
      num_hidden_layers: 36,
      num_attention_heads: 16,
    }
    : { hidden_size: 896, intermediate_size: 4864, num_hidden_layers: 24, num_attention_heads: 14 };
  const config = {
    model_type: "qwen2",
    vocab_size: 151936,
    ...sizes,
    num_key_value_heads: 2,
    tie_word_embeddings: true,
    rope_theta: 1e6,
    rms_norm_eps: 1e-6,
    max_position_embeddings: 32768,
    hidden_act: "silu",
  };
  const parameters = await writeRandomCheckpoint(folder, config, { dtype, seed: Number(seed) });
  console.log(`${folder}: ${(parameters / 1e6).toFixed(0)} M parameters, ${dtype}`);
}
