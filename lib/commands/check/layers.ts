import { fromFileUrl, join, relative, resolve, toFileUrl } from "deno-std/path/mod.js";

/**
 * The rooms of the library, from the ground up. A module imports from its own room and from the
 * rooms before it, type-only imports included. `model` and `model/…` are rooms of their own.
 */
const ORDER: readonly string[] = [
  "base",
  "table",
  "stats",
  "onnx",
  "checkpoint",
  "model/plan",
  "model/families",
  "model/decoder",
  "model/engine",
  "model/generation",
  "model/edges",
  "model",
  "memo",
  "lens",
  "probe",
  "steering",
  "neurons",
  "heads",
  "ablation",
  "patching",
  "attribution",
  "compare",
  "tasks",
  "train",
  "plot",
  "studies",
  "notebook",
  "live",
  "mod.ts",
  "commands",
];

/** The folder of a study. No study imports another study. */
const STUDY = /^studies\/[^/]+\//;

/** The modules that may use APIs which only Deno and Node have. */
const BOUND =
  /^(model\/engine\/(runtime|telemetry|available_memory|gpu_memory|cuda_parts|threads)\.ts|checkpoint\/|memo\/|train\/run\/|plot\/parts\/raster\.ts|notebook\/|live\/(bundle|page_file|place)\.ts|commands\/)/;

interface Import {
  from: string;
  to: string;
}

/**
 * Returns a complaint for each import that breaks the order of the rooms, for each import cycle,
 * and for each use of an API of Deno or Node where the library must run anywhere.
 *
 * @param folder the folder of the library.
 */
export async function layerComplaints(folder: string): Promise<string[]> {
  const complaints: string[] = [];
  const imports: Import[] = [];
  for (const path of await modulesOf(folder)) {
    const from = relative(folder, path);
    const code = withoutComments(await Deno.readTextFile(path));
    const specifiers = specifiersOf(code);
    if (!BOUND.test(from) && usesRuntime(code, specifiers)) {
      complaints.push(
        `${from} uses an API of Deno or Node; keep those in checkpoint/, memo/, train/run/, notebook/, commands/, plot/parts/raster.ts, the modules of model/engine/ that know the machine, and the modules of live/ that write the page.`,
      );
    }
    for (const specifier of specifiers.filter((name) => name.startsWith("."))) {
      const to = relative(folder, fromFileUrl(new URL(specifier, toFileUrl(resolve(path)))));
      imports.push({ from, to });
      const complaint = orderComplaint(from, to);
      if (complaint) complaints.push(complaint);
    }
  }
  return [...complaints, ...cycleComplaints(imports)];
}

/** Returns whether a module uses an API of Deno or Node. */
function usesRuntime(code: string, specifiers: readonly string[]): boolean {
  return /\bDeno\s*\./.test(code) || specifiers.some((name) => name.startsWith("node:"));
}

/** Returns what is wrong with an import, or `undefined` if it keeps the order of the rooms. */
function orderComplaint(from: string, to: string): string | undefined {
  const lower = ORDER.indexOf(roomOf(from));
  const upper = ORDER.indexOf(roomOf(to));
  if (lower < 0) {
    return `${from} lies in no known room; add its folder to ORDER in lib/commands/check/layers.ts.`;
  }
  if (upper > lower) {
    return `${from} imports ${to}, but ${ORDER[upper]} comes after ${
      ORDER[lower]
    } in the order of the rooms.`;
  }
  const studies = [from, to].map((path) => STUDY.exec(path)?.[0]);
  if (studies[0] && studies[1] && studies[0] !== studies[1]) {
    return `${from} imports ${to}, but no study imports another study; move what both need to a method, a task or stats/.`;
  }
  return undefined;
}

/**
 * Returns the room that a path lies in: the room with the longest name, or the path itself if it
 * lies in no room.
 */
function roomOf(path: string): string {
  const rooms = ORDER.filter((room) => path === room || path.startsWith(`${room}/`));
  return rooms.toSorted((a, b) => b.length - a.length)[0] ?? path;
}

/** Returns one complaint for each import that closes a cycle. */
function cycleComplaints(imports: readonly Import[]): string[] {
  const targets = Map.groupBy(imports, ({ from }) => from);
  const complaints: string[] = [];
  const finished = new Set<string>();
  const visit = (module: string, trail: readonly string[]): void => {
    if (trail.includes(module)) {
      const cycle = [...trail.slice(trail.indexOf(module)), module];
      complaints.push(`Import cycle: ${cycle.join(" → ")}.`);
      return;
    }
    if (finished.has(module)) return;
    for (const { to } of targets.get(module) ?? []) visit(to, [...trail, module]);
    finished.add(module);
  };
  for (const module of targets.keys()) visit(module, []);
  return complaints;
}

/** Returns the specifiers of the static imports and re-exports of a module. */
function specifiersOf(code: string): string[] {
  const statements = code.matchAll(
    /^\s*(?:import|export)\b[^;'"`()]*?\bfrom\s*["']([^"']+)["']/gm,
  );
  const bare = code.matchAll(/^\s*import\s*["']([^"']+)["']/gm);
  return [...statements, ...bare].map(([, specifier]) => specifier);
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
