import { editName } from "../plan/graph_names.ts";
import type { Feeds, GraphTensor } from "../../onnx/feeds.ts";
import { CircuitbookError } from "../../base/errors.ts";
import { Tensor } from "../../base/tensor.ts";
import { encodeGraph } from "../../onnx/encode.ts";
import type { Cut, Graph } from "../../onnx/graph.ts";
import { stagesOf } from "../../onnx/stages.ts";
import type { FunctionEdit } from "../plan/edit.ts";
import { type HookPoint, isAttentionGrid } from "../plan/hook_points.ts";
import type { Plan } from "../plan/plan.ts";
import { createSession, type Device, type Session } from "./runtime.ts";
import type { BatchView } from "../plan/view.ts";

/** A decoder graph, compiled: one session, or several with TypeScript functions between them. */
export interface Program {
  readonly stages: readonly { readonly session: Session; readonly cuts: readonly Cut[] }[];
  /** Names of everything that the sessions want fed. */
  readonly inputs: ReadonlySet<string>;
}

/** Compiles a graph. */
export async function compile(
  graph: Graph,
  options: { device: Device; folder: string; prepack: boolean },
): Promise<Program> {
  const stages = [];
  for (const { graph: part, cuts } of stagesOf(graph)) {
    stages.push({ session: named(await createSession(encodeGraph(part), options), part), cuts });
  }
  return { stages, inputs: new Set(stages.flatMap(({ session }) => session.inputs)) };
}

/** A session whose outputs have, besides the names of their values, those that the graph gives them. */
function named(session: Session, { outputs }: Graph): Session {
  const names = outputs.flatMap(({ name, value }) =>
    name === undefined ? [] : [[name, value.name] as const]
  );
  return {
    ...session,
    async run(feeds) {
      const values = await session.run(feeds);
      for (const [name, value] of names) values[name] = values[value];
      return values;
    },
  };
}

/** Runs the stages of a program, applying the plan's function edits between them. */
export async function execute(
  { stages }: Program,
  feeds: Feeds,
  plan: Plan,
  points: ReadonlyMap<string, HookPoint>,
  view: BatchView,
): Promise<Record<string, GraphTensor>> {
  if (stages.length === 1) return await stages[0].session.run(feeds);
  const functions = functionEdits(plan);
  const values: Record<string, GraphTensor> = { ...feeds };
  for (const { session, cuts } of stages) {
    Object.assign(values, await session.run(values));
    for (const { name, before, after } of cuts) {
      const { edit, point } = functions.get(name)!;
      values[after.name] = await applyFunction(edit, points.get(point)!, values[before.name], view);
    }
  }
  return values;
}

/** Releases the sessions of a program. */
export async function release({ stages }: Program): Promise<void> {
  for (const { session } of stages) await session.release();
}

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

async function applyFunction(
  edit: FunctionEdit,
  point: HookPoint,
  value: GraphTensor,
  view: BatchView,
): Promise<GraphTensor> {
  const sizes = isAttentionGrid(point)
    ? { batch: view.batch, ...point.sizes, query: view.columns, key: view.keyColumns }
    : { batch: view.batch, position: view.columns, ...point.sizes };
  // A copy: the same numbers may be a tap under another name.
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
  const bad = after.data.findIndex((number) => Number.isNaN(number));
  if (bad >= 0) {
    throw new CircuitbookError(
      `Expected numbers from the function at "${point.name}" but found NaN at index ${bad}.`,
    );
  }
  return { data: after.data, dims: value.dims };
}

/** The token index of each column of a pass, for each row; -1 at padding. */
function positionsOf({ columns, keyColumns, pads }: BatchView): number[][] {
  return pads.map((pad) =>
    Array.from(
      { length: columns },
      (_, column) => Math.max(-1, keyColumns - columns - pad + column),
    )
  );
}
