import { editName, headsName, rowsName, tapName } from "../plan/graph_names.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { Architecture } from "../plan/architecture.ts";
import { headAxis, type HookPoint, hookPoints, isAttentionGrid } from "../plan/hook_points.ts";
import type { Layout } from "./layout.ts";
import { type Narrowing, narrowingOf } from "../plan/narrowing.ts";
import { isActive, type Plan, type PlannedTap, type Segment } from "../plan/plan.ts";
import { product } from "../../base/lists.ts";

/** An activation by which the metric is differentiated. */
export interface Differentiated {
  readonly value: Value;
  /** Makes the gradient by the activation an output of the graph, as far as the tap selects it. */
  readonly write: (gradient: Value) => void;
}

/** Writes the taps and edits of a plan into a graph. The decoder calls it at every hook point. */
export class Hooks {
  readonly #points: ReadonlyMap<string, HookPoint>;
  readonly #rowInputs = new Map<number, Value>();
  readonly #narrowing: Narrowing | undefined;
  #narrowed = false;
  /** The values that a metric reads, and from which the next tokens are chosen. */
  readonly #sources = new Map<"metric" | "sampling", Value>();
  readonly #differentiated: Differentiated[] = [];

  readonly #graph: Graph;
  readonly #layout: Layout;
  readonly #plan: Plan;

  constructor(
    graph: Graph,
    layout: Layout,
    architecture: Architecture,
    plan: Plan,
  ) {
    this.#graph = graph;
    this.#layout = layout;
    this.#plan = plan;

    this.#points = new Map(hookPoints(architecture).map((point) => [point.name, point]));
    this.#narrowing = narrowingOf(plan, architecture);
  }

  /**
   * Whether one of these points is tapped or edited. If not, the decoder may fuse the operators
   * around them.
   */
  wants(...names: string[]): boolean {
    return names.some((name) => this.edits(name) || this.tapsAt(name).length > 0);
  }

