import { dirname, join } from "deno-std/path/mod.js";

/**
 * Returns the number of bytes that this process can still allocate: the available memory of the
 * machine or, if smaller, of a control group of the process (containers, `systemd-run -p
 * MemoryMax`, Slurm). Memory that holds copies of files counts as available, because the system
 * releases it when needed.
 *
 * Infinity if the system does not report its memory, for example without permission to read
 * `/proc`.
 */
export function availableMemory(): number {
  return Math.min(leftOnMachine(), leftInGroups(contentOf("/proc/self/cgroup"), "/sys/fs/cgroup"));
}

/**
 * Returns the number of bytes that the control groups of a process have available: the smallest
 * number of all groups. Infinity if no group has a limit.
 *
 * @param groups the groups of the process, as `/proc/self/cgroup` lists them.
 * @param root the folder of the control groups.
 */
export function leftInGroups(groups: string, root: string): number {
  return Math.min(Infinity, ...controlGroups(groups, root).map(leftInGroup));
}

function leftOnMachine(): number {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(contentOf("/proc/meminfo"));
  if (found) return Number(found[1]) * 1024;
  // Neither macOS nor Windows has /proc.
  try {
    return Deno.systemMemoryInfo().available || Infinity;
  } catch {
    return Infinity;
  }
}

/** The files with the limit and the use of a control group. */
interface ControlGroup {
  readonly folder: string;
  readonly limit: string;
  readonly use: string;
  /**
   * The lines of `memory.stat` that count the page cache, including the page cache of child groups.
   */
  readonly pageCache: RegExp;
}

/**
 * Returns the control groups that limit the memory of a process: its own group, and the groups
 * around it.
 */
function controlGroups(groups: string, root: string): ControlGroup[] {
  return groups.split("\n").flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    // Version 2 has one hierarchy, without names; version 1 has one for memory.
    if (controllers === "") {
      return foldersUpFrom(root, path).map((folder) => ({
        folder,
        limit: "memory.max",
        use: "memory.current",
        pageCache: /^(?:in)?active_file (\d+)$/gm,
      }));
    }
    if (!controllers?.split(",").includes("memory")) return [];
    return foldersUpFrom(join(root, "memory"), path).map((folder) => ({
      folder,
      limit: "memory.limit_in_bytes",
      use: "memory.usage_in_bytes",
      pageCache: /^total_(?:in)?active_file (\d+)$/gm,
    }));
  });
}

/** Returns a folder below a root, every folder between the two, and the root. */
function foldersUpFrom(root: string, path: string): string[] {
  const folders: string[] = [];
  for (let at = path; at !== "/" && at !== "."; at = dirname(at)) folders.push(join(root, at));
  return [...folders, root];
}

/**
 * Returns the number of bytes that a control group has available; Infinity for a group without a
 * limit.
 */
function leftInGroup({ folder, limit, use, pageCache }: ControlGroup): number {
  // A group without a limit says "max" in version 2, and a number beyond any memory in version 1.
  const most = Number.parseInt(contentOf(join(folder, limit)));
  const used = Number.parseInt(contentOf(join(folder, use)));
  if (Number.isNaN(most) || Number.isNaN(used)) return Infinity;
  const files = contentOf(join(folder, "memory.stat")).matchAll(pageCache);
  const givenBack = [...files].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  return Math.max(0, most - used + givenBack);
}

/** Returns the content of a file of the system; an empty text if it cannot be read. */
function contentOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    return error instanceof Deno.errors.NotCapable ? contentByC(path) : "";
  }
}

/** The functions of the C library that read a file. */
const C_FUNCTIONS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/**
 * Returns the content of a file, read by the C library: Deno itself reads files in `/proc` and
 * `/sys` under `--allow-all` only, and tasks have fewer permissions. The text is empty if the file
 * cannot be read.
 */
function contentByC(path: string): string {
  let library: Deno.DynamicLibrary<typeof C_FUNCTIONS>;
  try {
    library = Deno.dlopen("libc.so.6", C_FUNCTIONS);
  } catch {
    return "";
  }
  const { open, read, close } = library.symbols;
  const file = open(new TextEncoder().encode(`${path}\0`), 0);
  let text = "";
  if (file >= 0) {
    const decoder = new TextDecoder();
    const chunk = new Uint8Array(1 << 16);
    for (let count; (count = Number(read(file, chunk, BigInt(chunk.length)))) > 0;) {
      text += decoder.decode(chunk.subarray(0, count), { stream: true });
    }
    close(file);
  }
  library.close();
  return text;
}
