import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { resolveSelection, type Selection } from "../base/tensor.ts";
import { type ClassReading, readClasses } from "../lens/classes.ts";
import type { Input } from "../model/plan/batch.ts";
import { zeroNeurons } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";
import { anything, checkOptions, selection, watch } from "../base/options.ts";
import { startTaps } from "../model/plan/start.ts";
import type { Tap } from "../model/plan/tap.ts";
import { checkedPairs } from "./pairs.ts";
import type { NeuronSet } from "./sets.ts";

/** What a sweep silences and how it reads the model. */
export interface ZeroingOptions extends Watch {
  /** Tokens by what they say, such as `{ right: […], wrong: […] }`. */
  readonly classes: Readonly<Record<string, readonly number[]>>;
  /** The positions at which the neurons are silenced; all by default. */
  readonly positions?: Selection;
  /** The layers that the lens reads, beside the last; all by default. */
  readonly layers?: Selection;
}

const zeroingSchema = z.strictObject({
  ...watch,
  classes: anything,
  positions: selection.optional(),
  layers: selection.optional(),
});

/**
 * Silences sets of neurons, one set at a time, and returns what the logit lens reads at the last token of each prompt, as a
 * table: `series`, `k`, `draw`, `row`, `layer`, `token` (the most probable one), `said` (its class, or `other`), and the
 * probability of each class as `p(class)`. The last layer is the model's own prediction; `k` 0 is the model as it is, once
 * for each series.
 *
 * Runs start at the first layer in which a neuron is silenced: those before it are run once.
 * A. Lee, Unraveling DeepSeekR1-Zero One Step at a Time, Part II: "Interventions on Value Vectors" (2025).
 *
 * @throws CircuitbookError when a neuron, a layer or a position does not exist, or there is no set.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [right, wrong] = ["this", "not"].map((word) => [model.tokenizer.idOf(word)]);
 * const sets = [{ series: "one", k: 1, neurons: [[6, 425]] as const }];
 * const table = await neurons.sweepZeroed(model, "11 + 5 = 16 (", sets, { classes: { right, wrong }, layers: [6, 7] });
 * assertEquals(table.getColumn("k").toArray(), [0, 0, 1, 1]);
 * ```
 */
export async function sweepZeroed(
  model: Model,
  input: Input,
  sets: readonly NeuronSet[],
  options: ZeroingOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, zeroingSchema, "sweepZeroed");
  if (!sets.length) {
    throw new CircuitbookError("Expected at least one set of neurons to silence but found none.");
  }
  const { classes, positions, signal } = options;
  const last = model.architecture.layers - 1;
  const pairs = sets.map(({ neurons }) => checkedPairs(model, neurons));
  const layers = [...new Set([...resolveSelection(options.layers ?? {}, last + 1, "layer"), last])]
    .sort((a, b) => a - b);
  const layer = Math.min(...pairs.flat().map(([layer]) => layer));
  const at = `blocks.${layer}.hook_resid_pre`;
  const rows = model.tokens(input);
  const position = firstFromEnd(positions);
  const later = layers.filter((own) => own >= layer);
  const entries = startTaps(model.architecture, at, { past: position !== undefined });
  const base = await model.run(rows, { tap: [...entries, ...lensTaps(layers)], signal });
  const start = { from: base, at, position };
  const plain = await readClasses(model, base, classes);
  const before = plain.filter((row) => row.layer < layer);
  const records = [...new Set(sets.map(({ series }) => series))]
    .flatMap((series) => plain.map((reading) => ({ series, k: 0, draw: 0, ...byRow(reading) })));
  const meter = new Meter("silence neurons", sets.length, "sets", options);
  try {
    for (const [i, { series, k, draw = 0 }] of sets.entries()) {
      const edit = zeroNeurons(pairs[i], positions === undefined ? {} : { positions });
      const cache = await model.run(rows, {
        start,
        edit,
        tap: lensTaps(later),
        signal,
        onProgress: () => {},
      });
      const readings = [...before, ...await readClasses(model, cache, classes)];
      records.push(...readings.map((reading) => ({ series, k, draw, ...byRow(reading) })));
      await meter.advance(1);
    }
  } finally {
    meter.end();
  }
  return pl.DataFrame(records);
}

/** One position a row: its example is the row. */
function byRow({ layer, example, token, said, ...masses }: ClassReading) {
  return { row: example, layer, token, said, ...masses };
}

function lensTaps(layers: readonly number[]): Tap[] {
  return layers.map((layer) => ({ at: `blocks.${layer}.hook_resid_post`, positions: [-1] }));
}

/** The first of some positions where all are counted from the end: earlier tokens are then computed once. */
function firstFromEnd(positions: Selection | undefined): number | undefined {
  const from = typeof positions === "object" && "from" in positions ? positions.from : positions;
  const all = typeof from === "number"
    ? [from]
    : Array.isArray(from)
    ? from as readonly number[]
    : [];
  return all.length && all.every((position) => position < 0) ? Math.min(...all) : undefined;
}