  /** Whether an edit changes the activation at a point. */
  edits(name: string): boolean {
    return (this.#plan.edits.get(name) ?? []).some(isActive);
  }

  /** The taps of a point, with their indices in the plan. */
  tapsAt(name: string): { tap: PlannedTap; index: number }[] {
    return this.#plan.taps.flatMap((tap, index) => tap.point.name === name ? [{ tap, index }] : []);
  }

  /**
   * Edits an activation at a hook point, then taps it, so that taps see the edits. Returns the
   * edited activation, which the rest of the decoder reads.
   *
   * @param value [batch × position, features], at attention grids [batch, head, query, key].
   */
  at(name: string, value: Value): Value {
    const edited = this.edit(name, value);
    this.tap(name, edited);
    return edited;
  }

  /**
   * Returns the activation after the edits of a point, applied in the order in which they were
   * given.
   */
  edit(name: string, value: Value): Value {
    const segments = this.#plan.edits.get(name) ?? [];
    const point = this.#points.get(name)!;
    return this.#graph.scope(
      name,
      () =>
        segments.reduce((current, segment, i) => this.#segment(point, current, segment, i), value),
    );
  }

  /**
   * Writes the taps of a point: each selects a part of the activation, to return it or to
   * differentiate.
   */
  tap(name: string, value: Value): void {
    for (const { tap, index } of this.tapsAt(name)) {
      // A gradient is selected after the whole graph is written; what counts is whether rows are
      // narrowed here.
      const narrowed = this.#narrowed;
      const select = (whole: Value) =>
        this.#graph.scope(name, () => this.#select(tap, index, whole, narrowed));
      if (tap.role === "metric" || tap.role === "sampling") {
        this.#sources.set(tap.role, select(value));
      } else if (tap.role === "gradient") {
        this.#differentiated.push({
          value,
          write: (gradient) => this.#graph.output(tapName(index), select(gradient)),
        });
      } else this.#graph.output(tapName(index), select(value));
    }
  }

  /**
   * The activation that the plan's metric reads, and the activations by which it is differentiated.
   */
  get derivative(): { source: Value; by: readonly Differentiated[] } {
    return { source: this.#sources.get("metric")!, by: this.#differentiated };
  }

  /** The logits that the next tokens are chosen from. */
  get sampled(): Value {
    return this.#sources.get("sampling")!;
  }

  /**
   * Returns the values with the kept rows alone, if nothing after this point needs the other rows.
   */
  narrow(name: string, ...values: Value[]): Value[] {
    if (this.#narrowing?.after !== name) return values;
    this.#narrowed = true;
    return this.#graph.scope(name, () => values.map((value) => this.keptRows(value)));
  }

  /** Whether the attention up to this `hook_z` is computed for the kept rows alone. */
  narrowsQueries(name: string): boolean {
    return this.#narrowing?.after === name && this.#narrowing.queries;
  }

  /** Returns the kept rows of a value [batch × position, …]. */
  keptRows(value: Value): Value {
    return this.#graph.node("Gather", [value, this.#rowInput(this.#narrowing!.rows)], { axis: 0 });
  }

  /**
   * Returns the rows and heads of an activation that a tap selects. Narrowed values have the tap's
   * rows already.
   */
  #select(
    { point, rows, heads }: PlannedTap,
    index: number,
    value: Value,
    narrowed: boolean,
  ): Value {
    const kept = rows === undefined || narrowed ? value : this.#selectRows(point, value, rows);
    return heads ? this.#selectHeads(point, kept, index) : kept;
  }

  #selectRows(point: HookPoint, value: Value, number: number): Value {
    // On attention grids a row is a query: [batch, head, query, key] becomes [batch × query, head,
    // key].
    const rows = isAttentionGrid(point)
      ? this.#layout.mergeFirstTwo(this.#graph.node("Transpose", [value], { perm: [0, 2, 1, 3] }))
      : value;
    return this.#graph.node("Gather", [rows, this.#rowInput(number)], { axis: 0 });
  }

  /**
   * Returns the graph input that lists the rows (batch × position) to keep. Several taps may share
   * a list.
   */
  #rowInput(number: number): Value {
    const input = this.#rowInputs.get(number) ??
      this.#graph.input(rowsName(number), "int64", [`kept${number}`]);
    this.#rowInputs.set(number, input);
    return input;
  }

  #selectHeads(point: HookPoint, value: Value, index: number): Value {
    const list = this.#graph.input(headsName(index), "int64", [`heads${index}`]);
    const withHeads = isAttentionGrid(point)
      ? value
      : this.#layout.rows(value, point.sizes[headAxis(point)!], point.sizes[point.axes.at(-1)!]);
    return this.#graph.node("Gather", [withHeads, list], { axis: 1 });
  }

  /** Returns an activation after one step of the edits at a point. */
  #segment(point: HookPoint, value: Value, segment: Segment, index: number): Value {
    const grid = isAttentionGrid(point);
    const features = featureCount(point);
    const input = (kind: string, rank: number) => {
      const name = editName(point.name, index, kind);
      return this.#graph.input(
        name,
        "float32",
        Array.from({ length: rank }, (_, axis) => `${name}.${axis}`),
      );
    };
    if (segment.kind === "function") {
      return this.#graph.cut(editName(point.name, index, "function"), value);
    }
    if (segment.kind === "projection") {
      return this.#project(point, value, input("basis", 2), input("mask", 3));
    }
    if (!isActive(segment)) return value;
    // x' = x * scale + shift. Both are broadcast over batch and position, so the batch axis must be
    // seen.
    let x = grid ? value : this.#layout.withBatch(value, features);
    if (segment.scale) x = this.#graph.node("Mul", [x, input("scale", grid ? 4 : 3)]);
    if (segment.shift) x = this.#graph.node("Add", [x, input("shift", grid ? 4 : 3)]);
    return grid ? x : this.#layout.rows(x, features);
  }

  /**
   * Returns an activation without its component in the span of an orthonormal basis, where the mask
   * is 1.
   */
  #project(point: HookPoint, value: Value, basis: Value, mask: Value): Value {
    const features = featureCount(point);
    const vectors = this.#layout.rows(value, point.sizes[point.axes.at(-1)!]);
    const components = this.#graph.node("Gemm", [vectors, basis], { transB: 1 });
    const span = this.#layout.withBatch(this.#graph.node("MatMul", [components, basis]), features);
    const removed = this.#graph.node("Mul", [span, mask]);
    return this.#layout.rows(
      this.#graph.node("Sub", [this.#layout.withBatch(value, features), removed]),
      features,
    );
  }
}

/** The number of features of a position: the product of the sizes after batch and position. */
function featureCount(point: HookPoint): number {
  return product(Object.values(point.sizes));
}
