import { createHash, type Hash } from "node:crypto";
import type pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import { isFrame } from "../base/frame.ts";
import { Tensor } from "../base/tensor.ts";
import { Model } from "../model/model.ts";
import { Cache } from "../model/plan/cache.ts";
import { parquetOf } from "./tables.ts";

/**
 * Returns the SHA-256 of an input of a memo. It depends on the content alone: of a model on the
 * hash of its weights, its configuration, its element type and its device; of a tensor on its axes
 * and numbers; of a table on its columns.
 *
 * @param value data, a model, a tensor, a cache or a table, or arrays, objects, Maps and Sets of
 * them.
 * @param path where the value stands, for messages: "inputs.prompts".
 * @throws CircuitbookError if the content of a value cannot be known: a function, or an object of
 * another class.
 */
export async function digestOf(value: unknown, path: string): Promise<string> {
  const hash = createHash("sha256");
  await addTo(hash, value, path);
  return hash.digest("hex");
}

/**
 * Adds a value to a hash. Each part begins with its kind and its size, so that two values never
 * read the same.
 */
async function addTo(hash: Hash, value: unknown, path: string): Promise<void> {
  if (value === null || typeof value !== "object") return addPlain(hash, value, path);
  if (value instanceof Model) return await addModel(hash, value, path);
  if (value instanceof Tensor) {
    hash.update(`tensor ${JSON.stringify(value.sizes)}`);
    return addBytes(hash, value.data);
  }
  if (value instanceof Cache) {
    const { names, tokens, pads, chosen } = value;
    hash.update("cache");
    const parts = { tensors: names.map((name) => [name, value.get(name)]), tokens, pads, chosen };
    return await addTo(hash, parts, path);
  }
  if (ArrayBuffer.isView(value)) return addBytes(hash, value);
  if (value instanceof Date) return void hash.update(`date ${value.getTime()};`);
  if (isFrame(value)) {
    hash.update("table");
    return addBytes(hash, parquetOf(value as pl.DataFrame));
  }
  if (Array.isArray(value)) return await addList(hash, "array", value, path);
  if (value instanceof Map) return await addList(hash, "map", [...value], path);
  if (value instanceof Set) return await addList(hash, "set", [...value], path);
  if (!isPlainObject(value)) throw unknownContent(value, path);
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  hash.update(`object ${entries.length};`);
  for (const [key, part] of entries) {
    addPlain(hash, key, path);
    await addTo(hash, part, `${path}.${key}`);
  }
}

async function addModel(hash: Hash, model: Model, path: string): Promise<void> {
  hash.update("model");
  const { checkpoint, dtype, device, architecture: { notes } } = model;
  const weights = await checkpoint.hash();
  await addTo(hash, { weights, config: checkpoint.config, notes, dtype, device }, path);
}

async function addList(
  hash: Hash,
  kind: string,
  list: readonly unknown[],
  path: string,
): Promise<void> {
  hash.update(`${kind} ${list.length};`);
  for (const [i, part] of list.entries()) await addTo(hash, part, `${path}[${i}]`);
}

function addPlain(hash: Hash, value: unknown, path: string): void {
  if (typeof value === "function" || typeof value === "symbol") throw unknownContent(value, path);
  const text = Object.is(value, -0) ? "-0" : String(value);
  hash.update(`${value === null ? "null" : typeof value} ${text.length} ${text};`);
}

function addBytes(hash: Hash, view: ArrayBufferView): void {
  hash.update(`${view.constructor.name} ${view.byteLength};`);
  hash.update(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
}

/** Returns whether an object is data rather than an object of some class. */
export function isPlainObject(value: object): value is Record<string, unknown> {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function unknownContent(value: unknown, path: string): CircuitbookError {
  const found = typeof value === "object"
    ? `an object of ${value!.constructor.name}`
    : `a ${typeof value}`;
  return new CircuitbookError(
    `Expected data, models, tensors and tables as inputs of a memo but found ${found} at ${path}; give what it was ` +
      "made from.",
  );
}
