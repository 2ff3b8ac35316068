import type pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import { isFrame } from "../base/frame.ts";
import { Tensor, type TensorData } from "../base/tensor.ts";
import { Cache } from "../model/plan/cache.ts";
import { isPlainObject } from "./digest.ts";

/** The property that marks an object of a tree as something that JSON does not have. */
const KIND = "$kind";

/** A value as JSON, with the tensors and tables that stand beside it in files of their own. */
export interface Packed {
  /** The value; tensors and tables are named by their number. */
  readonly tree: unknown;
  readonly tensors: readonly Tensor<TensorData>[];
  readonly tables: readonly pl.DataFrame[];
}

/** Arrays of numbers, by name. */
const ARRAYS = {
  Float64Array,
  Float32Array,
  Float16Array,
  Int32Array,
  Int16Array,
  Int8Array,
  Uint32Array,
  Uint16Array,
  Uint8Array,
  Uint8ClampedArray,
  BigInt64Array,
  BigUint64Array,
};

/** A value that JSON does not have, as {@link pack} writes the value. */
type Special =
  | { readonly [KIND]: "undefined" }
  | { readonly [KIND]: "number" | "bigint"; readonly text: string }
  | { readonly [KIND]: "date"; readonly iso: string }
  | { readonly [KIND]: "array"; readonly name: keyof typeof ARRAYS; readonly base64: string }
  | { readonly [KIND]: "tensor" | "table"; readonly number: number }
  | { readonly [KIND]: "map"; readonly entries: readonly unknown[] }
  | { readonly [KIND]: "set"; readonly values: readonly unknown[] }
  | {
    readonly [KIND]: "cache";
    readonly tensors: readonly (readonly [name: string, number: number])[];
    readonly tokens: Cache["tokens"];
    readonly pads: Cache["pads"];
    readonly chosen: readonly string[];
  }
  | { readonly [KIND]: "object"; readonly entries: readonly (readonly [string, unknown])[] };

/**
 * Returns a value in the form in which a memo keeps it.
 *
 * @param value data, tensors, tables and caches of runs, or arrays, objects, Maps and Sets of them.
 * @throws CircuitbookError if the value holds a function, an object of another class, or itself.
 */
export function pack(value: unknown): Packed {
  const tensors: Tensor<TensorData>[] = [];
  const tables: pl.DataFrame[] = [];
  const open = new Set<unknown>();

  const tensorNumber = (tensor: Tensor<TensorData>) => tensors.push(tensor) - 1;
  const many = (values: Iterable<unknown>, path: string) =>
    Array.from(values, (part, i) => packed(part, `${path}[${i}]`));

  function packed(value: unknown, path: string): unknown {
    if (value === null || typeof value !== "object") return plain(value, path);
    if (open.has(value)) throw cannotKeep("an object that holds itself", path);
    open.add(value);
    const tree = packedObject(value, path);
    open.delete(value);
    return tree;
  }

  function packedObject(value: object, path: string): unknown {
    if (value instanceof Tensor) return { [KIND]: "tensor", number: tensorNumber(value) };
    if (value instanceof Cache) {
      const { names, tokens, pads, chosen } = value;
      const numbers = names.map((name) => [name, tensorNumber(value.get(name))]);
      return { [KIND]: "cache", tensors: numbers, tokens, pads, chosen: [...chosen] };
    }
    if (value instanceof Date) return { [KIND]: "date", iso: value.toISOString() };
    if (ArrayBuffer.isView(value)) return packedArray(value, path);
    if (isFrame(value)) {
      return { [KIND]: "table", number: tables.push(value as pl.DataFrame) - 1 };
    }
    if (Array.isArray(value)) return many(value, path);
    if (value instanceof Map) return { [KIND]: "map", entries: many(value, path) };
    if (value instanceof Set) return { [KIND]: "set", values: many(value, path) };
    if (!isPlainObject(value)) throw cannotKeep(`an object of ${value.constructor.name}`, path);
    const entries = Object.entries(value).map((
      [key, part],
    ) => [key, packed(part, `${path}.${key}`)]);
    return KIND in value ? { [KIND]: "object", entries } : Object.fromEntries(entries);
  }

  const tree = packed(value, "the result");
  return { tree, tensors, tables };
}

/**
 * Returns the value that {@link pack} was given.
 *
 * @param packed the tree with its tensors and tables.
 */
export function unpack({ tree, tensors, tables }: Packed): unknown {
  function unpacked(tree: unknown): unknown {
    if (tree === null || typeof tree !== "object") return tree;
    if (Array.isArray(tree)) return tree.map(unpacked);
    const node = tree as Record<string, unknown>;
    if (!(KIND in node)) {
      return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, unpacked(part)]));
    }
    // The hashes of the files show that the tree is one that `pack` made.
    return special(tree as Special);
  }

  function special(node: Special): unknown {
    switch (node[KIND]) {
      case "undefined":
        return undefined;
      case "number":
        return Number(node.text);
      case "bigint":
        return BigInt(node.text);
      case "date":
        return new Date(node.iso);
      case "array":
        return unpackedArray(node);
      case "tensor":
        return tensors[node.number];
      case "table":
        return tables[node.number];
      case "map":
        return new Map(unpacked(node.entries) as [unknown, unknown][]);
      case "set":
        return new Set(unpacked(node.values) as unknown[]);
      case "cache": {
        const named = new Map<string, Tensor>(
          node.tensors.map(([name, number]) => [name, tensors[number] as Tensor]),
        );
        return new Cache(named, node.tokens, node.pads, new Set(node.chosen));
      }
      case "object":
        return Object.fromEntries(
          node.entries.map(([key, part]) => [key, unpacked(part)]),
        );
      default:
        throw new CircuitbookError(
          `Expected a kind of value that memos keep but found "${node[KIND]}".`,
        );
    }
  }

  return unpacked(tree);
}

/** Returns a value that is no object as JSON; numbers that JSON lacks are written as text. */
function plain(value: unknown, path: string): unknown {
  switch (typeof value) {
    case "undefined":
      return { [KIND]: "undefined" };
    case "bigint":
      return { [KIND]: "bigint", text: String(value) };
    case "number":
      if (Number.isFinite(value) && !Object.is(value, -0)) return value;
      return { [KIND]: "number", text: Object.is(value, -0) ? "-0" : String(value) };
    case "function":
    case "symbol":
      throw cannotKeep(`a ${typeof value}`, path);
    default:
      return value;
  }
}

function packedArray(view: ArrayBufferView, path: string) {
  const { name } = view.constructor;
  if (!(name in ARRAYS)) throw cannotKeep(`an object of ${name}`, path);
  const bytes = new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
  return { [KIND]: "array", name, base64: bytes.toBase64() };
}

function unpackedArray({ name, base64 }: { name: keyof typeof ARRAYS; base64: string }) {
  return new ARRAYS[name](Uint8Array.fromBase64(base64).buffer);
}

function cannotKeep(found: string, path: string): CircuitbookError {
  return new CircuitbookError(
    `Expected data, tensors and tables as the result of a memo but found ${found} at ${path}; return its parts.`,
  );
}
