import { checkArguments, is } from "../../base/arguments.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { meansBy } from "../../stats/means.ts";
import { rowsOf } from "../../table/table.ts";
import type { ReadVerdict } from "./read_verdicts.ts";
import { distinct } from "../../base/lists.ts";
import { percent } from "../../base/formats.ts";

/** In which layers the verdict is linear, and in which it is there in another form. */
export interface Linearity {
  /** The layer in which MLPs are furthest ahead of linear probes. */
  readonly aheadAt: number;
  /** The first layer in which linear probes are within .02 of their best. */
  readonly linearAt: number;
  /** What the test pairs show in the layer `aheadAt`, in a sentence. */
  readonly sentence: string;
}

/** The accuracy from which a number counts as read. */
const READ = 0.8;

/**
 * Returns in which layers the verdict of matched pairs is linear. The layers are chosen on the
 * examples that ended the training; the sentence is about the test pairs.
 *
 * @param readings what probes read, as {@link readVerdicts} returns it.
 * @returns both layers, and what the probes read in the first.
 * @throws CircuitbookError if there are no readings.
 *
 * @example
 * ```ts
 * import * as verificationStudy from "circuitbook/studies/verification";
 * import { assertEquals } from "@std/assert";
 *
 * const reading = (probe: string, set: string, read: string, right: boolean) =>
 *   (["choice", "test"] as const).map((split) => ({
 *     probe,
 *     layer: 0,
 *     pair: 1,
 *     split,
 *     right,
 *     set,
 *     read,
 *   }));
 * const { sentence } = verificationStudy.linearityOf([
 *   ...reading("MLP", "matched pairs", "stream", true),
 *   ...reading("linear", "matched pairs", "stream", false),
 *   ...reading("linear", "numbers", "result", true),
 *   ...reading("linear", "numbers", "target", true),
 * ]);
 * assertEquals(sentence.endsWith("Both numbers are at the (, and are not compared yet."), true);
 * ```
 */
export function linearityOf(readings: readonly ReadVerdict[]): Linearity {
  checkArguments("linearityOf", {
    readings: [
      readings,
      is.listOf(is.like("a reading", "probe", "layer", "split", "right", "set")),
    ],
  });

  if (!readings.length) {
    throw new CircuitbookError("Expected readings of probes but found none.");
  }
  const accuracies = rowsOf(
    meansBy(readings, ["set", "read", "split", "probe", "layer"], "right", { resamples: 1 }),
  );
  const accuracy = (where: Readonly<Record<string, unknown>>) =>
    accuracies.find((row) => Object.entries(where).every(([name, value]) => row[name] === value))!
      .mean;
  const verdicts = { set: "matched pairs", read: "stream" };
  const layers = distinct(readings.map(({ layer }) => layer));
  const chosen = (probe: string, layer: number) =>
    accuracy({ ...verdicts, split: "choice", probe, layer });
  const lead = (layer: number) => chosen("MLP", layer) - chosen("linear", layer);
  const aheadAt = layers.reduce((best, layer) => lead(layer) > lead(best) ? layer : best);
  const best = Math.max(...layers.map((layer) => chosen("linear", layer)));
  const linearAt = layers.find((layer) => chosen("linear", layer) >= best - 0.02)!;

  const test = { split: "test", layer: aheadAt };
  const [mlp, line] = ["MLP", "linear"].map((probe) => accuracy({ ...verdicts, ...test, probe }));
  const [result, target] = ["result", "target"].map((read) =>
    accuracy({ ...test, set: "numbers", read, probe: "linear" })
  );
  const numbers = `Linear probes tell there whether the last digit of the result is 5 or more ` +
    `(${percent(result)}), and that of the target (${percent(target)}).`;
  const isHeld = mlp - line > 0.1;
  const areThere = Math.min(result, target) > READ;
  const meaning = !isHeld
    ? "No layer holds the verdict in a form that only MLPs read."
    : areThere
    ? "Both numbers are at the (, and are not compared yet."
    : "Which numbers the MLPs compare there remains open.";
  return {
    aheadAt,
    linearAt,
    sentence: `In layer ${aheadAt}, chosen on other pairs, MLPs read ${percent(mlp)} of the ` +
      `verdicts and linear probes ${percent(line)}. ${numbers} ${meaning}`,
  };
}
