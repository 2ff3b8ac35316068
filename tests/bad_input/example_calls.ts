import { loadModel, type Model } from "circuitbook";
import ts from "typescript";
import { exampleBody, examplesIn } from "../../lib/commands/test/examples.ts";
import { root } from "../../lib/commands/repository.ts";
import type { Call } from "./wrong_values.ts";

/** A call that an example of the documentation makes: right values for every argument. */
export interface ExampleCall {
  /** The function as users name it, such as `ablation.sweep`. */
  readonly name: string;
  readonly call: Call;
  readonly given: readonly unknown[];
}

/** What functions of the library returned in the examples, such as an opened checkpoint. */
const returned = new WeakSet<object>();

const loaded = new Map<string, Promise<Model>>();

const AsyncFunction = (async () => {}).constructor as new (...code: string[]) => (
  ...values: unknown[]
) => Promise<void>;

/**
 * Runs the examples of a folder of the library and returns the first call of each function of the
 * doors.
 *
 * @param path the folder, relative to the repository, such as `lib/ablation`.
 * @param doors the doors by specifier.
 */
export async function callsOfExamples(
  path: string,
  doors: Readonly<Record<string, object>>,
): Promise<ExampleCall[]> {
  const calls = new Map<Call, ExampleCall>();
  const load = async (specifier: string) =>
    specifier in doors ? recording(doors[specifier], "", calls) : await import(specifier);
  for (const example of await examplesIn(root, path)) {
    const typed = exampleBody(root, example).replaceAll("await import(", "await load(");
    const code = ts.transpile(typed, { target: ts.ScriptTarget.ESNext });
    await new AsyncFunction("load", code)(load);
  }
  return [...calls.values()];
}

/** Returns a copy of a module whose functions note their first call. Classes stay as they are. */
function recording(module: object, place: string, calls: Map<Call, ExampleCall>): object {
  const copies = Object.entries(module).map(([name, value]) => {
    const full = place ? `${place}.${name}` : name;
    if (value?.[Symbol.toStringTag] === "Module") return [name, recording(value, full, calls)];
    if (!isCall(value)) return [name, value];
    if (value === loadModel) return [name, loadedOnce];
    const recorded = (...given: unknown[]) => {
      if (!calls.has(value)) calls.set(value, { name: full, call: value, given });
      return noted(value(...given));
    };
    return [name, recorded];
  });
  return Object.fromEntries(copies);
}

/** Returns what a function returned, and notes it in `returned`. */
function noted(result: unknown): unknown {
  if (result instanceof Promise) return result.then(noted);
  if (typeof result === "object" && result !== null) returned.add(result);
  return result;
}

/**
 * Returns whether an argument is an object that a caller writes out field by field, such as
 * options.
 */
export function isWrittenOut(argument: unknown): argument is Record<string, unknown> {
  return typeof argument === "object" && argument !== null && !returned.has(argument) &&
    Object.getPrototypeOf(argument) === Object.prototype;
}

/**
 * Returns the model that `loadModel` returns. Calls with equal arguments share one model, because
 * the examples load the same models again and again.
 */
function loadedOnce(...given: Parameters<typeof loadModel>): Promise<Model> {
  return loaded.getOrInsertComputed(JSON.stringify(given), () => loadModel(...given));
}

/** Returns whether a value is a function and no class. */
export function isCall(value: unknown): value is Call {
  return typeof value === "function" &&
    !Function.prototype.toString.call(value).startsWith("class");
}
