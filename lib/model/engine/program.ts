import { editName } from "../plan/graph_names.ts";
import type { GraphTensor } from "../../onnx/feeds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import { encodeGraph } from "../../onnx/encode.ts";
import type { Cut, Graph } from "../../onnx/graph.ts";
import { stagesOf } from "../../onnx/stages.ts";
import type { FunctionEdit } from "../plan/edit.ts";
import { type HookPoint, isAttentionGrid } from "../plan/hook_points.ts";
import type { Plan } from "../plan/plan.ts";
import { createSession } from "./runtime.ts";
import type { Session, SessionFeeds, SessionOptions, SessionResults } from "./session.ts";
import type { BatchView } from "../plan/view.ts";
import { product } from "../../base/lists.ts";

/** A compiled graph: one session, or several with functions of TypeScript between them. */
export interface Program {
  /** The sessions in order, each with the cuts at which functions are applied after it. */
  readonly stages: readonly { readonly session: Session; readonly cuts: readonly Cut[] }[];
  /** The names of all inputs of the sessions. */
  readonly inputs: ReadonlySet<string>;
  /** The memory that the sessions keep between runs, in bytes. */
  readonly kept: KeptMemory;
}

/** The memory that a program keeps between runs. */
export interface KeptMemory {
  /** The weights that its sessions copy or map from files. */
  readonly weights: number;
  /** About the activations of its largest run, if they are kept for the next one. */
  activations: number;
}

/** How a graph is compiled, with the names that the graph gives its outputs. */
export interface CompileOptions extends Omit<SessionOptions, "kept" | "inPlace"> {
  /** Tells which outputs stay in the memory of a GPU, by their names. Default none. */
  readonly keeps?: (output: string) => boolean;
  /** Returns the input into whose memory an output is written. Default none. */
  readonly writesInto?: (output: string) => string | undefined;
}

/** Compiles a graph for a device. */
export async function compile(
  graph: Graph,
  { keeps = () => false, writesInto = () => undefined, ...options }: CompileOptions,
): Promise<Program> {
  const stages = [];
  for (const { graph: part, cuts } of stagesOf(graph)) {
    const kept = part.outputs.flatMap(({ name, value }) =>
      name !== undefined && keeps(name) ? [value.name] : []
    );
    const inPlace = new Map(part.outputs.flatMap(({ name, value }) => {
      const input = name === undefined ? undefined : writesInto(name);
      return input === undefined ? [] : [[value.name, input] as const];
    }));
    const session = await createSession(encodeGraph(part), { ...options, kept, inPlace });
    stages.push({ session: named(session, part), cuts });
  }
  return {
    stages,
    inputs: new Set(stages.flatMap(({ session }) => session.inputs)),
    kept: { weights: externalBytes(graph), activations: 0 },
  };
}

/**
 * Returns the size of a graph's weights in bytes: numbers in 8 bits as they are, all others as f32.
 */
function externalBytes({ externals }: Graph): number {
  return externals.reduce((sum, { value, shape }) => {
    const size = value.type === "uint8" ? 1 : Float32Array.BYTES_PER_ELEMENT;
    return sum + size * product(shape);
  }, 0);
}

/**
 * Returns a session whose results stand under the names that the graph gives its outputs, and under
 * the names of their values, by which the next stage reads them.
 */
function named(session: Session, { outputs }: Graph): Session {
  const names = outputs.flatMap(({ name, value }) =>
    name === undefined ? [] : [[name, value.name] as const]
  );
  async function runKeeping(feeds: SessionFeeds): Promise<SessionResults> {
    const results = await session.runKeeping(feeds);
    for (const [name, value] of names) {
      if (value in results.kept) results.kept[name] = results.kept[value];
      if (value in results.returned) results.returned[name] = results.returned[value];
    }
    return results;
  }
  return {
    ...session,
    run: async (feeds) => (await runKeeping(feeds)).returned,
    runKeeping,
  };
}

/** Runs the stages of a program, with the plan's function edits applied between them. */
export async function execute(
  { stages }: Program,
  feeds: SessionFeeds,
  plan: Plan,
  points: ReadonlyMap<string, HookPoint>,
  view: BatchView,
): Promise<SessionResults> {
  if (stages.length === 1) return await stages[0].session.runKeeping(feeds);
  const functions = functionEdits(plan);
  const values: Record<string, SessionFeeds[string]> = { ...feeds };
  const kept: SessionResults["kept"] = {};
  for (const { session, cuts } of stages) {
    const results = await session.runKeeping(values);
    Object.assign(values, results.returned);
    Object.assign(kept, results.kept);
    for (const { name, before, after } of cuts) {
      const { edit, point } = functions.get(name)!;
      // The outputs of a stage are in the processor's memory.
      const value = values[before.name] as GraphTensor;
      values[after.name] = await applyFunction(edit, points.get(point)!, value, view);
    }
  }
  return { returned: values as Record<string, GraphTensor>, kept };
}

/** Releases the sessions of a program. */
export async function release({ stages }: Program): Promise<void> {
  for (const { session } of stages) await session.release();
}

/** The function edits of a plan, by the names of their cuts. */
function functionEdits({ edits }: Plan): Map<string, { edit: FunctionEdit; point: string }> {
  return new Map(
    [...edits].flatMap(([point, segments]) =>
      segments.flatMap((segment, index) =>
        segment.kind === "function"
          ? [[editName(point, index, "function"), { edit: segment.edit, point }] as const]
          : []
      )
    ),
  );
}

/**
 * Returns the result of a function edit on an activation.
 *
 * @throws CircuitbookError if the result is no tensor of numbers.
 */
async function applyFunction(
  edit: FunctionEdit,
  point: HookPoint,
  value: GraphTensor,
  view: BatchView,
): Promise<GraphTensor> {
  const sizes = isAttentionGrid(point)
    ? { batch: view.batch, ...point.sizes, query: view.columns, key: view.keyColumns }
    : { batch: view.batch, position: view.columns, ...point.sizes };
  // A copy, since the function may change it in place and the same numbers may be a tap as well.
  const before = new Tensor((value.data as Float32Array).slice(), sizes);
  const after = await edit.apply(before, {
    point: point.name,
    rows: view.rowIds,
    positions: positionsOf(view),
  });
  if (!(after instanceof Tensor) || after.describe() !== before.describe()) {
    const found = after instanceof Tensor ? after.describe() : String(after);
    throw new CircuitbookError(
      `Expected the function at "${point.name}" to return a tensor ${before.describe()} but found ${found}.`,
    );
  }
  const bad = after.data.findIndex(Number.isNaN);
  // An activation that was NaN before is no fault of the function; the engine looks for its cause.
  if (bad >= 0 && !(value.data as Float32Array).some(Number.isNaN)) {
    throw new CircuitbookError(
      `Expected numbers from the function at "${point.name}" but found NaN at index ${bad}.`,
    );
  }
  return { data: after.data, dims: value.dims };
}

/** The token index of each column of a pass, row by row. Padding has -1. */
function positionsOf({ columns, keyColumns, pads }: BatchView): number[][] {
  return pads.map((pad) =>
    Array.from(
      { length: columns },
      (_, column) => Math.max(-1, keyColumns - columns - pad + column),
    )
  );
}
