import type { Graph, Value } from "../../onnx/graph.ts";
import { DATA_TYPE } from "../../onnx/encode.ts";
import { SAMPLING_NAMES } from "../plan/graph_names.ts";
import type { PlannedSampling } from "../plan/plan.ts";

/** Candidates for the next token: weights that are proportional to their probabilities. */
interface Candidates {
  /** f32 [row, candidate]. */
  readonly weights: Value;
  /** The number of candidates. */
  readonly count: number;
}

/**
 * Writes how the next token of each row is chosen, and returns nothing: the tokens are an output of
 * the graph, int32 [row]. The sum of each row's differences from its largest logit is another, f32
 * [row]; it is NaN if a logit is.
 *
 * A token is drawn with one uniform number of the host: the candidates lie one after the other on a
 * line, each as long as its weight, and the number is a place on that line.
 *
 * @param logits f32 [row, vocab].
 */
export function writeSampling(
  graph: Graph,
  plan: PlannedSampling,
  logits: Value,
  vocab: number,
): void {
  graph.scope("sample", () => {
    const lastAxis = graph.integers(1);
    const highest = graph.node("ReduceMax", [logits, lastAxis], { keepdims: 1 });
    const temperature = plan.temperature
      ? graph.input(SAMPLING_NAMES.temperature, "float32", [])
      : undefined;
    const distances = graph.node("Sub", [logits, highest]);
    // The sum is NaN if a logit is. The exponentials would not show a NaN, because a GPU may return
    // 0 for the exponential of NaN.
    graph.output(
      SAMPLING_NAMES.check,
      graph.node("ReduceSum", [distances, lastAxis], { keepdims: 0 }),
    );
    const best = graph.node("ArgMax", [logits], { axis: 1, keepdims: 1 }, { type: "int64" });
    const token = temperature
      ? drawnToken(graph, plan, { distances, best, temperature }, vocab)
      : best;
    graph.output(
      SAMPLING_NAMES.tokens,
      graph.node("Cast", [graph.node("Reshape", [token, graph.integers(-1)])], {
        to: DATA_TYPE.int32,
      }, { type: "int32" }),
    );
  });
}

/** The logits of some rows, and what was computed of them. */
interface Scored {
  /** f32 [row, vocab]: the logits less the largest of the row. */
  readonly distances: Value;
  /** int64 [row, 1]: the most probable token. */
  readonly best: Value;
  /** f32 []. */
  readonly temperature: Value;
}

/** Returns the tokens that are drawn, int64 [row, 1]. */
function drawnToken(
  graph: Graph,
  { topK, topP }: PlannedSampling,
  { distances, best, temperature }: Scored,
  vocab: number,
): Value {
  const weightsOf = (values: Value) =>
    graph.node("Exp", [graph.node("Div", [values, temperature])]);
  if (topK === undefined && !topP) {
    return drawn(graph, { weights: weightsOf(distances), count: vocab }, best);
  }
  const count = Math.min(topK ?? vocab, vocab);
  const [values, tokens] = graph.nodeWithOutputs(
    "TopK",
    [distances, graph.integers(count)],
    ["float32", "int64"],
    { axis: 1 },
  );
  const sorted = { weights: weightsOf(values), count };
  const kept = topP ? { weights: nucleus(graph, sorted), count } : sorted;
  // Candidates are sorted, so the most probable one has index 0. Subtracting `best` from itself
  // gives one 0 per row, however many rows there are.
  const first = graph.node("Sub", [best, best]);
  return graph.node("GatherElements", [tokens, drawn(graph, kept, first)], { axis: 1 });
}

/**
 * Returns the weights [row, candidate] of sorted candidates, with 0 for candidates after the
 * nucleus, which is the shortest list from the first candidate on whose share of the whole is at
 * least the requested share.
 */
function nucleus(graph: Graph, { weights, count }: Candidates): Value {
  const sums = runningSums(graph, { weights, count });
  const share = graph.input(SAMPLING_NAMES.topP, "float32", []);
  const wanted = graph.node("Mul", [columns(graph, sums, count - 1, count), share]);
  // The sum before a candidate decides, without the candidate itself, so that the candidate that
  // reaches the share is kept.
  const before = count === 1
    ? graph.node("Sub", [sums, sums])
    : graph.node("Pad", [columns(graph, sums, 0, count - 1), graph.integers(0, 1, 0, 0)]);
  const isKept = graph.node("Less", [before, wanted], {}, { type: "bool" });
  return graph.node("Mul", [weights, asFloat(graph, isKept)]);
}

/**
 * Returns the index of the candidate that each row draws, int64 [row, 1].
 *
 * @param fallback int64 [row, 1]: the index that is taken if, through rounding, the place lies
 * after the last candidate.
 */
function drawn(graph: Graph, { weights, count }: Candidates, fallback: Value): Value {
  const sums = runningSums(graph, { weights, count });
  const draws = graph.input(SAMPLING_NAMES.draws, "float32", ["sampled", 1]);
  const place = graph.node("Mul", [columns(graph, sums, count - 1, count), draws]);
  // Candidates whose sums end at the place or before it are passed over.
  const passed = graph.node("LessOrEqual", [sums, place], {}, { type: "bool" });
  const index = graph.node("ReduceSum", [asFloat(graph, passed), graph.integers(1)], {
    keepdims: 1,
  });
  const isInside = graph.node("Less", [index, graph.scalar(count)], {}, { type: "bool" });
  const whole = graph.node("Cast", [index], { to: DATA_TYPE.int64 }, { type: "int64" });
  return graph.node("Where", [isInside, whole, fallback], {}, { type: "int64" });
}

/**
 * Returns the running sums of weights, [row, candidate], summed in about √count blocks of √count:
 * adding 100,000 numbers one by one in f32 would lose the small ones.
 */
function runningSums(graph: Graph, { weights, count }: Candidates): Value {
  const size = Math.ceil(Math.sqrt(count));
  const blocks = Math.ceil(count / size);
  const missing = blocks * size - count;
  const whole = missing ? graph.node("Pad", [weights, graph.integers(0, 0, 0, missing)]) : weights;
  const grid = graph.node("Reshape", [whole, graph.integers(0, blocks, size)]);
  const inBlock = graph.node("CumSum", [grid, graph.integers(2)]);
  const ends = graph.node("Slice", [
    inBlock,
    graph.integers(size - 1),
    graph.integers(size),
    graph.integers(2),
  ]);
  const before = graph.node("CumSum", [ends, graph.integers(1)], { exclusive: 1 });
  const sums = graph.node("Add", [inBlock, before]);
  return columns(graph, graph.node("Reshape", [sums, graph.integers(0, -1)]), 0, count);
}

/** Returns some neighbouring columns of a value [row, column]. */
function columns(graph: Graph, value: Value, from: number, to: number): Value {
  return graph.node("Slice", [
    value,
    graph.integers(from),
    graph.integers(to),
    graph.integers(1),
  ]);
}

/** Returns 1 for true and 0 for false. */
function asFloat(graph: Graph, value: Value): Value {
  return graph.node("Cast", [value], { to: DATA_TYPE.float32 }, { type: "float32" });
}
