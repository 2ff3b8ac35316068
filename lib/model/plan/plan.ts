import { CircuitbookError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import type { Architecture } from "./architecture.ts";
import type {
  AffineEdit,
  Edit,
  EditTarget,
  FunctionEdit,
  Numbers,
  ProjectionEdit,
} from "./edit.ts";
import {
  headAxis,
  type HookPoint,
  hookPoints,
  isAttentionGrid,
  matchPoints,
} from "./hook_points.ts";
import { distinctIndices } from "./region.ts";
import type { PlannedStart } from "./entry.ts";

/** An activation that a graph computes for its caller. */
export interface PlannedTap {
  readonly point: HookPoint;
  /** The role of the activation. Default: it is returned. */
  readonly role?: TapRole;
  /**
   * The number of the graph input that lists the rows (batch × position) to keep; undefined keeps
   * all.
   */
  readonly rows?: number;
  /** Whether the list keeps equally many positions of each row of the batch, and at least one. */
  readonly regular?: boolean;
  /** Heads to keep; undefined keeps all. */
  readonly heads?: readonly number[];
}

/**
 * A use of an activation other than to return it: a metric is differentiated by it, a metric reads
 * it, or the next tokens are chosen from it.
 */
export type TapRole = "gradient" | "metric" | "sampling";

/**
 * What a metric reads of its activation: logits or log-probabilities of tokens, or products with
 * directions.
 */
export type MetricKind = "logits" | "log probabilities" | "score";

/** A metric that a graph computes and differentiates. */
export interface PlannedMetric {
  readonly kind: MetricKind;
  /** Whether the gradients by all weights are returned as well. */
  readonly byWeights: boolean;
}

/**
 * Where the keys and values of a generation are. `host`: in the processor's memory, and each pass
 * returns the new ones. `in place`: in the processor's memory, and each pass writes the new ones
 * there. `device`: in the memory of a GPU.
 */
export type CachePlace = "host" | "in place" | "device";

/** How a graph chooses the next token of each row. */
export interface PlannedSampling {
  /** Whether a token is drawn by a temperature; otherwise the most probable one is taken. */
  readonly temperature: boolean;
  /** How many tokens it is drawn among; undefined takes all. */
  readonly topK?: number;
  /**
   * Whether it is drawn among the most probable tokens that together have a share of the
   * probability.
   */
  readonly topP: boolean;
}

/**
 * One step of the edits at a hook point. Neighbouring affine edits are merged into one segment;
 * `scale` and `shift` say which of its two operations change anything.
 */
export type Segment =
  | {
    readonly kind: "affine";
    readonly edits: readonly AffineEdit[];
    readonly scale: boolean;
    readonly shift: boolean;
  }
  | { readonly kind: "projection"; readonly edit: ProjectionEdit }
  | { readonly kind: "function"; readonly edit: FunctionEdit };

/** Everything that determines the graph of a run: its taps, its edits and its start. */
export interface Plan {
  /** The activations that are computed for the caller. */
  readonly taps: readonly PlannedTap[];
  /** The edits, by the name of their hook point. */
  readonly edits: ReadonlyMap<string, readonly Segment[]>;
  /**
   * The memory that holds the keys and values of earlier tokens in a generation. They are inputs of
   * the graph, and the keys and values of new tokens are outputs. False outside of generations.
   */
  readonly cached: false | CachePlace;
  /** Whether rows differ in length, so that padding must be masked. */
  readonly padded: boolean;
  /** The activation of an earlier run that the graph starts from; undefined starts from tokens. */
  readonly start?: PlannedStart;
  /** The metric that is differentiated. */
  readonly metric?: PlannedMetric;
  /**
   * Whether a pass computes few rows (batch × position), of a model whose weights are fed: the
   * products of attention and MLPs are then written with the weights first.
   */
  readonly fewRows?: boolean;
  /**
   * How the next tokens are chosen from the activation that the sampling tap keeps; undefined
   * chooses none.
   */
  readonly sampling?: PlannedSampling;
}

/**
 * Returns a text that is equal for two plans if and only if they compile to the same graph. Values
 * of edits do not count.
 */
export function planKey(plan: Plan): string {
  // The order of the edited points does not matter. The order of the edits at one point does.
  const edits = [...plan.edits].filter(([, segments]) => segments.some(isActive))
    .map(([point, segments]) => `${point} ${segments.map(segmentKey).join(",")}`)
    .sort();
  const taps = plan.taps.map(({ point, role, rows, regular, heads }) => {
    return [
      point.name,
      role ?? "activation",
      rows ?? "all",
      regular ?? false,
      heads ? "heads" : "all",
    ];
  });
  return JSON.stringify([
    taps,
    edits,
    plan.cached,
    plan.padded,
    plan.start ?? "tokens",
    plan.metric ?? "none",
    plan.sampling ?? "none",
    plan.fewRows ?? false,
  ]);
}

/**
 * Returns the edits of a run by hook point, in order, checked against the architecture.
 *
 * @throws CircuitbookError if a hook point is unknown, or if it lacks the heads, neurons or keys
 * that an edit selects.
 */
export function planEdits(
  edits: readonly Edit[],
  architecture: Architecture,
): Map<string, Segment[]> {
  const points = hookPoints(architecture);
  const planned = new Map<string, Segment[]>();
  for (const edit of edits) {
    for (const point of matchPoints(edit.at, points)) {
      if (!("apply" in edit)) checkTarget(edit, point);
      const segments = planned.get(point.name) ?? [];
      planned.set(point.name, appendSegment(segments, edit));
    }
  }
  return planned;
}

function appendSegment(segments: Segment[], edit: Edit): Segment[] {
  if ("apply" in edit) return [...segments, { kind: "function", edit }];
  if ("projectOut" in edit) return [...segments, { kind: "projection", edit }];
  const last = segments.at(-1);
  const scale = !consistsOf(edit.scale, 1);
  const shift = !consistsOf(edit.shift, 0);
  if (last?.kind !== "affine") {
    return [...segments, { kind: "affine", edits: [edit], scale, shift }];
  }
  const merged = {
    ...last,
    edits: [...last.edits, edit],
    scale: last.scale || scale,
    shift: last.shift || shift,
  };
  return [...segments.slice(0, -1), merged];
}

function checkTarget(edit: EditTarget & { projectOut?: unknown }, point: HookPoint): void {
  const axis = headAxis(point);
  if (edit.heads) {
    if (!axis) {
      throw new CircuitbookError(
        `Expected a hook point with heads but found "${point.name}", which has the axes ${
          point.axes.join(", ")
        }.`,
      );
    }
    distinctIndices(edit.heads, point.sizes[axis], axis, edit.at);
  }
  if (edit.neurons) {
    if (!("d_mlp" in point.sizes)) {
      throw new CircuitbookError(
        `Expected a hook point with neurons (d_mlp) but found "${point.name}", which has the axes ${
          point.axes.join(", ")
        }.`,
      );
    }
    distinctIndices(edit.neurons, point.sizes.d_mlp, "neuron", edit.at);
  }
  if (edit.keys !== undefined && !isAttentionGrid(point)) {
    throw new CircuitbookError(
      `Expected a hook point with keys (hook_attn_scores, hook_pattern) but found "${point.name}".`,
    );
  }
  if (edit.projectOut !== undefined && isAttentionGrid(point)) {
    throw new CircuitbookError(
      `Expected a hook point with a feature axis to project out of but found "${point.name}".`,
    );
  }
}

/** Returns the names of the hook points that a plan taps, or edits so that something changes. */
export function hookedPoints({ taps, edits }: Pick<Plan, "taps" | "edits">): string[] {
  const edited = [...edits].flatMap(([name, segments]) => segments.some(isActive) ? [name] : []);
  return [...taps.map(({ point }) => point.name), ...edited];
}

/**
 * Returns whether a segment changes anything. Neutral edits are left out of the graph, so that they
 * change no logit.
 */
export function isActive(segment: Segment): boolean {
  return segment.kind !== "affine" || segment.scale || segment.shift;
}

/** Returns whether all numbers of a value equal a given number, or the value is absent. */
function consistsOf(value: Numbers | undefined, number: number): boolean {
  if (value === undefined || typeof value === "number") return (value ?? number) === number;
  if (value instanceof Tensor) return value.data.every((item) => item === number);
  return value.every((item) =>
    typeof item === "number" ? item === number : consistsOf(item, number)
  );
}

function segmentKey(segment: Segment): string {
  if (segment.kind !== "affine") return segment.kind;
  return `affine${segment.scale ? "*" : ""}${segment.shift ? "+" : ""}`;
}
