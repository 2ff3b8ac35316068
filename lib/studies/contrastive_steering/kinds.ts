import { is } from "../../base/arguments.ts";

/** The kind of an argument that is an `Example` of one of the two sides. */
export const anExample = is.like("an example", "problem", "tokens", "promptLength");

/** The kind of an argument that is a `Start` of an attempt. */
export const aStart = is.like("a start", "problem", "tokens", "before");
