import type { Architecture } from "./architecture.ts";
import { hookPoints, pointAt } from "./hook_points.ts";
import type { Plan } from "./plan.ts";

/** The point from which a graph computes only the rows (batch × position) that are asked for. */
export interface Narrowing {
  /** The last hook point that is computed at all rows. */
  readonly after: string;
  /** The number of the graph input that lists the kept rows. */
  readonly rows: number;
  /** Whether the attention of that layer, too, computes only the queries of the kept rows. */
  readonly queries: boolean;
}

/**
 * Returns the point from which a plan needs only some rows: after the last attention, or before the
 * unembedding. Such a point exists if all later taps keep the same rows and no later hook point is
 * edited. Attention always needs the keys and values of all rows, but needs the queries of all rows
 * only if they are tapped, edited or cached.
 */
export function narrowingOf(plan: Plan, architecture: Architecture): Narrowing | undefined {
  const { taps, edits } = plan;
  const points = hookPoints(architecture).map(({ name }) => name);
  const end = Math.max(-1, ...taps.map(({ point }) => points.indexOf(point.name)));
  const lastLayer = Math.max(
    0,
    ...points.slice(0, end + 1).map((name) => Number(/^blocks\.(\d+)/.exec(name)?.[1] ?? 0)),
  );
  for (const after of [pointAt.z(lastLayer), pointAt.residPost(lastLayer)]) {
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

/**
 * Returns whether a plan needs the queries of all rows in a layer, or what is computed from them.
 */
function asksAboutQueries({ taps, edits, cached, start }: Plan, layer: number): boolean {
  const points = [pointAt.q, pointAt.rotQ, pointAt.scores, pointAt.pattern, pointAt.z].map(
    (nameIn) => nameIn(layer),
  );
  const startsAfterQueries = start?.layer === layer && start.kind !== "pre";
  return cached !== false || startsAfterQueries ||
    points.some((name) => edits.has(name) || taps.some(({ point }) => point.name === name));
}
