import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Model } from "../model/model.ts";
import { atLeastOne, checkOptions } from "../base/options.ts";
import { EdgeList } from "./connected.ts";

/** How large a circuit is. */
export interface CircuitOptions {
  /** Edges, at most. */
  readonly edges: number;
}

/**
 * The circuit of the highest scores: the lines of a table of edges that it consists of, in the model's order.
 *
 * It grows from the logits backwards: each time by the edge with the score of largest magnitude among those that lead to a node in
 * it (the greedy search of Hanna, Pezzelle and Belinkov, arXiv 2403.17806). Edges that are on no way from the embedding to the
 * logits would carry nothing and are left out; it grows until one more would make too many, so that there may be a few less than asked.
 *
 * @param table made by `attribution.edges`; a part of its lines will do.
 * @throws CircuitbookError when a line is not an edge of the model, or has no score.
 *
 * @example
 * ```ts
 * import { attribution, loadModel } from "circuitbook";
 * import { assert } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const pairs = { clean: "11 + 5 =", corrupted: "11 + 4 =" };
 * const table = await attribution.edges(model, pairs, { metric: { logitDifference: [20, 21] } });
 * assert(attribution.circuit(model, table, { edges: 40 }).height <= 40);
 * ```
 */
export function circuit(model: Model, table: pl.DataFrame, options: CircuitOptions): pl.DataFrame {
  checkOptions(options, z.strictObject({ edges: atLeastOne }), "circuit");
  const list = new EdgeList(model.architecture);
  const { order, lines } = rankedEdges(list, table);
  const chosen = list.circuit(order, options.edges);
  const records = table.toRecords();
  return chosen.length
    ? pl.DataFrame(chosen.map((edge) => records[lines.get(edge)!]))
    : table.head(0);
}

/** The edges of a table in the order in which the greedy search adds them, and the line of each. */
export function rankedEdges(
  list: EdgeList,
  table: pl.DataFrame,
): { order: number[]; lines: Map<number, number> } {
  const { lines, scores } = scoresOf(list, table);
  return { order: list.greedy(scores).filter((edge) => lines.has(edge)), lines };
}

/** The line of each edge of a table, and the scores of all edges of the model: 0 where there is no line. */
function scoresOf(
  list: EdgeList,
  table: pl.DataFrame,
): { lines: Map<number, number>; scores: Float64Array } {
  const [from, to, score] = ["from", "to", "score"].map((column) => {
    if (table.columns.includes(column)) return table.getColumn(column).toArray();
    throw new CircuitbookError(
      `Expected a table of edges but found the columns ${table.columns.join(", ")}.`,
    );
  });
  const lines = new Map<number, number>();
  const scores = new Float64Array(list.edges.length);
  from.forEach((_, line) => {
    const edge = list.number(String(from[line]), String(to[line]));
    if (edge === undefined) {
      throw new CircuitbookError(
        `Expected edges of the model but found ${from[line]} to ${to[line]}.`,
      );
    }
    if (!Number.isFinite(score[line])) {
      throw new CircuitbookError(
        `Expected a score of each edge but found ${score[line]} from ${from[line]} to ${to[line]}.`,
      );
    }
    lines.set(edge, line);
    scores[edge] = Number(score[line]);
  });
  return { lines, scores };
}
