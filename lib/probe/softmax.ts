import type { GraphTensor } from "../onnx/feeds.ts";
import { createSession } from "../model/engine/runtime.ts";
import type { Session } from "../model/engine/session.ts";
import { encodeGraph } from "../onnx/encode.ts";
import { gradients } from "../onnx/gradient/gradient.ts";
import { Graph, type Value } from "../onnx/graph.ts";

/** The features of some examples at several layers, and the index of the class of each example. */
export interface Examples {
  /** [layer, example, feature]. The last feature of each example is 1; its weight is the bias. */
  readonly features: Float64Array;
  readonly labels: Int32Array;
}

/** The losses of one layer at given parameters. */
export interface Evaluation {
  /** The mean cross-entropy of the training examples, in nats, plus the penalty. */
  readonly value: number;
  /** The gradient of `value` with respect to the parameters. */
  readonly gradient: Float64Array;
  /** The mean cross-entropy of the held-out examples, without the penalty; 0 if there are none. */
  readonly heldOut: number;
}

/** The shape of the parameters of a layer. */
export interface Sizes {
  readonly classCount: number;
  /** The number of features of an example, including the 1. */
  readonly featureCount: number;
  /** The number of hidden neurons of an MLP; 0 for linear scores. */
  readonly hiddenCount: number;
}

/** One matrix of the parameters, and which of its columns are biases, without a penalty. */
interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly biases: "last" | "none" | "all";
}

/**
 * Returns the shapes of a layer's parameter matrices, in the order in which the parameters are
 * stored: [class, feature] for linear scores; [hidden, feature], [class, hidden] and the biases
 * [class, 1] for an MLP. The weight of the last feature is a bias.
 */
function matricesOf({ classCount, featureCount, hiddenCount }: Sizes): Matrix[] {
  if (!hiddenCount) return [{ rows: classCount, columns: featureCount, biases: "last" }];
  return [
    { rows: hiddenCount, columns: featureCount, biases: "last" },
    { rows: classCount, columns: hiddenCount, biases: "none" },
    { rows: classCount, columns: 1, biases: "all" },
  ];
}

/** Returns the penalty of each parameter of a layer. */
function penaltyOf(sizes: Sizes, l2: number): Float64Array {
  return Float64Array.from(
    matricesOf(sizes).flatMap(({ rows, columns, biases }) =>
      Array.from({ length: rows * columns }, (_, i) => {
        const isBias = biases === "all" || biases === "last" && i % columns === columns - 1;
        return isBias ? 0 : l2;
      })
    ),
  );
}

/**
 * The loss of multinomial logistic regression as a compiled graph, for many layers at once: the
 * mean cross-entropy of the examples of each layer, plus `l2 / 2 · ‖weights‖²`, and the gradient.
 * Scores are linear in the features, or come from an MLP with one hidden layer of ReLUs. Biases are
 * not penalised. Everything is computed in f64.
 */
export class SoftmaxLosses {
  readonly #session: Session;
  readonly #outputs: readonly [loss: string, gradient: string, heldOut: string];
  readonly #penalty: Float64Array;

  private constructor(
    session: Session,
    outputs: readonly [loss: string, gradient: string, heldOut: string],
    penalty: Float64Array,
    readonly sizes: Sizes,
  ) {
    this.#session = session;
    this.#outputs = outputs;
    this.#penalty = penalty;
  }

  /**
   * Compiles the losses for parameters of the given shape. The number of layers may differ from
   * call to call.
   */
  static async compile(sizes: Sizes, l2: number): Promise<SoftmaxLosses> {
    const graph = new Graph("probes");
    const outputs = writeLosses(graph, sizes);
    const session = await createSession(encodeGraph(graph), {
      device: "cpu",
      folder: ".",
      prepack: true,
    });
    return new SoftmaxLosses(session, outputs, penaltyOf(sizes, l2), sizes);
  }

