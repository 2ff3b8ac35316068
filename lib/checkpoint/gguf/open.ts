import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";
import { type Checkpoint, findTensor } from "../checkpoint.ts";
import { hashFiles, verifyStamp } from "../file_stamp.ts";
import type { TensorEntry } from "../safetensors/stored_tensor.ts";
import { verifyRows } from "../safetensors/weight.ts";
import { architectureOfNotes, configOf, generationConfigOf } from "./config.ts";
import { readGgufHeader } from "./header.ts";
import { Notes } from "./notes.ts";
import { type NamedTensor, namedTensor, readNamedTensor } from "./tensors.ts";
import { tokenizerOfNotes } from "./tokenizer.ts";
import { product } from "../../base/lists.ts";

/**
 * The tensor of Llama 3's frequencies. The configuration holds these frequencies in another form.
 */
const ROPE_FACTORS = "rope_freqs.weight";

/**
 * Opens a GGUF file as a checkpoint. Its tensors have the names, the shapes and the order of
 * numbers that a Hugging Face checkpoint has. Tensors of the types F32, F16 and BF16 that keep the
 * file's order of numbers are mapped like the tensors of safetensors files. All other tensors are
 * widened to f32 when they are read.
 *
 * @throws CircuitbookError if the file cannot be read, or if its architecture, a type or its
 * tokenizer is not supported.
 */
export async function openGguf(path: string): Promise<Checkpoint> {
  const { metadata, tensors: stored, stamp } = await readGgufHeader(path);
  const notes = new Notes(metadata, path);
  const architecture = architectureOfNotes(notes);
  const factors = stored.find(({ name }) => name === ROPE_FACTORS);
  const config = configOf(notes, stored, factors && await read(factors));
  const heads = Number(config.num_attention_heads ?? config.n_head);
  const kvHeads = Number(config.num_key_value_heads ?? heads);
  const named = new Map<string, NamedTensor>();
  for (const tensor of stored) {
    if (tensor === factors) continue;
    const one = namedTensor(tensor, architecture, { heads, kvHeads });
    verifyHeads(one, path);
    const { name } = one.entry;
    const earlier = named.get(name);
    if (earlier) {
      throw new CircuitbookError(
        `Expected each tensor once but found ${shown(name)} twice in ${path}, as ${
          shown(earlier.stored.name)
        } and as ${shown(tensor.name)}; convert the model to GGUF again.`,
      );
    }
    named.set(name, one);
  }
  const tensors = new Map([...named].map(([name, { entry }]) => [name, entry]));
  const otherTensors = new Map<string, TensorEntry>();
  const verifyUnchanged = () => verifyStamp(stamp);
  let hash: Promise<string> | undefined;
  return {
    folder: path,
    config,
    generationConfig: generationConfigOf(notes),
    tensors,
    otherTensors,
    tokenizer: tokenizerOfNotes(notes),
    notes: [`GGUF: ${typesOf(named)}`],
    read: async (name, rows) => {
      const { shape } = findTensor(name, { tensors, otherTensors, folder: path });
      if (rows) verifyRows({ name, shape }, rows);
      verifyUnchanged();
      return await readNamedTensor(named.get(name)!, rows);
    },
    hash: async () => {
      verifyUnchanged();
      return await (hash ??= hashFiles([stamp]));
    },
    verifyUnchanged,
  };
}

async function read(tensor: NamedTensor["stored"]): Promise<Float32Array> {
  return await readNamedTensor(namedTensor(tensor, "gpt2", { heads: 1, kvHeads: 1 }));
}

/** Throws if the rows of queries or keys do not divide into heads of an even size. */
function verifyHeads({ stored, layout: { pairedHeads } }: NamedTensor, path: string): void {
  if (pairedHeads === undefined) return;
  const rows = stored.shape[0];
  if (Number.isInteger(rows / pairedHeads / 2)) return;
  throw new CircuitbookError(
    `Expected rows for ${pairedHeads} heads of an even size in ${
      shown(stored.name)
    } but found ${rows} in ${path}.`,
  );
}

/**
 * Returns the types of a file's tensors in words: `Q4_1, Q8_0, F32`. The types with the most
 * numbers come first.
 */
function typesOf(tensors: ReadonlyMap<string, NamedTensor>): string {
  const counts = new Map<string, number>();
  for (const { stored: { type, shape } } of tensors.values()) {
    const numbers = product(shape);
    counts.set(type.name, (counts.get(type.name) ?? 0) + numbers);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name).join(", ");
}
