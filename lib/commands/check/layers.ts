import { fromFileUrl, join, relative, resolve, toFileUrl } from "@std/path";

/**
 * The layers of the library, from the ground up. A module imports from its own layer and from those below; the helpers are
 * the modules that lie in `lib/` itself and in folders that no other layer names.
 */
const order = [
  "base",
  "onnx",
  "checkpoint",
  "model",
  "helpers",
  "top",
  "door",
  "commands",
] as const;
type Layer = typeof order[number];

const groundFolders = new Set(["base", "onnx", "checkpoint", "model"]);
/** They lie side by side and know nothing of each other. */
const topFolders = new Set(["tasks", "plot", "notebook"]);

/** Within `lib/`: the one file above that gives values their pictures, and so knows both sides. */
const bridges: Record<string, RegExp> = { notebook: /^plot\// };

/** Who may use what only Deno and Node have. */
const bound = /^(model\/runtime\.ts|checkpoint\/|notebook\/|commands\/)/;

interface Import {
  from: string;
  to: string;
}

/**
 * What breaks the order of the layers in a library folder, a line for each: imports upward or sideways, import cycles, and
 * Deno or Node APIs where the library must run anywhere.
 */
export async function layerComplaints(folder: string): Promise<string[]> {
  const complaints: string[] = [];
  const imports: Import[] = [];
  for (const path of await modulesOf(folder)) {
    const from = relative(folder, path);
    const code = withoutComments(await Deno.readTextFile(path));
    const specifiers = specifiersOf(code);
    const erased = new Set(typeSpecifiersOf(code));
    if (
      !bound.test(from) &&
      (/\bDeno\s*\./.test(code) || specifiers.some((name) => name.startsWith("node:")))
    ) {
      complaints.push(
        `${from} uses an API of Deno or Node; keep those in model/runtime.ts, checkpoint/ and notebook/.`,
      );
    }
    for (const specifier of specifiers.filter((name) => name.startsWith("."))) {
      const to = relative(folder, fromFileUrl(new URL(specifier, toFileUrl(resolve(path)))));
      if (!erased.has(specifier)) imports.push({ from, to });
      const complaint = orderComplaint(from, to);
      if (complaint) complaints.push(complaint);
    }
  }
  return [...complaints, ...cycleComplaints(imports)];
}

function orderComplaint(from: string, to: string): string | undefined {
  const [lower, upper] = [layerOf(from), layerOf(to)];
  if (order.indexOf(upper) > order.indexOf(lower)) {
    return `${from} imports ${to}, which is above it (${order.join(" < ")}).`;
  }
  const [fromFolder, toFolder] = [topOf(from), topOf(to)];
  if (
    lower !== "top" || upper !== "top" || fromFolder === toFolder || bridges[fromFolder]?.test(to)
  ) return undefined;
  return `${from} imports ${to}, but ${fromFolder} and ${toFolder} know nothing of each other.`;
}

function layerOf(path: string): Layer {
  const folder = topOf(path);
  if (path === "mod.ts") return "door";
  if (folder === "commands") return "commands";
  if (groundFolders.has(folder)) return folder as Layer;
  return topFolders.has(folder) ? "top" : "helpers";
}

function topOf(path: string): string {
  return path.split("/")[0];
}

/** One complaint for each import that closes a circle; imports of types alone are gone when the program runs. */
function cycleComplaints(imports: readonly Import[]): string[] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const complaints: string[] = [];
  const finished = new Set<string>();
  const visit = (module: string, trail: readonly string[]): void => {
    if (trail.includes(module)) {
      complaints.push(
        `Import cycle: ${[...trail.slice(trail.indexOf(module)), module].join(" → ")}.`,
      );
      return;
    }
    if (finished.has(module)) return;
    for (const { to } of targets.get(module) ?? []) visit(to, [...trail, module]);
    finished.add(module);
  };
  for (const module of targets.keys()) visit(module, []);
  return complaints;
}

function specifiersOf(code: string): string[] {
  const statements = code.matchAll(/^\s*(?:import|export)\b[^;'"`()]*?\bfrom\s*["']([^"']+)["']/gm);
  const bare = code.matchAll(/^\s*import\s*["']([^"']+)["']/gm);
  return [...statements, ...bare].map(([, specifier]) => specifier);
}

/** What is imported by `import type` or `export type` and by nothing else. */
function typeSpecifiersOf(code: string): string[] {
  const types = /^\s*(?:import|export)\s+type\b[^;'"`()]*?\bfrom\s*["']([^"']+)["']/gm;
  const others = new Set(specifiersOf(code.replace(types, "")));
  return [...code.matchAll(types)].map(([, specifier]) => specifier).filter((specifier) =>
    !others.has(specifier)
  );
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");
}

async function modulesOf(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) paths.push(...await modulesOf(join(folder, name)));
    else if (name.endsWith(".ts")) paths.push(join(folder, name));
  }
  return paths.sort();
}
