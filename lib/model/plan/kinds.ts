import { is } from "../../base/arguments.ts";

/** The kind of an argument that is a loaded model. */
export const aModel = is.like("a model", "architecture", "tokenizer");

/** The kind of an argument that describes a model: an `Architecture`. */
export const anArchitecture = is.like("an architecture", "layers", "heads", "dModel");

/** The kind of an argument that holds clean and corrupted prompts. */
export const promptPairs = is.like("pairs of prompts", "clean", "corrupted");

/** The kind of an argument that is a run's `Cache`. */
export const aCache = is.like("the cache of a run", "tokens", "names");
