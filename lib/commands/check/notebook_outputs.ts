import { join } from "deno-std/path/mod.js";
import { type Notebook, readNotebook } from "../../notebook/notebook_file.ts";
import { exists } from "../files.ts";

/**
 * Returns a complaint for each notebook of a folder that holds outputs. Outputs belong in reports,
 * which run the notebooks again.
 */
export async function outputComplaints(folder: string): Promise<string[]> {
  if (!await exists(folder)) return [];
  const complaints: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".ipynb")) continue;
    const count = cellsWithOutputs(await readNotebook(join(folder, name)));
    if (count === 0) continue;
    const cells = count === 1 ? "1 cell" : `${count} cells`;
    complaints.push(
      `Expected no outputs in ${name} but found outputs of ${cells}; in JupyterLab: Edit, Clear Outputs of All Cells, save.`,
    );
  }
  return complaints;
}

function cellsWithOutputs({ cells }: Notebook): number {
  return cells.filter((cell) => cell.cell_type === "code" && cell.outputs.length > 0).length;
}
