import { is } from "../base/arguments.ts";

/** The kind of an argument that is a training `Recipe`. */
export const aRecipe = is.like("a recipe", "name", "about");
