import type { Graph, Node } from "./graph.ts";

/** Removes the nodes, cuts, constants and inputs that no output of the graph depends on. */
export function prune(graph: Graph): void {
  const needed = new Set(graph.outputs.map(({ value }) => value.name));
  const cuts = new Map(graph.cuts.map((cut) => [cut.after.name, cut.before.name]));
  const nodes = new Set<Node>();
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output.name))) continue;
    nodes.add(node);
    for (const input of node.inputs) {
      if (!input) continue;
      needed.add(input.name);
      // A value after one or several cuts needs the value before them.
      for (let before = cuts.get(input.name); before; before = cuts.get(before)) needed.add(before);
    }
  }
  keep(graph.nodes, (node) => nodes.has(node));
  keep(graph.cuts, (cut) => needed.has(cut.after.name));
  keep(graph.constants, ({ value }) => needed.has(value.name));
  keep(graph.externals, ({ value }) => needed.has(value.name));
  keep(graph.inputs, ({ value }) => needed.has(value.name));
}

/**
 * Keeps the items of a list that pass a test. The lists of a graph are read-only fields, changed in
 * place.
 */
function keep<T>(list: T[], test: (item: T) => boolean): void {
  list.splice(0, list.length, ...list.filter(test));
}
