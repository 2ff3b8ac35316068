import { Graph, type Value } from "../../onnx/graph.ts";
import { adamStep } from "./adam.ts";
import type { HiddenMatrix } from "./hidden_matrices.ts";
import { type MuonGroup, muonGroups, muonStep } from "./muon.ts";
import type { OptimizerSettings } from "./settings.ts";

/**
 * The names of the graph's inputs and outputs. A new weight or moment is called `next` of the name
 * of its input.
 */
export const port = {
  weight: (name: string) => `weight ${name}`,
  gradient: (name: string) => `gradient ${name}`,
  /** The name of the output that replaces an input. */
  next: (name: string) => `new ${name}`,
  norm: "norm",
  adam: { rate: "adam rate", root: "adam root", keep: "adam keep" },
  muon: { rate: "muon rate", keep: "muon keep" },
} as const;

/** The graph of an optimizer, and the moments that it takes and gives. */
export interface OptimizerGraph {
  readonly graph: Graph;
  /** The shapes of the moments by name. All moments are 0 at first. */
  readonly moments: ReadonlyMap<string, readonly number[]>;
}

/**
 * Returns the graph of one step: it takes weights, gradients, moments and rates, and gives new
 * weights, new moments, and the norm of the gradient over all weights before it is clipped.
 *
 * @param hidden the matrices that Muon updates if the settings ask for it; AdamW updates the rest.
 */
export function optimizerGraph(
  shapes: ReadonlyMap<string, readonly number[]>,
  settings: OptimizerSettings,
  hidden: readonly HiddenMatrix[],
): OptimizerGraph {
  const graph = new Graph("optimizer");
  const moments = new Map<string, readonly number[]>();
  const inputs = (of: (name: string) => string) =>
    new Map([...shapes].map(([name, shape]) => [name, graph.input(of(name), "float32", shape)]));
  const weights = inputs(port.weight);
  const gradients = clipped(graph, inputs(port.gradient), settings.clip);
  const moment = (name: string, shape: readonly number[]) => {
    moments.set(name, shape);
    return graph.input(name, "float32", shape);
  };
  const groups = settings.muon ? muonGroups(hidden) : [];
  for (const group of groups) addMuon(graph, group, settings.muon!, { weights, gradients, moment });
  const byMuon = new Set(groups.flatMap(({ matrices }) => matrices.map(({ name }) => name)));
  addAdam(graph, [...shapes].filter(([name]) => !byMuon.has(name)), settings.adam, {
    weights,
    gradients,
    moment,
  });
  return { graph, moments };
}

/** The graph values that the update of a weight needs. */
interface Sources {
  readonly weights: ReadonlyMap<string, Value>;
  readonly gradients: ReadonlyMap<string, Value>;
  readonly moment: (name: string, shape: readonly number[]) => Value;
}

/**
 * Returns gradients scaled down to a norm of at most `most` over all of them, as
 * `torch.nn.utils.clip_grad_norm_` does.
 */
function clipped(
  graph: Graph,
  gradients: ReadonlyMap<string, Value>,
  most: number,
): Map<string, Value> {
  const squares = [...gradients.values()].map((gradient) =>
    graph.node("ReduceSumSquare", [gradient], { keepdims: 0 })
  );
  const norm = graph.node("Sqrt", [graph.node("Sum", squares)]);
  graph.output(port.norm, norm, []);
  const ratio = graph.node("Div", [
    graph.scalar(most),
    graph.node("Add", [norm, graph.scalar(1e-6)]),
  ]);
  const scale = graph.node("Min", [ratio, graph.scalar(1)]);
  return new Map(
    [...gradients].map(([name, gradient]) => [name, graph.node("Mul", [gradient, scale])]),
  );
}

function addMuon(
  graph: Graph,
  group: MuonGroup,
  settings: NonNullable<OptimizerSettings["muon"]>,
  { weights, gradients, moment }: Sources,
): void {
  const [rate, keep] = [port.muon.rate, port.muon.keep].map((name) => scalarInput(graph, name));
  const shape = [group.matrices.length, group.rows, group.columns];
  const values = {
    weights: (name: string) => weights.get(name)!,
    gradients: (name: string) => gradients.get(name)!,
    moment: moment(group.moment, shape),
  };
  const stepped = muonStep(graph, group, values, { rate, keep }, settings);
  graph.output(port.next(group.moment), stepped.moment, shape);
  group.matrices.forEach(({ name, shape }, i) =>
    graph.output(port.next(name), stepped.weights[i], shape)
  );
}

function addAdam(
  graph: Graph,
  shapes: readonly (readonly [string, readonly number[]])[],
  settings: OptimizerSettings["adam"],
  { weights, gradients, moment }: Sources,
): void {
  const [rate, root, keep] = [port.adam.rate, port.adam.root, port.adam.keep].map((name) =>
    scalarInput(graph, name)
  );
  for (const [name, shape] of shapes) {
    const first = `first ${name}`;
    const second = `second ${name}`;
    const values = { weight: weights.get(name)!, gradient: gradients.get(name)! };
    const moments = { first: moment(first, shape), second: moment(second, shape) };
    const stepped = adamStep(graph, { ...values, ...moments }, { rate, root, keep }, settings);
    graph.output(port.next(name), stepped.weight, shape);
    graph.output(port.next(first), stepped.first, shape);
    graph.output(port.next(second), stepped.second, shape);
  }
}

/** Returns an input without axes, which is declared once. */
function scalarInput(graph: Graph, name: string): Value {
  return graph.inputs.find(({ value }) => value.name === name)?.value ??
    graph.input(name, "float32", []);
}
