import { is } from "../../base/arguments.ts";

/** The kind of an argument that is an `AlteredText`. */
export const anAlteredText = is.like("an altered text", "text", "tokens", "index");

/** The kind of an argument that is a `Counterfactual`. */
export const aCounterfactual = is.like("a counterfactual", "change", "row");
