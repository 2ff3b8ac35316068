import { is } from "../base/arguments.ts";

/** The kind of an argument that is a `Graph`. */
export const aGraph = is.like("a graph", "inputs", "outputs", "nodes");

/** The kind of an argument that is a `Value` of a graph. */
export const aValue = is.like("a value of a graph", "name", "type");
