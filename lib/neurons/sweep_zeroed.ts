import { z } from "zod";
import { checkArguments, is } from "../base/arguments.ts";
import { aModel } from "../model/plan/kinds.ts";
import { CircuitbookError } from "../base/errors.ts";
import { Meter, type Watch } from "../base/progress.ts";
import { resolveSelection, type Selection } from "../base/tensor.ts";
import { type ClassReading, readClasses } from "../lens/classes.ts";
import { type TokenClasses, tokenClasses } from "../lens/token_classes.ts";
import type { Input } from "../model/plan/batch.ts";
import { zeroNeurons } from "../model/plan/edit.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, selection, watch } from "../base/options.ts";
import { startTaps } from "../model/plan/start.ts";
import type { Tap } from "../model/plan/tap.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { checkedNeurons } from "./neuron_list.ts";
import type { NeuronSet } from "./sets_by_size.ts";
import { pointAt } from "../model/plan/hook_points.ts";
import { distinct } from "../base/lists.ts";

/** The options of {@link sweepZeroed}. */
export interface ZeroingOptions extends Watch {
  /** Token ids by what they say, such as `{ right: […], wrong: […] }`. */
  readonly classes: TokenClasses;
  /** The positions at which the neurons are silenced. Default: all. */
  readonly positions?: Selection;
  /** The layers that the logit lens reads, besides the last. Default: all. */
  readonly layers?: Selection;
}

/** What the logit lens reads at the last token of one prompt, with one set of neurons silenced. */
export interface ZeroedReading extends Record<`p(${string})`, number> {
  /** The name of the series of sets. */
  series: string;
  /** How many neurons of a layer are silenced; 0 is the unedited model. */
  k: number;
  /** The draw, among several sets of one size. */
  draw: number;
  /** The index of the prompt. */
  row: number;
  /** The layer that the lens reads, from 0; the last layer is the prediction of the model. */
  layer: number;
  /** The most probable token. */
  token: string;
  /** The class of the most probable token, or `other`. */
  said: string;
}

const zeroingSchema = z.strictObject({
  ...watch,
  classes: tokenClasses,
  positions: selection.optional(),
  layers: selection.optional(),
});

/**
 * Silences sets of neurons, one set at a time, and returns what the logit lens then reads at the
 * last token of each prompt.
 *
 * Runs start at the first layer in which a neuron is silenced; the layers before it are run once.
 *
 * A. Lee, Unraveling DeepSeekR1-Zero One Step at a Time, Part II: "Interventions on Value Vectors"
 * (2025).
 *
 * @param model the model that is run.
 * @param input the prompts.
 * @param sets the sets of neurons, such as {@link setsBySize} returns.
 * @param options the classes of tokens, the positions that are edited, and the layers that are
 * read.
 * @returns a table with one row for each set, prompt and layer, with the probability of each class
 * as `p(class)`, and the unedited model (`k` 0) once for each series.
 * @throws CircuitbookError if a neuron, a layer or a position does not exist, or there is no set.
 * Throws InterruptedError if `signal` is aborted.
 *
 * @example
 * ```ts
 * import { loadModel, neurons } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const [right, wrong] = ["this", "not"].map((word) => [model.tokenizer.idOf(word)]);
 * const sets = [{ series: "one", k: 1, neurons: [[6, 425]] as const }];
 * const options = { classes: { right, wrong }, layers: [6, 7] };
 * const table = await neurons.sweepZeroed(model, "11 + 5 = 16 (", sets, options);
 * assertEquals(table.getColumn("k").toArray(), [0, 0, 1, 1]);
 * ```
 */
export async function sweepZeroed(
  model: Model,
  input: Input,
  sets: readonly NeuronSet[],
  options: ZeroingOptions,
): Promise<TableOf<ZeroedReading>> {
  checkArguments("sweepZeroed", {
    model: [model, aModel],
    input: [input, is.either(is.text, is.numbers, is.list)],
    sets: [sets, is.listOf(is.like("a set", "series", "k", "neurons"))],
  });

  checkOptions(options, zeroingSchema, "sweepZeroed");
  if (!sets.length) {
    throw new CircuitbookError(
      "Expected at least one set of neurons to silence but found an empty list; give sets as { series, k, neurons }.",
    );
  }
  const { classes, positions, signal } = options;
  const last = model.architecture.layers - 1;
  const chosen = sets.map(({ neurons }) => checkedNeurons(model, neurons));
  const layers = distinct([...resolveSelection(options.layers ?? {}, last + 1, "layer"), last]);
  const layer = Math.min(...chosen.flat().map(([layer]) => layer));
  const at = pointAt.residPre(layer);
  const rows = model.tokens(input);
  const position = firstFromEnd(positions);
  const later = layers.filter((own) => own >= layer);
  const entries = startTaps(model.architecture, at, { past: position !== undefined });
  const base = await model.run(rows, { tap: [...entries, ...lensTaps(layers)], signal });
  const start = { from: base, at, position };
  const unedited = await readClasses(model, base, classes);
  const before = unedited.filter((row) => row.layer < layer);
  const table: ZeroedReading[] = [...new Set(sets.map(({ series }) => series))]
    .flatMap((series) => unedited.map((reading) => ({ series, k: 0, draw: 0, ...byRow(reading) })));
  const meter = new Meter("silence neurons", sets.length, "sets", options);
  try {
    for (const [i, { series, k, draw = 0 }] of sets.entries()) {
      const edit = zeroNeurons(chosen[i], positions === undefined ? {} : { positions });
      const cache = await model.run(rows, {
        start,
        edit,
        tap: lensTaps(later),
        signal,
        onProgress: () => {},
      });
      const readings = [...before, ...await readClasses(model, cache, classes)];
      table.push(...readings.map((reading) => ({ series, k, draw, ...byRow(reading) })));
      await meter.advance(1);
    }
  } finally {
    meter.end();
  }
  return tableOf(table);
}

/** Returns a reading by row: with one position in each row, the example is the row. */
function byRow(
  { layer, example, token, said, ...masses }: ClassReading,
): Omit<ZeroedReading, "series" | "k" | "draw"> {
  return { row: example, layer, token, said, ...masses };
}

function lensTaps(layers: readonly number[]): Tap[] {
  return layers.map((layer) => ({ at: pointAt.residPost(layer), positions: [-1] }));
}

/**
 * Returns the first position if all are counted from the end, so that the tokens before it are
 * computed once; else nothing.
 */
function firstFromEnd(positions: Selection | undefined): number | undefined {
  const from = typeof positions === "object" && "from" in positions ? positions.from : positions;
  const all = from === undefined ? [] : [from].flat() as number[];
  return all.length && all.every((position) => position < 0) ? Math.min(...all) : undefined;
}