  /**
   * Returns the losses at the given parameters.
   *
   * @param parameters all matrices flat, one after the other, for the first `parameters.length`
   * layers of the examples.
   * @param training the examples of the loss and its gradient.
   * @param heldOut the examples of the held-out loss; may be empty.
   */
  async at(
    parameters: readonly Float64Array[],
    training: Examples,
    heldOut: Examples,
  ): Promise<Evaluation[]> {
    const size = this.#penalty.length;
    const count = parameters.length;
    const stacked = new Float64Array(count * size);
    parameters.forEach((own, layer) => stacked.set(own, layer * size));
    const values = await this.#session.run({
      ...this.#feeds("training", training, count),
      ...this.#feeds("held out", heldOut, count),
      parameters: { data: stacked, dims: [count, size] },
      penalty: { data: this.#penalty, dims: [size] },
    });
    const [losses, slopes, others] = this.#outputs.map((name) => values[name].data as Float64Array);
    return parameters.map((_, layer) => ({
      value: losses[layer],
      gradient: slopes.slice(layer * size, (layer + 1) * size),
      heldOut: others[layer],
    }));
  }

  /** Releases the session. */
  release(): Promise<void> {
    return this.#session.release();
  }

  #feeds(
    name: string,
    { features, labels }: Examples,
    layers: number,
  ): Record<string, GraphTensor> {
    const { classCount, featureCount } = this.sizes;
    const count = labels.length;
    const shares = new Float64Array(count * classCount);
    labels.forEach((label, example) => shares[example * classCount + label] = -1 / count);
    return {
      [`${name} features`]: {
        data: features.subarray(0, layers * count * featureCount),
        dims: [layers, count, featureCount],
      },
      [`${name} shares`]: { data: shares, dims: [count, classCount] },
    };
  }
}

/**
 * Writes the losses, [layer], and the gradient of the training loss, and returns the names of these
 * outputs.
 */
function writeLosses(graph: Graph, sizes: Sizes): [string, string, string] {
  const count = penaltyOf(sizes, 0).length;
  const parameters = graph.input("parameters", "float64", ["layer", count]);
  const penalty = graph.input("penalty", "float64", [count]);
  const matrices = writeMatrices(graph, parameters, matricesOf(sizes));
  const [training, heldOut] = ["training", "held out"].map((name) =>
    crossEntropy(graph, name, matrices, sizes)
  );
  const squares = graph.node("Mul", [graph.node("Mul", [parameters, parameters]), penalty]);
  const loss = graph.node("Add", [
    training,
    graph.node("Mul", [sum(graph, squares, 1), graph.scalar(0.5, "float64")]),
  ]);
  const [slope] = gradients(graph, loss, [parameters]);
  const values = [loss, slope, heldOut] as const;
  values.forEach((value) => graph.output(value.name, value));
  return [loss.name, slope.name, heldOut.name];
}

/** Writes the matrices of the flat parameters, each [layer, column, row]. */
function writeMatrices(graph: Graph, parameters: Value, matrices: readonly Matrix[]): Value[] {
  const lengths = graph.integers(...matrices.map(({ rows, columns }) => rows * columns));
  const types = matrices.map(() => "float64" as const);
  const parts = graph.nodeWithOutputs("Split", [parameters, lengths], types, { axis: 1 });
  return matrices.map(({ rows, columns }, i) => {
    const matrix = graph.node("Reshape", [parts[i], graph.integers(-1, rows, columns)]);
    return graph.node("Transpose", [matrix], { perm: [0, 2, 1] });
  });
}

/**
 * Returns the mean of −log p of the true class, [layer]. The shares select the true class: −1 / n
 * for the true class of each example, else 0.
 */
function crossEntropy(
  graph: Graph,
  name: string,
  matrices: readonly Value[],
  { classCount }: Sizes,
): Value {
  const featureCount = `${name} feature`;
  const features = graph.input(`${name} features`, "float64", ["layer", name, featureCount]);
  const shares = graph.input(`${name} shares`, "float64", [name, classCount]);
  const scores = writeScores(graph, features, matrices);
  const terms = graph.node("Mul", [graph.node("LogSoftmax", [scores], { axis: -1 }), shares]);
  return sum(graph, terms, 1, 2);
}

/** Writes the scores [layer, example, class] of an MLP, or linear ones. */
function writeScores(graph: Graph, features: Value, [first, second, biases]: readonly Value[]) {
  const sums = graph.node("MatMul", [features, first]);
  if (!second) return sums;
  const hidden = graph.node("Relu", [sums]);
  return graph.node("Add", [graph.node("MatMul", [hidden, second]), biases]);
}

/** Returns the sum over some axes. */
function sum(graph: Graph, value: Value, ...axes: number[]): Value {
  return graph.node("ReduceSum", [value, graph.integers(...axes)], { keepdims: 0 });
}
