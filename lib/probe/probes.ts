import { printsAsText } from "../base/one_line.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import { rowsOf, type TableOf, tableOf } from "../table/table.ts";
import { classIndex, type LayerProbe } from "./layer_probe.ts";
import { type Activations, layersOf } from "./activations.ts";
import { metricsTable, type ProbeMetrics, probeMetrics } from "./metrics.ts";
import type { Split } from "./split.ts";
import { counted } from "../base/formats.ts";

/** What the probe of one layer says about one example. */
export interface ProbePrediction extends Record<`p(${string})`, number> {
  /** The layer of the probe, from 0. */
  layer: number;
  /** The example, from 0. */
  example: number;
  /** The most probable class. */
  predicted: string;
}

/** The probe of one layer, whatever its scores are made of. */
export interface ClassProbe {
  /** The layer whose activations the probe reads, from 0. */
  readonly layer: number;
  /** The names of the classes. */
  readonly classes: readonly string[];
  /**
   * Returns the probability of each class for each example.
   *
   * @param activations [example, d_model].
   * @returns [example, class]; each row sums to 1.
   */
  probabilities(activations: Tensor): Tensor;
}

/**
 * Trained probes, one for each layer. Returned by {@link probe}, and by {@link mlpProbe} with MLPs
 * in place of linear probes.
 *
 * @example
 * ```ts
 * import { probing, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const labels = Array.from({ length: 40 }, (_, i) => i % 2 ? "this" : "not");
 * const values = Float32Array.from(labels, (label, i) => label === "this" ? i : -i - 1);
 * const activations = new Tensor(values, { layer: 1, example: 40, d_model: 1 });
 * const probes = await probing.probe(activations, labels, { groups: [...labels.keys()] });
 * assertEquals(probes.best().layer, 0);
 * ```
 */
export class Probes<Probe extends ClassProbe = LayerProbe> {
  /** The metrics of the probe of each layer on the validation examples, one row for each layer. */
  readonly layers: TableOf<ProbeMetrics>;
  /** The names of the classes, in the order of the weights. */
  readonly classes: readonly string[];

  readonly #probes: readonly Probe[];
  readonly #majority: number;

  /**
   * Collects trained probes.
   *
   * @param probes one for each layer, in order.
   * @param split the examples that the probes were trained and judged on.
   * @param rows the metrics of each probe on the validation examples.
   * @param majority the index of the class that was most frequent in training.
   */
  constructor(
    probes: readonly Probe[],
    /** The indices of the examples that the probes were trained and judged on. */
    readonly split: Split,
    rows: readonly ProbeMetrics[],
    majority: number,
  ) {
    this.#probes = probes;
    this.#majority = majority;
    this.classes = probes[0].classes;
    this.layers = metricsTable(rows);
  }

  /** The layers that have a probe, in order. */
  get layerNumbers(): number[] {
    return this.#probes.map(({ layer }) => layer);
  }

  /**
   * Returns the probe of a layer.
   *
   * @param layer the layer, from 0.
   * @returns the probe.
   * @throws CircuitbookError if no probe was trained for the layer.
   */
  layer(layer: number): Probe {
    const found = this.#probes.find((probe) => probe.layer === layer);
    if (!found) {
      throw new CircuitbookError(
        `Expected one of the layers ${this.layerNumbers.join(", ")} but found ${layer}.`,
      );
    }
    return found;
  }

  /**
   * Returns the probe with the highest validation accuracy; if several tie, the one with the lowest
   * loss among them.
   *
   * @returns the probe of one layer.
   */
  best(): Probe {
    const [{ layer }] = rowsOf(this.layers)
      .sort((a, b) => b.accuracy - a.accuracy || a.loss - b.loss);
    return this.layer(layer);
  }

  /**
   * Returns what the probe of each layer says about each example.
   *
   * @param activations activations of layers that have a probe.
   * @returns a table with one row for each layer and example, with the probability of each class as
   * `p(class)`.
   * @throws CircuitbookError if the activations do not fit the probes.
   */
  predict(activations: Activations): TableOf<ProbePrediction> {
    const rows = layersOf(activations).flatMap(
      ({ layer, values, exampleCount, width, feature }) => {
        const probe = this.layer(layer);
        const { data } = probe.probabilities(
          new Tensor(values, { example: exampleCount, [feature]: width }),
        );
        const count = this.classes.length;
        return Array.from({ length: exampleCount }, (_, example): ProbePrediction => {
          const own = [...data.subarray(example * count, (example + 1) * count)];
          return {
            layer,
            example,
            predicted: this.classes[own.indexOf(Math.max(...own))],
            ...Object.fromEntries(this.classes.map((name, c) => [`p(${name})`, own[c]])),
          };
        });
      },
    );
    return tableOf(rows);
  }

  /**
   * Returns the metrics of the probe of each layer on other examples.
   *
   * @param activations activations of layers that have a probe.
   * @param labels the class of each example.
   * @returns a table with one row for each layer, like {@link Probes.layers}.
   * @throws CircuitbookError if the activations do not fit the probes, or a label is not one of the
   * classes.
   */
  evaluate(activations: Activations, labels: readonly string[]): TableOf<ProbeMetrics> {
    const layers = layersOf(activations);
    if (labels.length !== layers[0].exampleCount) {
      const examples = layers[0].exampleCount;
      throw new CircuitbookError(
        `Expected a label for each of ${examples} examples but found ${labels.length}.`,
      );
    }
    const indices = Int32Array.from(labels, (label) => classIndex(this.classes, label));
    return metricsTable(layers.map(({ layer, values, exampleCount, width, feature }) => {
      const activations = new Tensor(values, { example: exampleCount, [feature]: width });
      return probeMetrics(
        layer,
        this.layer(layer).probabilities(activations),
        indices,
        this.#majority,
      );
    }));
  }

  /** Returns the probes in a line: their classes and layers. */
  toString(): string {
    return `Probes of ${this.classes.join(" / ")} at ${
      counted(this.#probes.length, "layer")
    }, best at layer ${this.best().layer}`;
  }
}

printsAsText(Probes);
