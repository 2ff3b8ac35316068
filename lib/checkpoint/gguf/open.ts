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

/** The tensor of Llama 3's frequencies, which the configuration says in other words. */
const ROPE_FACTORS = "rope_freqs.weight";

/**
 * Opens a GGUF file as a checkpoint. Its tensors have the names, the shapes and the order of numbers that a
 * Hugging Face checkpoint has. Tensors of the types F32, F16 and BF16 whose order is the file's are mapped like
 * those of safetensors files; all others are widened to f32 when they are read.
 *
 * @throws CircuitbookError if the file cannot be read, or if its architecture, a type or its tokenizer is not
 * supported.
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
    named.set(one.entry.name, one);
  }
  if (named.size !== stored.length - (factors ? 1 : 0)) {
    throw new CircuitbookError(`Expected each tensor once but found one twice in ${path}.`);
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

/** Refuses queries and keys whose rows do not divide into heads of an even size. */
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

/** Returns the types of a file's tensors in words, those with the most numbers first: `Q4_1, Q8_0, F32`. */
function typesOf(tensors: ReadonlyMap<string, NamedTensor>): string {
  const counts = new Map<string, number>();
  for (const { stored: { type, shape } } of tensors.values()) {
    const numbers = shape.reduce((a, b) => a * b, 1);
    counts.set(type.name, (counts.get(type.name) ?? 0) + numbers);
  }
  return [...counts].sort(([, a], [, b]) => b - a).map(([name]) => name).join(", ");
}
