import pl from "nodejs-polars";
import { CircuitbookError } from "../base/errors.ts";
import { Tensor } from "../base/tensor.ts";
import { classIndex, type LayerProbe } from "./layer_probe.ts";
import { type Activations, layersOf } from "./layers.ts";
import { type Metrics, metrics } from "./metrics.ts";
import type { Split } from "./split.ts";

/**
 * Trained probes, one for each layer; what {@link probe} returns.
 *
 * @example
 * ```ts
 * import { probing, Tensor } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const labels = Array.from({ length: 40 }, (_, i) => i % 2 ? "this" : "not");
 * const activations = new Tensor(Float32Array.from(labels, (label, i) => label === "this" ? i : -i - 1), {
 *   layer: 1, example: 40, d_model: 1,
 * });
 * const probes = await probing.probe(activations, labels, { groups: labels.map((_, i) => i) });
 * assertEquals(probes.best().layer, 0);
 * ```
 */
export class Probes {
  /**
   * How well each layer's probe does on the validation examples: a table with the columns layer, accuracy, low, high
   * (95 % Wilson interval), auc, loss, n and baseline (always saying the most frequent class).
   */
  readonly layers: pl.DataFrame;
  readonly classes: readonly string[];

  readonly #probes: readonly LayerProbe[];
  readonly #majority: number;

  /**
   * @param probes one for each layer, in order.
   * @param split which examples they were trained and judged on.
   * @param rows how well each does on the validation examples.
   * @param majority the class most frequent in training.
   */
  constructor(
    probes: readonly LayerProbe[],
    readonly split: Split,
    rows: readonly Metrics[],
    majority: number,
  ) {
    this.#probes = probes;
    this.#majority = majority;

    this.classes = probes[0].classes;
    this.layers = tableOf(rows);
  }

  /** The numbers of the layers, in order. */
  get layerNumbers(): number[] {
    return this.#probes.map(({ layer }) => layer);
  }

  /** The probe of a layer. @throws CircuitbookError when none was trained there. */
  layer(layer: number): LayerProbe {
    const found = this.#probes.find((probe) => probe.layer === layer);
    if (!found) {
      throw new CircuitbookError(
        `Expected one of the layers ${this.layerNumbers.join(", ")} but found ${layer}.`,
      );
    }
    return found;
  }

  /** The probe with the highest validation accuracy, by loss where they tie. */
  best(): LayerProbe {
    const [{ layer }] = (this.layers.toRecords() as unknown as Metrics[])
      .sort((a, b) => b.accuracy - a.accuracy || a.loss - b.loss);
    return this.layer(layer);
  }

  /**
   * What each layer's probe says of each example: a table with the columns layer, example, predicted, and the
   * probability of each class as `p(class)`.
   *
   * @throws CircuitbookError when the activations do not fit.
   */
  predict(activations: Activations): pl.DataFrame {
    const rows = layersOf(activations).flatMap(
      ({ layer, values, exampleCount, width, feature }) => {
        const probe = this.layer(layer);
        const { data } = probe.probabilities(
          new Tensor(values, { example: exampleCount, [feature]: width }),
        );
        return Array.from({ length: exampleCount }, (_, example) => {
          const own = [
            ...data.subarray(example * this.classes.length, (example + 1) * this.classes.length),
          ];
          return {
            layer,
            example,
            predicted: this.classes[own.indexOf(Math.max(...own))],
            ...Object.fromEntries(this.classes.map((name, c) => [`p(${name})`, own[c]])),
          };
        });
      },
    );
    return pl.DataFrame(rows);
  }

  /**
   * How well each layer's probe does on other examples: a table like {@link layers}.
   *
   * @throws CircuitbookError when the activations do not fit, or a label is none of the classes.
   */
  evaluate(activations: Activations, labels: readonly string[]): pl.DataFrame {
    const layers = layersOf(activations);
    if (labels.length !== layers[0].exampleCount) {
      throw new CircuitbookError(
        `Expected a label for each of ${
          layers[0].exampleCount
        } examples but found ${labels.length}.`,
      );
    }
    const indices = Int32Array.from(labels, (label) => classIndex(this.classes, label));
    return tableOf(layers.map(({ layer, values, exampleCount, width, feature }) => {
      const activations = new Tensor(values, { example: exampleCount, [feature]: width });
      return metrics(layer, this.layer(layer).probabilities(activations), indices, this.#majority);
    }));
  }
}

function tableOf(rows: readonly Metrics[]): pl.DataFrame {
  const column = (name: keyof Metrics) => rows.map((row) => row[name]);
  const whole = (name: "layer" | "n") => pl.Series(name, column(name), pl.Int32);
  const real = (name: keyof Metrics) => pl.Series(name, column(name), pl.Float64);
  return pl.DataFrame([
    whole("layer"),
    real("accuracy"),
    real("low"),
    real("high"),
    real("auc"),
    real("loss"),
    whole("n"),
    real("baseline"),
  ]);
}
