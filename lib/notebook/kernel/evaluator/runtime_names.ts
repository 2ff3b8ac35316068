import type { RuntimeNames } from "./protocol.ts";

/** Names that are offered at most of each kind. */
const MOST_NAMES = 2000;

/** Returns the names that values know: the hook points of models and the columns of frames. */
export function namesIn(values: readonly unknown[]): RuntimeNames {
  const points = new Set<string>();
  const columns = new Set<string>();
  for (const value of values) {
    for (const point of listIn(value, "hookPoints")) {
      const { name } = (point ?? {}) as { name?: unknown };
      if (typeof name === "string") points.add(name);
    }
    for (const column of listIn(value, "columns")) {
      if (typeof column === "string") columns.add(column);
    }
  }
  return { points: [...points].slice(0, MOST_NAMES), columns: [...columns].slice(0, MOST_NAMES) };
}

/** Returns a list that a value has under a name. */
function listIn(value: unknown, name: string): readonly unknown[] {
  if (value === null || typeof value !== "object") return [];
  try {
    const list = (value as Record<string, unknown>)[name];
    return Array.isArray(list) ? list : [];
  } catch (_throwingGetter) {
    return [];
  }
}
