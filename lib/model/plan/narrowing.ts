import type { Architecture } from "./architecture.ts";
import { hookPoints } from "./hook_points.ts";
import type { Plan } from "./plan.ts";

/** From where on a graph computes only the rows (batch × position) that are asked for. */
export interface Narrowing {
  /** The last hook point that is computed for all rows. */
  readonly after: string;
  /** Number of the graph input that lists the rows to go on with. */
  readonly rows: number;
  /** Whether the attention before it, too, is asked of those rows alone: they are as many in each row of the batch. */
  readonly queries: boolean;
}

/**
 * Where a plan may go on with few rows: behind the last attention, or before the unembedding, if everything that is
 * returned from there on is returned for the same rows and nothing is edited. Attention needs keys and values of all rows, and
 * queries of all only where something of them is asked for.
 */
export function narrowingOf(plan: Plan, architecture: Architecture): Narrowing | undefined {
  const { taps, edits } = plan;
  const points = hookPoints(architecture).map(({ name }) => name);
  const end = Math.max(-1, ...taps.map(({ point }) => points.indexOf(point.name)));
  const lastLayer = Math.max(
    0,
    ...points.slice(0, end + 1).map((name) => Number(/^blocks\.(\d+)/.exec(name)?.[1] ?? 0)),
  );
  for (const after of [`blocks.${lastLayer}.attn.hook_z`, `blocks.${lastLayer}.hook_resid_post`]) {
    const late = points.slice(points.indexOf(after) + 1, end + 1);
    const [first, ...others] = taps.filter(({ point }) => late.includes(point.name));
    if (first?.rows === undefined || others.some(({ rows }) => rows !== first.rows)) continue;
    if (late.some((name) => edits.has(name))) continue;
    const queries = after.endsWith("hook_z") && first.regular === true &&
      !asksAboutQueries(plan, lastLayer);
    return { after, rows: first.rows, queries };
  }
  return undefined;
}

/** Whether a plan needs queries, or what becomes of them, of all rows in a layer. */
function asksAboutQueries({ taps, edits, cached, start }: Plan, layer: number): boolean {
  const points = ["hook_q", "hook_rot_q", "hook_attn_scores", "hook_pattern", "hook_z"].map((
    name,
  ) => `blocks.${layer}.attn.${name}`);
  const startsBehind = start?.layer === layer && start.kind !== "pre";
  return cached || startsBehind ||
    points.some((name) => edits.has(name) || taps.some(({ point }) => point.name === name));
}
