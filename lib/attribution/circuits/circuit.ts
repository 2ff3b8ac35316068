import { z } from "zod";
import { CircuitbookError } from "../../base/errors.ts";
import { checkArguments, is } from "../../base/arguments.ts";
import { aModel } from "../../model/plan/kinds.ts";
import type { Model } from "../../model/model.ts";
import { atLeastOne, checkOptions } from "../../base/options.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";
import { EdgeList } from "./edge_list.ts";
import type { EdgeScore } from "./edges.ts";

/** How large a circuit is. */
export interface CircuitOptions {
  /** How many edges the circuit has at most. */
  readonly edges: number;
}

/**
 * Returns the circuit with the highest scores: the rows of its edges in a table of edge scores, in
 * the order of the model.
 *
 * The circuit grows backwards from the logits. Each step adds the edge with the largest score, of
 * either sign, among the edges that lead to a node of the circuit (the greedy search of Hanna,
 * Pezzelle and Belinkov, arXiv 2403.17806). Edges that lie on no path from the embedding to the
 * logits carry nothing and are left out. The circuit stops growing before it has too many edges, so
 * that it may have a few fewer edges than asked for.
 *
 * @param model the model whose edges were scored.
 * @param table the table of {@link edges}, or some of its rows.
 * @param options how many edges the circuit has at most.
 * @returns the rows of the edges of the circuit.
 * @throws CircuitbookError if a row is not an edge of the model, or its score is not finite.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const model = await loadModel("max-of-list");
 * const pairs = { clean: [[2, 7, 1, 4, 5, 10]], corrupted: [[2, 3, 1, 4, 5, 10]] };
 * const table = await attribution.edges(model, pairs, { metric: { logitDifference: [7, 5] } });
 * assert(attribution.circuit(model, table, { edges: 10 }).height <= 10);
 * ```
 */
export function circuit(
  model: Model,
  table: TableOf<EdgeScore>,
  options: CircuitOptions,
): TableOf<EdgeScore> {
  checkArguments("circuit", { model: [model, aModel], table: [table, is.table] });
  checkOptions(options, z.strictObject({ edges: atLeastOne }), "circuit");
  const list = new EdgeList(model.architecture);
  const { order, rows } = rankedEdges(list, table);
  const chosen = list.circuit(order, options.edges);
  const scores = rowsOf(table);
  return chosen.length ? tableOf(chosen.map((edge) => scores[rows.get(edge)!])) : table.limit(0);
}

/**
 * Returns the edges of a table in the order in which the greedy search adds them, and the row of
 * each.
 */
export function rankedEdges(
  list: EdgeList,
  table: TableOf<EdgeScore>,
): { order: number[]; rows: Map<number, number> } {
  const { rows, scores } = scoresOf(list, table);
  return { order: list.greedy(scores).filter((edge) => rows.has(edge)), rows };
}

/**
 * Returns the row of each edge of a table, and the scores of all edges of the model: 0 for edges
 * without a row.
 */
function scoresOf(
  list: EdgeList,
  table: TableOf<EdgeScore>,
): { rows: Map<number, number>; scores: Float64Array } {
  const [from, to, score] = ["from", "to", "score"].map((column) => {
    if (table.columns.includes(column)) return table.getColumn(column).toArray();
    throw new CircuitbookError(
      `Expected a table of edges but found the columns ${table.columns.join(", ")}.`,
    );
  });
  const rows = new Map<number, number>();
  const scores = new Float64Array(list.edges.length);
  from.forEach((_, row) => {
    const edge = list.number(String(from[row]), String(to[row]));
    if (edge === undefined) {
      throw new CircuitbookError(
        `Expected edges of the model but found ${from[row]} to ${to[row]}.`,
      );
    }
    if (!Number.isFinite(score[row])) {
      throw new CircuitbookError(
        `Expected a score of each edge but found ${score[row]} from ${from[row]} to ${to[row]}.`,
      );
    }
    rows.set(edge, row);
    scores[edge] = Number(score[row]);
  });
  return { rows, scores };
}
