import { join, relative, resolve, toFileUrl } from "deno-std/path/mod.js";
import { filesIn } from "./files_in.ts";

/** A code example of a doc comment. */
export interface Example {
  /** The file of the library, relative to the repository. */
  readonly file: string;
  /** The line on which the code begins, counted from 1. */
  readonly line: number;
  readonly code: string;
}

const EXAMPLE = /^[ \t]*\* ```ts[ \t]*\n([\s\S]*?)^[ \t]*\* ```[ \t]*$/gm;
const IMPORT = /^import\s+(?:(type\s)?([^'"]+?)\s+from\s+)?["']([^"']+)["'];?[ \t]*$/gm;

/** Returns the examples of a file or of all files of a folder. */
export async function examplesIn(root: string, path: string): Promise<Example[]> {
  const files = await filesIn(join(root, path), ".ts");
  const examples = await Promise.all(files.map(async (file) => {
    const text = await Deno.readTextFile(file);
    return [...text.matchAll(EXAMPLE)].map(({ 1: body, index }) => ({
      file: relative(root, file),
      line: text.slice(0, index).split("\n").length + 1,
      code: body.replace(/^[ \t]*\* ?/gm, ""),
    }));
  }));
  return examples.flat();
}

/**
 * Returns the tests of examples as code. Imports become dynamic imports inside the tests, because
 * two examples may use one name for different things. `deno task check` checks the types.
 */
export function examplesCode(root: string, examples: readonly Example[]): string {
  const tests = examples.map((example) => {
    const name = JSON.stringify(`example of ${example.file}:${example.line}`);
    return `Deno.test(${name}, async () => {\n${exampleBody(root, example)}\n});\n`;
  });
  return tests.join("\n");
}

/** Returns an example as the body of an asynchronous function: its imports are dynamic imports. */
export function exampleBody(root: string, { file, code }: Example): string {
  const module = toFileUrl(resolve(root, file)).href;
  return code.replace(
    IMPORT,
    (_, type, clause, specifier) => type ? "" : importOf(clause, resolved(specifier, module)),
  );
}

/** Returns an import statement as a dynamic import. */
function importOf(clause: string | undefined, specifier: string): string {
  const module = `await import(${JSON.stringify(specifier)})`;
  if (clause === undefined) return `${module};`;
  const all = /^\*\s+as\s+(\w+)$/.exec(clause.trim());
  if (all) return `const ${all[1]} = ${module};`;
  const [, main, named] = /^(\w+)?\s*,?\s*(?:\{([\s\S]*)\})?$/.exec(clause.trim()) ?? [];
  const names = (named ?? "").split(",").map((name) => name.trim())
    .filter((name) => name && !name.startsWith("type "))
    .map((name) => name.replace(/\s+as\s+/, ": "));
  return `const { ${[...main ? [`default: ${main}`] : [], ...names].join(", ")} } = ${module};`;
}

/**
 * Returns a relative specifier as the URL that it names, because the generated module lies in
 * another folder.
 */
function resolved(specifier: string, module: string): string {
  return specifier.startsWith(".") ? new URL(specifier, module).href : specifier;
}
