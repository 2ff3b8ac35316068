import { type Cut, Graph, type Node, type Port, type Value } from "./graph.ts";

/** A part of a graph that runs in one session, and the cuts at its end. */
export interface Stage {
  readonly graph: Graph;
  /** The points at which TypeScript changes values before the next stage starts. */
  readonly cuts: readonly Cut[];
}

/**
 * Returns the stages of a graph: its parts between cuts, which run one after the other. A value
 * that one stage computes and a later stage reads is an output of the first and an input of the
 * second, under the value's own name. A graph without cuts is its own only stage.
 */
export function stagesOf(graph: Graph): Stage[] {
  if (!graph.cuts.length) return [{ graph, cuts: [] }];
  const stage = stageOfValues(graph);
  const last = Math.max(...stage.values());
  return Array.from({ length: last + 1 }, (_, index) => {
    const nodes = graph.nodes.filter((node) => stageOfNode(node, stage) === index);
    const cuts = graph.cuts.filter((cut) => (stage.get(madeValue(cut, graph).name) ?? 0) === index);
    return { graph: part(graph, index, nodes, cuts, stage), cuts };
  });
}

/**
 * The index of the stage that computes each value: one more than the stage of the last cut before
 * it.
 */
function stageOfValues(graph: Graph): Map<string, number> {
  const stage = new Map<string, number>();
  const cuts = Map.groupBy(graph.cuts, (cut) => madeValue(cut, graph).name);
  for (const { value } of graph.inputs) {
    for (const cut of cuts.get(value.name) ?? []) stage.set(cut.after.name, 1);
  }
  for (const node of graph.nodes) {
    const index = stageOfNode(node, stage);
    for (const output of node.outputs) {
      stage.set(output.name, index);
      for (const cut of cuts.get(output.name) ?? []) stage.set(cut.after.name, index + 1);
    }
  }
  return stage;
}

/**
 * Returns the value of the graph that a cut starts from. Several cuts in a row share one: all of
 * them are applied at the end of the stage that computes it, in their order.
 */
function madeValue({ before }: Cut, graph: Graph): Value {
  const earlier = graph.cuts.find(({ after }) => after.name === before.name);
  return earlier ? madeValue(earlier, graph) : before;
}

/**
 * A node runs in the last of the stages that compute its inputs; graph inputs and constants are in
 * stage 0.
 */
function stageOfNode(node: Node, stage: ReadonlyMap<string, number>): number {
  return Math.max(0, ...node.inputs.map((input) => input ? stage.get(input.name) ?? 0 : 0));
}

/** Returns the graph of one stage, with the inputs, constants and outputs that the stage needs. */
function part(
  graph: Graph,
  index: number,
  nodes: readonly Node[],
  cuts: readonly Cut[],
  stage: ReadonlyMap<string, number>,
): Graph {
  const result = new Graph(`${graph.name}/${index}`);
  const made = new Set(nodes.flatMap((node) => node.outputs.map((output) => output.name)));
  const used = new Map<string, Value>(
    nodes.flatMap((node) => node.inputs).flatMap((v) => v ? [[v.name, v]] : []),
  );
  const constants = new Set(
    [...graph.constants, ...graph.externals].map(({ value }) => value.name),
  );
  const declared = new Map(graph.inputs.map((port) => [port.value.name, port]));
  for (const value of used.values()) {
    if (made.has(value.name) || constants.has(value.name)) continue;
    result.inputs.push(declared.get(value.name) ?? port(value));
  }
  result.nodes.push(...nodes);
  result.constants.push(...graph.constants.filter(({ value }) => used.has(value.name)));
  result.externals.push(...graph.externals.filter(({ value }) => used.has(value.name)));
  result.outputs.push(...graph.outputs.filter(({ value }) => made.has(value.name)));
  const cutValues = cuts.map((cut) => madeValue(cut, graph)).filter(({ name }) => made.has(name));
  // The values that leave the stage besides the graph's own outputs: values for functions, and
  // values that later stages read.
  const leaving = new Map(cutValues.map((value) => [value.name, value]));
  for (const node of graph.nodes) {
    if (stageOfNode(node, stage) <= index) continue;
    for (const input of node.inputs) {
      if (input && made.has(input.name)) leaving.set(input.name, input);
    }
  }
  for (const { value } of result.outputs) leaving.delete(value.name);
  result.outputs.push(...[...leaving.values()].map(port));
  return result;
}

function port(value: Value): Port {
  return { value };
}
