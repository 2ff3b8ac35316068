import { join, toFileUrl } from "deno-std/path/mod.js";
import { infoOf } from "../checkpoint/files.ts";
import { type Notebook, readNotebook } from "./notebook_file.ts";

/** The code of a notebook as one module for the type checker. */
export interface CellsModule {
  /** A path beside the notebook, so that relative imports lead to the same files. */
  path: string;
  text: string;
  /**
   * Returns a message of the checker with places in the module replaced by notebook, cell and line.
   */
  placed(message: string): string;
  /**
   * Returns the lines of the module, from 0, that hold a line of a cell; both count from 1. An
   * import is first at the top.
   */
  linesOf(cell: number, line: number): number[];
}

/** An import statement at the start of a line. Its clause may span several lines or be missing. */
const IMPORT_STATEMENT =
  /^import\b(?!\s*\()(?:[^;'"]*?\bfrom\s*)?\s*["'][^"'\n]+["'](?:\s*with\s*\{[^}]*\})?;?/gm;

/**
 * Returns a module for each notebook of a folder.
 *
 * @param folder the folder; a folder that does not exist has no notebooks.
 * @throws CircuitbookError if a file that ends in `.ipynb` is no notebook.
 */
export async function cellsModules(folder: string): Promise<CellsModule[]> {
  if (!await infoOf(folder)) return [];
  const modules: CellsModule[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (name.endsWith(".ipynb")) modules.push(cellsModule(await readNotebook(path), path));
  }
  return modules;
}

/**
 * Returns all cells of a notebook as one module. Each cell is a block inside the block of the cell
 * before, so that it sees the earlier names and may declare them again, as the kernel allows. Each
 * import goes to the top, once.
 *
 * @param notebook the cells, in their order.
 * @param path the notebook's file, which messages name.
 */
export function cellsModule(notebook: Pick<Notebook, "cells">, path: string): CellsModule {
  const header: Line[] = [];
  const imported = new Set<string>();
  const lines: Line[] = [];
  let depth = 0;
  for (const [cell, { cell_type, source }] of notebook.cells.entries()) {
    if (cell_type !== "code") continue;
    const body = source.replace(IMPORT_STATEMENT, (statement, offset: number) => {
      const line = source.slice(0, offset).split("\n").length;
      header.push(...placedLines(withoutRepeats(statement, imported), cell + 1, line));
      return statement.replace(/[^\n]/g, " ");
    });
    lines.push({ text: "{" }, ...placedLines(body, cell + 1, 1));
    depth++;
  }
  const all = [...header, ...lines, { text: "}".repeat(depth) }, { text: "export {};" }];
  const modulePath = path.replace(/([^/]+)\.ipynb$/, ".$1.cells.ts");
  return {
    path: modulePath,
    text: all.map(({ text }) => text).join("\n") + "\n",
    placed: (message) => placed(message, modulePath, path, all.map(({ place }) => place)),
    linesOf: (cell, line) =>
      all.flatMap(({ place }, i) => place?.cell === cell && place.line === line ? [i] : []),
  };
}

/** A place in a notebook. Cells and lines are numbered from 1; cells of prose count, too. */
interface Place {
  cell: number;
  line: number;
}

/** A line of the module; `place` is where it stands in the notebook. */
interface Line {
  text: string;
  place?: Place;
}

function placedLines(text: string, cell: number, first: number): Line[] {
  return text.split("\n").map((line, i) => ({ text: line, place: { cell, line: first + i } }));
}

/**
 * Returns an import statement in which names are replaced by spaces that were already imported from
 * the same module.
 */
function withoutRepeats(statement: string, imported: Set<string>): string {
  const module = statement.match(/["']([^"'\n]+)["']/)?.[1];
  const isNew = (name: string) =>
    imported.size < imported.add(`${name.trim()} from ${module}`).size;
  if (statement.includes("{")) {
    return statement.replace(
      /\{([^}]*)\}/,
      (clause) =>
        clause.replace(
          /[^{},]+,?/g,
          (name) => isNew(name.replace(",", "")) ? name : name.replace(/\S/g, " "),
        ),
    );
  }
  return isNew(statement) ? statement : statement.replace(/[^\n]/g, " ");
}

function placed(
  message: string,
  module: string,
  notebook: string,
  places: (Place | undefined)[],
): string {
  const names = `(?:${RegExp.escape(toFileUrl(module).href)}|${RegExp.escape(module)})`;
  return message.replaceAll(new RegExp(`${names}:(\\d+):(\\d+)`, "g"), (whole, line, column) => {
    const place = places[Number(line) - 1];
    return place ? `${notebook}, cell ${place.cell}, line ${place.line}, column ${column}` : whole;
  });
}
