import type { Architecture } from "./architecture.ts";
import { hookPoints } from "./hook_points.ts";
import type { Plan } from "./plan.ts";

/** From where on a graph computes only the rows (batch × position) that are asked for. */
export interface Narrowing {
  /** The last hook point that is computed for all rows. */
  readonly after: string;
  /** Number of the graph input that lists the rows to go on with. */
  readonly rows: number;
}

/**
 * Where a plan may go on with few rows: behind the last attention, or before the unembedding, if everything that is
 * returned from there on is returned for the same rows and nothing is edited. Attention itself needs all rows.
 */
export function narrowingOf({ taps, edits }: Plan, architecture: Architecture): Narrowing | undefined {
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
    if (!late.some((name) => edits.has(name))) return { after, rows: first.rows };
  }
  return undefined;
}
