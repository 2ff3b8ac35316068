import { headName, neuronName } from "../base/one_line.ts";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { intervene, interventionTaps, lastLogits } from "../model/interventions.ts";
import { mlpStream, pointAt, scaleAt } from "../model/plan/hook_points.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { AffineEdit } from "../model/plan/edit.ts";
import { metricFunction } from "../model/plan/metric_function.ts";
import { checkArguments } from "../base/arguments.ts";
import { aModel, promptPairs } from "../model/plan/kinds.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, wholeNumber } from "../base/options.ts";
import { pairedRows, type PromptPairs } from "../model/prompt_pairs.ts";
import { headList, resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { type TableOf, tableOf } from "../table/table.ts";
import { type PatchEffect, type PatchOptions, patchShape, restoration } from "./patch.ts";

/**
 * Where a direct path ends: at an input of a head (`k` and `v` by key/value head), at a neuron, or
 * at the logits.
 */
export type PathReceiver =
  | { readonly layer: number; readonly head: number; readonly input: "q" | "k" | "v" }
  | { readonly layer: number; readonly neuron: number }
  | "logits";

/** The options of {@link paths}: where paths begin and end. */
export interface PathOptions extends PatchOptions {
  /** The heads where paths begin, as [layer, head]. */
  readonly from: readonly (readonly [layer: number, head: number])[];
  /** Where paths end. */
  readonly to: readonly PathReceiver[];
}

/** What patching one direct path does: a row of the table of {@link paths}. */
export interface PathEffect extends PatchEffect {
  /** The layer of the head where the path begins, from 0. */
  fromLayer: number;
  /** The head where the path begins, from 0. */
  fromHead: number;
  /** Where the path ends: such as `L5H1.q`, `L6N17` or `logits`. */
  to: string;
}

const receiver = z.union([
  z.strictObject({ layer: wholeNumber, head: wholeNumber, input: z.enum(["q", "k", "v"]) }),
  z.strictObject({ layer: wholeNumber, neuron: wholeNumber }),
  z.literal("logits"),
], 'to be { layer, head, input: "q", "k" or "v" }, { layer, neuron } or "logits"');
const pathShape = {
  ...patchShape,
  from: headList.nonempty(),
  to: z.array(receiver, "to be a list of receivers").nonempty(),
};

/** The hook points of a receiver: where it reads the residual stream, and its own activation. */
interface Port {
  readonly name: string;
  /**
   * The layer of the receiver. A neuron in layer l counts as l + 0.5 if its MLP reads the heads of
   * layer l (not in parallel models).
   */
  readonly layer: number;
  /** The hook point of the residual stream that the receiver reads. */
  readonly entry: string;
  /** The hook point whose activation the receiver is. */
  readonly point: string;
  readonly target: Pick<AffineEdit, "heads" | "neurons">;
}

/**
 * Returns what path patching does to a metric of the last logits: one receiver (an input of a later
 * head, a neuron, or the logits) gets the clean output of one head, while everything else stays
 * corrupted.
 *
 * Only the direct path is patched. The receiver reads what the head writes into the residual
 * stream; the heads and MLPs between the two keep their corrupted outputs. Everything after the
 * receiver reacts to it. Wang et al., Interpretability in the Wild (arXiv 2211.00593);
 * Goldowsky-Dill et al., Localizing Model Behavior with Path Patching (arXiv 2304.05969).
 *
 * @param model the model that is patched.
 * @param pairs equally many clean and corrupted prompts; the two prompts of a pair have equally
 * many tokens.
 * @param options the metric; where paths begin and end.
 * @returns a row for each pair, sender and receiver.
 * @throws CircuitbookError if the prompts are not pairs of equal length, a head or neuron does not
 * exist, or a receiver does not come after each sender.
 *
 * @example
 * ```ts
 * import { loadModel, patching } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const options = {
 *   metric,
 *   from: [[1, 3]] as const,
 *   to: [{ layer: 4, head: 0, input: "q" }, "logits"] as const,
 * };
 * const table = await patching.paths(model, { clean: "11 + 5 =", corrupted: "11 + 4 =" }, options);
 * assertEquals(table.getColumn("to").toArray(), ["L4H0.q", "logits"]);
 * ```
 */
export async function paths(
  model: Model,
  pairs: PromptPairs,
  options: PathOptions,
): Promise<TableOf<PathEffect>> {
  checkArguments("paths", { model: [model, aModel], pairs: [pairs, promptPairs] });
  checkOptions(options, z.strictObject(pathShape), "paths");
  const { batchSize, signal, onProgress } = options;
  const { clean, corrupted } = pairedRows(model, pairs);
  const metric = metricFunction(options.metric, clean, model.architecture);
  const senders = resolvedHeads(options.from, model);
  const ports = options.to.map((to) => portOf(to, model));
  checkOrder(senders, ports);
  const records: PathEffect[] = [];
  for (let row = 0; row < clean.length; row++) {
    const results = senders.map(([layer, head]) => ({
      at: pointAt.result(layer),
      head,
    }));
    const points = [...new Set(results.map(({ at }) => at)), ...postScales(senders, model)];
    const from = await model.run([clean[row]], { tap: points, logits: [-1], signal });
    const tap = [
      ...new Set([
        ...points,
        ...interventionTaps(model, ports.flatMap(({ entry, point }) => [entry, point])),
      ]),
    ];
    const base = await model.run([corrupted[row]], { tap, logits: [-1], signal });
    const changes = await Promise.all(
      senders.map(([layer, head]) => changeOf(model, from, base, layer, head)),
    );
    const edits = await receivedEdits(model, base, changes, ports, signal);
    const values = await intervene(model, base, edits.map((edit) => ({ row: 0, edits: [edit] })), {
      metric: (logits: Float32Array) => metric(logits, row),
      batchSize,
      signal,
      onProgress,
      label: `patch paths (pair ${row + 1} of ${clean.length})`,
    });
    const [before, after] = [base, from].map((cache) => metric(lastLogits(cache, 0), row));
    senders.forEach(([fromLayer, fromHead], s) =>
      ports.forEach(({ name }, p) => {
        const value = values[p * senders.length + s];
        records.push({ row, fromLayer, fromHead, to: name, ...restoration(before, after, value) });
      })
    );
  }
  return tableOf(records);
}

/**
 * Returns an edit for each receiver and each sender. The edit sets the receiver to what it becomes
 * if only its input has the sender's change. Receivers that read the same hook point share one run.
 */
async function receivedEdits(
  model: Model,
  base: Cache,
  changes: readonly Tensor[],
  ports: readonly Port[],
  signal: AbortSignal | undefined,
): Promise<AffineEdit[]> {
  const found = new Map<string, Cache>();
  for (const [entry, readers] of Map.groupBy(ports, ({ entry }) => entry)) {
    const tap = [...new Set(readers.map(({ point }) => point))].filter((point) => point !== entry);
    if (tap.length) found.set(entry, await changed(model, base, changes, entry, tap, signal));
  }
  return ports.flatMap(({ entry, point, target }) => {
    // The stream at the end is the receiver itself: the change is added there, without another run.
    if (point === entry) return changes.map((shift) => ({ at: point, shift }));
    const now = found.get(entry)!.get(point);
    const axis = now.axes.includes("d_mlp") ? "d_mlp" : now.axes[2];
    return changes.map((_, batch) => ({
      at: point,
      ...target,
      scale: 0,
      shift: now.slice({ batch, [axis]: target.heads ?? target.neurons! }),
    }));
  });
}

/** Runs the prompt once for each change of the residual stream at a hook point. */
function changed(
  model: Model,
  from: Cache,
  changes: readonly Tensor[],
  at: string,
  tap: readonly string[],
  signal: AbortSignal | undefined,
): Promise<Cache> {
  const edit = changes.map((shift, row) => ({ at, rows: [row], shift }));
  const start = { from, at, rows: changes.map(() => 0) };
  return model.run(changes.map(() => from.tokens[0]), { tap, start, edit, signal });
}

/** Returns the hook points of the scales of norms after the attention of some heads. */
function postScales(
  heads: readonly (readonly [number, number])[],
  { hookPoints }: Model,
): string[] {
  const names = new Set(heads.map(([layer]) => scaleAt(layer, "ln1_post")));
  return hookPoints.flatMap(({ name }) => names.has(name) ? [name] : []);
}

/**
 * Returns what a head writes into the residual stream in the clean run minus what it writes in the
 * corrupted run, [position, d_model]. A norm after attention keeps the scale of each run.
 */
async function changeOf(
  model: Model,
  clean: Cache,
  corrupted: Cache,
  layer: number,
  head: number,
): Promise<Tensor> {
  const { ln1Post } = model.architecture.weights.layer(layer);
  const gain = ln1Post && (await model.weight(ln1Post.weight)).data;
  const [own, other] = [clean, corrupted].map((cache) => {
    const result = cache.get(pointAt.result(layer)).slice({ batch: 0, head });
    if (!gain) return result;
    const scales = cache.get(scaleAt(layer, "ln1_post")).data;
    const width = gain.length;
    return new Tensor(
      result.data.map((value, i) => value * gain[i % width] / scales[Math.floor(i / width)]),
      result.sizes,
    );
  });
  return new Tensor(own.data.map((value, i) => value - other.data[i]), own.sizes);
}

/** Finds where a receiver reads. @throws CircuitbookError if the receiver does not exist. */
function portOf(to: PathReceiver, { architecture }: Model): Port {
  const { layers, heads, kvHeads, dMlp, parallel } = architecture;
  if (to === "logits") {
    const end = pointAt.residPost(layers - 1);
    return { name: to, layer: layers, entry: end, point: end, target: {} };
  }
  const [layer] = resolveSelection(to.layer, layers, "layer");
  if ("neuron" in to) {
    const [neuron] = resolveSelection(to.neuron, dMlp, "neuron");
    return {
      name: neuronName(layer, neuron),
      // A parallel MLP reads what the heads of its layer read, and nothing that they write.
      layer: parallel ? layer : layer + 0.5,
      entry: mlpStream(architecture, layer),
      point: pointAt.mlpPost(layer),
      target: { neurons: [neuron] },
    };
  }
  const [head] = resolveSelection(
    to.head,
    to.input === "q" ? heads : kvHeads,
    to.input === "q" ? "head" : "kv_head",
  );
  return {
    name: `${headName(layer, head)}.${to.input}`,
    layer,
    entry: pointAt.residPre(layer),
    point: pointAt[to.input](layer),
    target: { heads: [head] },
  };
}

/**
 * Refuses a receiver that does not come after each sender, and so cannot read what the sender
 * writes.
 */
function checkOrder(senders: readonly (readonly [number, number])[], ports: readonly Port[]): void {
  for (const [layer, head] of senders) {
    // Heads of one layer read the stream before any of them writes; the layer's MLP comes half a
    // layer later.
    const early = ports.find((port) => port.layer <= layer);
    if (early) {
      throw new CircuitbookError(
        `Expected a receiver after head ${head} of layer ${layer} but found ${early.name}.`,
      );
    }
  }
}
