import { checkArguments, is } from "../../base/arguments.ts";
import type { Abilities } from "../../base/abilities.ts";
import { type Drawing, table } from "../../plot/mod.ts";

/**
 * Returns a drawn table of a model's abilities: the abilities that the sections of the notebook
 * need, whether the model has them, and what was found.
 *
 * @param abilities the abilities that were looked for.
 * @returns a drawing for a notebook cell.
 *
 * @example
 * ```ts
 * import { Abilities, notebook } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const abilities = new Abilities().note("base", {
 *   what: "a base model",
 *   there: false,
 *   found: "none",
 * });
 * assert(/a base model +no +none/.test(notebook.abilitiesView(abilities).text));
 * ```
 */
export function abilitiesView(abilities: Abilities): Drawing {
  checkArguments("abilitiesView", {
    abilities: [abilities, is.like("abilities", "list", "note", "missing")],
  });
  const { list } = abilities;

  const rows = list.map(({ what, there, found }) => ({
    "what sections need": what,
    there: there ? "yes" : "no",
    found,
  }));
  return table(rows, { caption: "What the model can do. Sections that need more are skipped." });
}
