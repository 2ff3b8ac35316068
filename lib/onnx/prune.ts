import type { Graph, Node } from "./graph.ts";

/** Drops from a graph what no output needs: nodes, constants and inputs. */
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
      for (let before = cuts.get(input.name); before; before = cuts.get(before)) needed.add(before);
    }
  }
  keep(graph.nodes, (node) => nodes.has(node));
  keep(graph.cuts, (cut) => needed.has(cut.after.name));
  keep(graph.constants, ({ value }) => needed.has(value.name));
  keep(graph.externals, ({ value }) => needed.has(value.name));
  keep(graph.inputs, ({ value }) => needed.has(value.name));
}

function keep<T>(list: T[], test: (item: T) => boolean): void {
  list.splice(0, list.length, ...list.filter(test));
}
