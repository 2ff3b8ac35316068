import { join } from "deno-std/path/mod.js";
import { CommandError } from "../repository.ts";

/** The title of the notebook that new notebooks are copied from. */
const TITLE = "My question";

/**
 * Matches the names that a notebook may have: their characters are valid in file names and in
 * addresses of reports.
 */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._ -]*$/u;

/**
 * Writes a new notebook. The notebook loads a model, runs an experiment, draws the result and tests
 * a statement, under the headings that a report needs.
 *
 * @param folder the folder of the notebook.
 * @param name the name of the notebook; `my-question` and `my-question.ipynb` are one name.
 * @returns the path of the notebook.
 * @throws CommandError if the name cannot be a file's, or if there is a file of that name.
 */
export async function startNotebook(folder: string, name: string): Promise<string> {
  const stem = name.replace(/\.ipynb$/, "");
  if (!NAME.test(stem)) {
    throw new CommandError(
      `Expected a name such as my-question but found "${name}"; use letters, digits, "-", "_", "." and spaces, and give the folder after the name.`,
    );
  }
  const started = await Deno.readTextFile(join(import.meta.dirname!, "question.ipynb"));
  const path = join(folder, `${stem}.ipynb`);
  try {
    await Deno.writeTextFile(path, started.replaceAll(TITLE, titleOf(stem)), { createNew: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new CommandError(
      `Expected a new name but found that ${path} exists already; choose another name.`,
    );
  }
  return path;
}

/** Returns a name as a title: `my-question` becomes "My question". */
function titleOf(stem: string): string {
  const words = stem.replaceAll(/[-_]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
