import { join } from "@std/path";

/** A cell of a test's notebook: code, or prose when it begins with `#`. */
export type CellText = string;

/** The text of an `.ipynb` file with these cells. */
export function notebookText(cells: readonly CellText[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: {
      kernelspec: {
        name: "circuitbook",
        display_name: "Circuitbook (TypeScript)",
        language: "typescript",
      },
    },
    cells: cells.map((source, i) =>
      source.startsWith("#") ? { cell_type: "markdown", id: `cell-${i}`, metadata: {}, source } : {
        cell_type: "code",
        id: `cell-${i}`,
        metadata: {},
        source,
        outputs: [],
        execution_count: null,
      }
    ),
  });
}

/**
 * Runs a test with a folder of notebooks inside the repository, where the import map holds; the
 * folder goes afterwards.
 */
export async function withNotebooks(
  notebooks: Readonly<Record<string, readonly CellText[]>>,
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: import.meta.dirname, prefix: "tmp-" });
  try {
    for (const [name, cells] of Object.entries(notebooks)) {
      await Deno.writeTextFile(join(folder, `${name}.ipynb`), notebookText(cells));
    }
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
