import { is } from "../../base/arguments.ts";

/**
 * The kind of an argument that is a `JudgedPair`: a prompt with a right and one with a wrong
 * result.
 */
export const aJudgedPair = is.like("a pair", "correct", "wrong", "positions");
