import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Activations } from "../../probe/activations.ts";
import { mlpProbe, probe } from "../../probe/probe.ts";
import { shuffledLabels } from "../../probe/split.ts";
import { rowsOf, type TableOf, tableOf } from "../../table/table.ts";

/** What probes are trained on. */
export interface VerdictExamples {
  /** [layer, example, feature], or layers by number, each [example, feature]. */
  readonly activations: Activations;
  /** The class of each example. */
  readonly labels: readonly string[];
  /** The pair of each example. */
  readonly pairs: readonly number[];
}

/** Whether one probe reads the class of one example that it was not trained on. */
export interface VerdictReading {
  /** The probe: "linear" or "MLP", with ", shuffled labels" for a control. */
  readonly probe: string;
  /** The layer of the activations. */
  readonly layer: number;
  /** The pair. */
  readonly pair: number;
  /**
   * "choice" for examples that ended the training, on which a layer may be chosen; "test" for
   * examples that no probe has seen.
   */
  readonly split: "choice" | "test";
  /** Whether the probe names the class of the example. */
  readonly right: boolean;
}

/**
 * Returns what linear probes and MLPs read of some examples. All examples of a pair are on one
 * side: two thirds of the pairs train the probes, a quarter of these ends the training, and one
 * third tests.
 *
 * @param examples the activations, the class and the pair of each example.
 * @param options `controls`: whether probes are also trained on shuffled labels; they are tested on
 * the real ones. Default false. `kinds`: the probes. Default: both.
 * @returns a row for each probe, layer and example that did not train the probe.
 * @throws CircuitbookError if there are fewer than six pairs, or if a class has no training
 * example.
 *
 * @example
 * ```ts
 * import { Tensor } from "circuitbook";
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assert } from "@std/assert";
 *
 * const labels = Array.from({ length: 60 }, (_, i) => i % 2 ? "this" : "not");
 * const values = Float32Array.from(labels, (label) => Number(label === "this"));
 * const activations = { 0: new Tensor(values, { example: 60, feature: 1 }) };
 * const table = await verificationStudy.verdictReadings(
 *   { activations, labels, pairs: labels.map((_, i) => i >> 1) },
 *   { kinds: ["linear"] },
 * );
 * assert(table.getColumn("right").toArray().every(Boolean));
 * ```
 */
export async function verdictReadings(
  examples: VerdictExamples,
  options: {
    readonly controls?: boolean;
    readonly kinds?: readonly ("linear" | "MLP")[];
  } = {},
): Promise<TableOf<VerdictReading>> {
  checkArguments("verdictReadings", {
    examples: [examples, is.like("examples", "activations", "labels", "pairs")],
    options: [options, is.object],
  });

  const { controls = false, kinds = ["linear", "MLP"] } = options;
  const { labels, pairs } = examples;
  const names = [...new Set(pairs)];
  if (names.length < 6) {
    throw new CircuitbookError(
      `Expected examples of at least 6 pairs but found ${names.length}; give more pairs.`,
    );
  }
  const trained = new Set(names.slice(0, Math.ceil(2 * names.length / 3)));
  const [known, fresh] = [true, false].map((own) =>
    [...pairs.keys()].filter((i) => trained.has(pairs[i]) === own)
  );
  const [training, testing] = [known, fresh].map((own) => taken(examples.activations, own));
  const sides = [["choice", training, known], ["test", testing, fresh]] as const;
  const groups = known.map((i) => pairs[i]);
  const readings: VerdictReading[] = [];
  for (const kind of kinds) {
    for (const shuffled of controls ? [false, true] : [false]) {
      const own = shuffled ? shuffledLabels(labels, { seed: 1 }) : labels;
      const train = kind === "MLP" ? mlpProbe : probe;
      const probes = await train(training, known.map((i) => own[i]), { groups });
      const validation = new Set(probes.split.validation);
      const name = shuffled ? `${kind}, shuffled labels` : kind;
      for (const [split, activations, of] of sides) {
        for (const { layer, example, predicted } of rowsOf(probes.predict(activations))) {
          if (split === "choice" && !validation.has(example)) continue;
          const i = of[example];
          readings.push({
            probe: name,
            layer,
            pair: pairs[i],
            split,
            right: predicted === labels[i],
          });
        }
      }
    }
  }
  return tableOf(readings);
}

/** Returns the activations of some examples. */
function taken(activations: Activations, examples: readonly number[]): Activations {
  const of = (tensor: Tensor) => tensor.slice({ [tensor.axes.at(-2)!]: examples });
  return activations instanceof Tensor
    ? of(activations)
    : Object.fromEntries(Object.entries(activations).map(([layer, own]) => [layer, of(own)]));
}
