import type { GraphTensor } from "../onnx/feeds.ts";
import { createSession, type Session } from "../model/engine/runtime.ts";
import { encodeGraph } from "../onnx/encode.ts";
import { gradients } from "../onnx/gradient/gradient.ts";
import { Graph, type Value } from "../onnx/graph.ts";

/** The same examples as several layers see them, and the index of each one's class. */
export interface Examples {
  /** [layer, example, feature], where the last feature of each example is 1: its weight is the bias. */
  readonly features: Float64Array;
  readonly labels: Int32Array;
}

/** What is found at the parameters of a layer. */
export interface Evaluation {
  /** The loss of the training examples, with the penalty. */
  readonly value: number;
  /** Its gradient by the parameters. */
  readonly gradient: Float64Array;
  /** The loss of the examples held out, without a penalty. */
  readonly heldOut: number;
}

/** How large the parameters of a layer are. */
export interface Sizes {
  readonly classCount: number;
  /** Features of an example, the 1 among them. */
  readonly featureCount: number;
}

/**
 * Multinomial logistic regression, compiled: for many layers at once the mean cross-entropy of each layer's examples at its
 * parameters, plus `l2 / 2 · ‖weights‖²`, and the gradient. Parameters are, class by class, the weights and then the bias,
 * which is not penalised. All is in f64.
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

  /** Losses with a penalty, for layers of any number. */
  static async compile(sizes: Sizes, l2: number): Promise<SoftmaxLosses> {
    const graph = new Graph("probes");
    const outputs = writeLosses(graph, sizes);
    const session = await createSession(encodeGraph(graph), {
      device: "cpu",
      folder: ".",
      prepack: true,
    });
    return new SoftmaxLosses(
      session,
      outputs,
      new Float64Array(sizes.featureCount).fill(l2).with(-1, 0),
      sizes,
    );
  }

  /**
   * What is found at parameters [class, feature], given for the first so many layers of the examples.
   *
   * @param heldOut may be no examples at all.
   */
  async at(
    parameters: readonly Float64Array[],
    training: Examples,
    heldOut: Examples,
  ): Promise<Evaluation[]> {
    const { classCount, featureCount } = this.sizes;
    const size = classCount * featureCount;
    const count = parameters.length;
    const stacked = new Float64Array(count * size);
    parameters.forEach((own, layer) => stacked.set(own, layer * size));
    const values = await this.#session.run({
      ...this.#feeds("training", training, count),
      ...this.#feeds("held out", heldOut, count),
      parameters: { data: stacked, dims: [count, classCount, featureCount] },
      penalty: { data: this.#penalty, dims: [featureCount] },
    });
    const [losses, slopes, others] = this.#outputs.map((name) => values[name].data as Float64Array);
    return parameters.map((_, layer) => ({
      value: losses[layer],
      gradient: slopes.slice(layer * size, (layer + 1) * size),
      heldOut: others[layer],
    }));
  }

  /** Lets go of the compiled graph. */
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

/** Writes the losses of layers, [layer], and their gradient; returns the names of the values. */
function writeLosses(graph: Graph, { classCount, featureCount }: Sizes): [string, string, string] {
  const parameters = graph.input("parameters", "float64", ["layer", classCount, featureCount]);
  const penalty = graph.input("penalty", "float64", [featureCount]);
  const matrices = graph.node("Transpose", [parameters], { perm: [0, 2, 1] });
  const [training, heldOut] = ["training", "held out"].map((name) =>
    crossEntropy(graph, name, matrices, classCount)
  );
  const squares = graph.node("Mul", [graph.node("Mul", [parameters, parameters]), penalty]);
  const loss = graph.node("Add", [
    training,
    graph.node("Mul", [sum(graph, squares), graph.scalar(0.5, "float64")]),
  ]);
  const [slope] = gradients(graph, loss, [parameters]);
  const values = [loss, slope, heldOut] as const;
  values.forEach((value) => graph.output(value.name, value));
  return [loss.name, slope.name, heldOut.name];
}

/** The mean of -log p of the right class, [layer]: each class of each example counts by its (negative) share. */
function crossEntropy(graph: Graph, name: string, matrices: Value, classCount: number): Value {
  const featureCount = `${name} feature`;
  const features = graph.input(`${name} features`, "float64", ["layer", name, featureCount]);
  const shares = graph.input(`${name} shares`, "float64", [name, classCount]);
  const scores = graph.node("MatMul", [features, matrices]);
  return sum(graph, graph.node("Mul", [graph.node("LogSoftmax", [scores], { axis: -1 }), shares]));
}

function sum(graph: Graph, value: Value): Value {
  return graph.node("ReduceSum", [value, graph.integers(1, 2)], { keepdims: 0 });
}
