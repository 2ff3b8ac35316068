import { editName, headsName, rowsName, tapName } from "../plan/graph_names.ts";
import type { Graph, Value } from "../../onnx/graph.ts";
import type { Architecture } from "../plan/architecture.ts";
import { headAxis, type HookPoint, hookPoints, isAttentionGrid } from "../plan/hook_points.ts";
import type { Layout } from "./layout.ts";
import { type Narrowing, narrowingOf } from "../plan/narrowing.ts";
import { isActive, type Plan, type PlannedTap, type Segment } from "../plan/plan.ts";

/** An activation that gradients are asked by, and what returns its gradient. */
export interface Differentiated {
  readonly value: Value;
  readonly write: (gradient: Value) => void;
}

/** Writes the taps and edits of a plan into a graph, wherever the decoder passes a hook point. */
export class Hooks {
  readonly #points: ReadonlyMap<string, HookPoint>;
  readonly #rowInputs = new Map<number, Value>();
  readonly #narrowing: Narrowing | undefined;
  #narrowed = false;
  #metricSource: Value | undefined;
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

  /** Whether one of these points is tapped or edited: if not, the decoder may fuse over it. */
  wants(...names: string[]): boolean {
    return names.some((name) => this.edits(name) || this.tapsAt(name).length > 0);
  }

  /** Whether an edit changes a point. */
  edits(name: string): boolean {
    return (this.#plan.edits.get(name) ?? []).some(isActive);
  }

  /** The taps of a point, with their numbers in the plan. */
  tapsAt(name: string): { tap: PlannedTap; index: number }[] {
    return this.#plan.taps.flatMap((tap, index) => tap.point.name === name ? [{ tap, index }] : []);
  }

  /**
   * Edits, then taps an activation at a hook point, and returns what goes on.
   *
   * @param value [batch × position, features], at attention grids [batch, head, query, key].
   */
  at(name: string, value: Value): Value {
    const edited = this.edit(name, value);
    this.tap(name, edited);
    return edited;
  }

  /** The activation after the edits of a point. */
  edit(name: string, value: Value): Value {
    const segments = this.#plan.edits.get(name) ?? [];
    const point = this.#points.get(name)!;
    return this.#graph.scope(
      name,
      () =>
        segments.reduce((current, segment, i) => this.#segment(point, current, segment, i), value),
    );
  }

  /** Hands an activation, as far as the taps of a point select it, to what they are for. */
  tap(name: string, value: Value): void {
    for (const { tap, index } of this.tapsAt(name)) {
      const narrowed = this.#narrowed;
      const select = (whole: Value) =>
        this.#graph.scope(name, () => this.#select(tap, index, whole, narrowed));
      if (tap.role === "metric") this.#metricSource = select(value);
      else if (tap.role === "gradient") {
        this.#differentiated.push({
          value,
          write: (gradient) => this.#graph.output(tapName(index), select(gradient)),
        });
      } else this.#graph.output(tapName(index), select(value));
    }
  }

  /** What the metric of the plan reads, and the activations that its gradients are asked by. */
  get derivative(): { source: Value; by: readonly Differentiated[] } {
    return { source: this.#metricSource!, by: this.#differentiated };
  }

  /** Goes on with the rows that are asked for, if nothing needs the others after this point. */
  narrow(name: string, ...values: Value[]): Value[] {
    if (this.#narrowing?.after !== name) return values;
    this.#narrowed = true;
    return this.#graph.scope(name, () => values.map((value) => this.keptRows(value)));
  }

  /** Whether the attention up to this `hook_z` is asked only of the rows that go on. */
  narrowsQueries(name: string): boolean {
    return this.#narrowing?.after === name && this.#narrowing.queries;
  }

  /** The rows of a value [batch × position, …] that go on. */
  keptRows(value: Value): Value {
    return this.#graph.node("Gather", [value, this.#rowInput(this.#narrowing!.rows)], { axis: 0 });
  }

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
    const rows = isAttentionGrid(point)
      ? this.#layout.mergeFirstTwo(this.#graph.node("Transpose", [value], { perm: [0, 2, 1, 3] }))
      : value;
    return this.#graph.node("Gather", [rows, this.#rowInput(number)], { axis: 0 });
  }

  /** The graph input that lists the rows (batch × position) to keep. */
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
    let x = grid ? value : this.#layout.withBatch(value, features);
    if (segment.scale) x = this.#graph.node("Mul", [x, input("scale", grid ? 4 : 3)]);
    if (segment.shift) x = this.#graph.node("Add", [x, input("shift", grid ? 4 : 3)]);
    return grid ? x : this.#layout.rows(x, features);
  }

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

/** The product of the sizes behind batch and position. */
function featureCount(point: HookPoint): number {
  return Object.values(point.sizes).reduce((a, b) => a * b, 1);
}
