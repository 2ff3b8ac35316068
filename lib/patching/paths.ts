import pl from "nodejs-polars";
import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import { resolveSelection, Tensor } from "../base/tensor.ts";
import { intervene, interventionTaps, lastLogits } from "../model/interventions.ts";
import type { Cache } from "../model/plan/cache.ts";
import type { AffineEdit } from "../model/plan/edit.ts";
import { metricFunction } from "../model/plan/metric_function.ts";
import type { Model } from "../model/model.ts";
import { checkOptions, wholeNumber } from "../base/options.ts";
import { pairedRows, type PromptPairs } from "../model/prompt_pairs.ts";
import { headList, resolvedHeads } from "../model/plan/heads_and_neurons.ts";
import { judged, type PatchOptions, patchShape } from "./activations.ts";

/** What a direct path leads to: an input of a head (`k` and `v` by key/value head), a neuron, or the logits. */
export type Receiver =
  | { readonly layer: number; readonly head: number; readonly input: "q" | "k" | "v" }
  | { readonly layer: number; readonly neuron: number }
  | "logits";

/** Which paths are patched. */
export interface PathOptions extends PatchOptions {
  /** Heads where the paths begin, as pairs of layer and head. */
  readonly from: readonly (readonly [layer: number, head: number])[];
  readonly to: readonly Receiver[];
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

/** Where a receiver reads the residual stream, and the point whose activation it becomes. */
interface Port {
  readonly name: string;
  readonly layer: number;
  readonly entry: string;
  readonly point: string;
  readonly target: Pick<AffineEdit, "heads" | "neurons">;
}

/**
 * Path patching: gives a later head, a neuron or the logits alone the clean output of a head, all else staying corrupted, and
 * returns what that does to a metric of the last logits, as a table: `row`, `fromLayer`, `fromHead`, `to` (such as `L5H1.q`,
 * `L6N17`, `logits`), `corrupted`, `clean`, `value` and `restored`.
 *
 * The path is the direct one: what the head writes into the residual stream reaches the receiver past everything between them,
 * which stays as it was. The receiver then acts on all that follows. Wang et al., Interpretability in the Wild (arXiv 2211.00593);
 * Goldowsky-Dill et al., Localizing Model Behavior with Path Patching (arXiv 2304.05969).
 *
 * @throws CircuitbookError for prompts that are no pairs, and for a receiver that is not behind its sender.
 *
 * @example
 * ```ts
 * import { loadModel, patching } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1");
 * const metric = (logits: Float32Array) => logits[0];
 * const options = { metric, from: [[1, 3]] as const, to: [{ layer: 4, head: 0, input: "q" }, "logits"] as const };
 * const table = await patching.paths(model, { clean: "11 + 5 =", corrupted: "11 + 4 =" }, options);
 * assertEquals(table.getColumn("to").toArray(), ["L4H0.q", "logits"]);
 * ```
 */
export async function paths(
  model: Model,
  pairs: PromptPairs,
  options: PathOptions,
): Promise<pl.DataFrame> {
  checkOptions(options, z.strictObject(pathShape), "paths");
  const { batchSize, signal, onProgress } = options;
  const { clean, corrupted } = pairedRows(model, pairs);
  const metric = metricFunction(options.metric, clean, model.architecture);
  const senders = resolvedHeads(options.from, model);
  const ports = options.to.map((to) => portOf(to, model));
  checkOrder(senders, ports);
  const records: Record<string, number | string>[] = [];
  for (let row = 0; row < clean.length; row++) {
    const results = senders.map(([layer, head]) => ({
      at: `blocks.${layer}.attn.hook_result`,
      head,
    }));
    const points = [...new Set(results.map(({ at }) => at))];
    const from = await model.run([clean[row]], { tap: points, logits: [-1], signal });
    const tap = [
      ...new Set([
        ...points,
        ...interventionTaps(model, ports.flatMap(({ entry, point }) => [entry, point])),
      ]),
    ];
    const base = await model.run([corrupted[row]], { tap, logits: [-1], signal });
    const changes = results.map(({ at, head }) => changeOf(from, base, at, head));
    const edits = await receivedEdits(model, base, changes, ports, signal);
    const values = await intervene(model, base, edits.map((edit) => ({ row: 0, edits: [edit] })), {
      metric: (logits: Float32Array) => metric(logits, row),
      batchSize,
      signal,
      onProgress,
      label: `patch paths (pair ${row + 1} of ${clean.length})`,
    });
    const [clear, spoilt] = [from, base].map((cache) => metric(lastLogits(cache, 0), row));
    senders.forEach(([fromLayer, fromHead], s) =>
      ports.forEach(({ name }, p) => {
        const value = values[p * senders.length + s];
        records.push({ row, fromLayer, fromHead, to: name, ...judged(spoilt, clear, value) });
      })
    );
  }
  return pl.DataFrame(records);
}

/**
 * For each receiver and each sender, the edit that gives the receiver what it would be with that sender's change in its input
 * alone. Receivers that read the residual stream at one place are one run.
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

/** A run with a row for each change of the residual stream at a hook point. */
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

/** What a head's clean output adds to the corrupted residual stream, [position, d_model]. */
function changeOf(clean: Cache, corrupted: Cache, at: string, head: number): Tensor {
  const [own, other] = [clean, corrupted].map((cache) => cache.get(at).slice({ batch: 0, head }));
  return new Tensor(own.data.map((value, i) => value - other.data[i]), own.sizes);
}

function portOf(to: Receiver, { architecture }: Model): Port {
  const { layers, heads, kvHeads, dMlp } = architecture;
  if (to === "logits") {
    const end = `blocks.${layers - 1}.hook_resid_post`;
    return { name: to, layer: layers, entry: end, point: end, target: {} };
  }
  const [layer] = resolveSelection(to.layer, layers, "layer");
  const block = `blocks.${layer}`;
  if ("neuron" in to) {
    const [neuron] = resolveSelection(to.neuron, dMlp, "neuron");
    return {
      name: `L${layer}N${neuron}`,
      layer: layer + 0.5,
      entry: `${block}.hook_resid_mid`,
      point: `${block}.mlp.hook_post`,
      target: { neurons: [neuron] },
    };
  }
  const [head] = resolveSelection(
    to.head,
    to.input === "q" ? heads : kvHeads,
    to.input === "q" ? "head" : "kv_head",
  );
  return {
    name: `L${layer}H${head}.${to.input}`,
    layer,
    entry: `${block}.hook_resid_pre`,
    point: `${block}.attn.hook_${to.input}`,
    target: { heads: [head] },
  };
}

/** Refuses a receiver that does not read what a sender writes: a head of its own layer or an earlier one. */
function checkOrder(senders: readonly (readonly [number, number])[], ports: readonly Port[]): void {
  for (const [layer, head] of senders) {
    const early = ports.find((port) => port.layer <= layer);
    if (early) {
      throw new CircuitbookError(
        `Expected a receiver behind head ${head} of layer ${layer} but found ${early.name}.`,
      );
    }
  }
}
