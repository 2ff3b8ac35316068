import { is } from "../../base/arguments.ts";

/** The kind of an argument that is a `MatchedPair` of a right and a wrong result. */
export const aMatchedPair = is.like("a matched pair", "problem", "index", "correct");
