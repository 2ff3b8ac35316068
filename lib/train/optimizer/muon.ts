import type { Graph, Value } from "../../onnx/graph.ts";
import type { HiddenMatrix } from "./hidden_matrices.ts";
import { orthogonalised } from "./newton_schulz.ts";
import type { OptimizerSettings } from "./settings.ts";

/** Matrices of one shape, which are updated together in one product. */
export interface MuonGroup {
  /** The name of the group's moment: `muon.512x192`. */
  readonly moment: string;
  readonly matrices: readonly HiddenMatrix[];
  readonly rows: number;
  readonly columns: number;
}

/** Graph inputs without axes whose values change with the step. */
export interface MuonRates {
  readonly rate: Value;
  /** 1 − rate × decay: the factor of the weights. */
  readonly keep: Value;
}

/**
 * Returns hidden matrices grouped by their shape and by their layout ([outputs, inputs] or
 * transposed).
 */
export function muonGroups(matrices: readonly HiddenMatrix[]): MuonGroup[] {
  const groups = Map.groupBy(
    matrices,
    ({ shape, outputs }) => `${shape.join("x")}${outputs === shape[0] ? "" : "t"}`,
  );
  return [...groups].map(([key, matrices]) => {
    const [rows, columns] = matrices[0].shape;
    return { moment: `muon.${key}`, matrices, rows, columns };
  });
}

/**
 * Adds a step of Muon with Nesterov momentum for a group of matrices to a graph (Jordan et al.,
 * 2024, https://kellerjordan.github.io/posts/muon).
 *
 * @param values `weights` and clipped `gradients` by name, and the `moment` [matrix, row, column].
 * @returns the new moment, and the new weights in the order of the group.
 */
export function muonStep(
  graph: Graph,
  { matrices, rows, columns }: MuonGroup,
  { weights, gradients, moment }: {
    weights: (name: string) => Value;
    gradients: (name: string) => Value;
    moment: Value;
  },
  { rate, keep }: MuonRates,
  { momentum, iterations }: NonNullable<OptimizerSettings["muon"]>,
): { moment: Value; weights: Value[] } {
  // Matrices of one shape are stacked: a batched product is faster than many small ones.
  const stack = (of: (name: string) => Value) => {
    const joined = graph.node("Concat", matrices.map(({ name }) => of(name)), { axis: 0 });
    return graph.node("Reshape", [joined, graph.integers(matrices.length, rows, columns)]);
  };
  const mix = (older: Value, newer: Value) =>
    graph.node("Add", [
      graph.node("Mul", [older, graph.scalar(momentum)]),
      graph.node("Mul", [newer, graph.scalar(1 - momentum)]),
    ]);
  const gradient = stack(gradients);
  const newMoment = mix(moment, gradient);
  // Nesterov momentum adds the gradient once more, besides its part in the moment.
  const direction = orthogonalisedAnyWay(graph, mix(newMoment, gradient), {
    rows,
    columns,
    iterations,
  });
  const [{ outputs, inputs }] = matrices;
  // All singular values of the change are about 1 in every shape. A matrix with more outputs than
  // inputs takes a longer step, so that its outputs change as much as the outputs of a square
  // matrix.
  const gain = graph.scalar(Math.sqrt(Math.max(1, outputs / inputs)));
  const change = graph.node("Mul", [direction, graph.node("Mul", [rate, gain])]);
  const stepped = graph.node("Sub", [graph.node("Mul", [stack(weights), keep]), change]);
  const joined = graph.node("Reshape", [stepped, graph.integers(matrices.length * rows, columns)]);
  return { moment: newMoment, weights: split(graph, joined, matrices.length, rows) };
}

/**
 * Matrices with more rows than columns are transposed first: the iteration costs less on the
 * shorter side.
 */
function orthogonalisedAnyWay(
  graph: Graph,
  matrices: Value,
  { rows, columns, iterations }: { rows: number; columns: number; iterations: number },
): Value {
  if (rows <= columns) return orthogonalised(graph, matrices, { rows, columns, iterations });
  const turn = (value: Value) => graph.node("Transpose", [value], { perm: [0, 2, 1] });
  return turn(orthogonalised(graph, turn(matrices), { rows: columns, columns: rows, iterations }));
}

function split(graph: Graph, joined: Value, count: number, rows: number): Value[] {
  if (count === 1) return [joined];
  const sizes = graph.integers(...Array.from({ length: count }, () => rows));
  return graph.nodeWithOutputs(
    "Split",
    [joined, sizes],
    Array.from({ length: count }, () => joined.type),
    { axis: 0 },
  );
}
