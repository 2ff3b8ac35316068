import type { Architecture } from "../../model/plan/architecture.ts";
import { hookPoints, matchPoints } from "../../model/plan/hook_points.ts";

/**
 * Returns the hook points that globs match, each once.
 *
 * @throws CircuitbookError if a glob matches no hook point.
 */
export function tappedNames(globs: readonly string[], architecture: Architecture): string[] {
  const points = hookPoints(architecture);
  return [
    ...new Set(globs.flatMap((glob) => matchPoints(glob, points).map(({ name }) => name))),
  ];
}
