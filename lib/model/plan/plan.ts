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

/** An activation that is asked for. */
export interface PlannedTap {
  readonly point: HookPoint;
  /** What becomes of it: it is returned, or the gradient of the metric by it is, or the metric reads it. */
  readonly role?: TapRole;
  /** Number of the graph input that lists the rows (batch × position) to keep; undefined keeps all. */
  readonly rows?: number;
  /** Whether those are as many in each row of the batch, and some. */
  readonly regular?: boolean;
  /** Heads to keep; undefined keeps all. */
  readonly heads?: readonly number[];
}

/** What becomes of an activation other than being returned. */
export type TapRole = "gradient" | "metric";

/** How a metric reads its activation: logits or log-probabilities of some tokens, or products with directions. */
export type MetricKind = "logits" | "log probabilities" | "score";

/** A scalar whose gradients are asked for. */
export interface PlannedMetric {
  readonly kind: MetricKind;
  /** Whether its gradients by all weights are returned, too. */
  readonly byWeights: boolean;
}

/**
 * One step of what happens at an edited point: neighbouring affine edits become one, which is nothing to compute where
 * neither a scale nor a shift does anything.
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

/** What a graph must be able to do: taps to return, points to edit, and how it starts and goes on. */
export interface Plan {
  readonly taps: readonly PlannedTap[];
  readonly edits: ReadonlyMap<string, readonly Segment[]>;
  /** A text is being written: keys and values of earlier tokens come in, and those of the new ones go out. */
  readonly cached: boolean;
  /** Rows are of unequal length, so that padding must be masked. */
  readonly padded: boolean;
  /** Start from activations of an earlier run instead of from tokens. */
  readonly start?: PlannedStart;
  /** The scalar that gradients are of. */
  readonly metric?: PlannedMetric;
}

/** A text that is equal for plans that compile to the same graph: only the values of edits may differ. */
export function planKey(plan: Plan): string {
  const edits = [...plan.edits].filter(([, segments]) => segments.some(isActive))
    .map(([point, segments]) => [point, segments.map(segmentKey).join(",")]);
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
  ]);
}

/**
 * The edits of a run by hook point, in order, checked against the architecture.
 *
 * @throws CircuitbookError when a point is unknown, or a head, neuron or key selection does not fit it.
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

/** Whether a step changes anything: neutral edits are left out of the graph, so that they change no logit. */
export function isActive(segment: Segment): boolean {
  return segment.kind !== "affine" || segment.scale || segment.shift;
}

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
