import { CircuitbookError } from "../base/errors.ts";
import { headAxis, type HookPoint, hookPoints, matchPoints } from "../model/plan/hook_points.ts";
import type { Model } from "../model/model.ts";

/**
 * Returns the hook points that a name or a glob matches.
 *
 * @throws CircuitbookError if a hook point lies outside the layers, such as `hook_embed`.
 */
export function pointsOfLayers(
  { architecture }: Model,
  at: string,
): (HookPoint & { layer: number })[] {
  return matchPoints(at, hookPoints(architecture)).map((point) => {
    if (point.layer !== undefined) return { ...point, layer: point.layer };
    throw new CircuitbookError(
      `Expected hook points of layers to patch but found "${point.name}".`,
    );
  });
}

/**
 * Refuses hook points without a head axis.
 *
 * @throws CircuitbookError naming the first hook point without heads.
 */
export function refuseHeadless(points: readonly HookPoint[]): void {
  const headless = points.find((point) => !headAxis(point));
  if (!headless) return;
  throw new CircuitbookError(
    `Expected hook points with heads but found "${headless.name}", which has the axes ${
      headless.axes.join(", ")
    }.`,
  );
}
