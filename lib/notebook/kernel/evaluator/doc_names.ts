/** The part of `deno doc --json` that is read. */
interface Documentation {
  nodes: Record<string, { symbols: { name: string }[] }> | { name: string }[];
}

/**
 * Returns the names that a module exports, types included, or an empty list for a module that `deno
 * doc` cannot read.
 *
 * @param specifier the module's name.
 * @param referrer the address of the module that imports.
 */
export async function docNames(specifier: string, referrer: string): Promise<string[]> {
  const url = /^\.{0,2}\//.test(specifier)
    ? new URL(specifier, referrer).href
    : resolvedName(specifier);
  if (!url) return [];
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", url],
    stderr: "null",
  }).output();
  if (!success) return [];
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as Documentation;
  const symbols = Array.isArray(nodes)
    ? nodes
    : Object.values(nodes).flatMap(({ symbols }) => symbols);
  return symbols.map(({ name }) => name);
}

function resolvedName(specifier: string): string | undefined {
  try {
    return import.meta.resolve(specifier);
  } catch (_notInImportMap) {
    return undefined;
  }
}
