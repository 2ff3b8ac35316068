import { CircuitbookError } from "../../base/errors.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { hookedPoints, type Plan } from "../plan/plan.ts";
import type { Device } from "./session.ts";

/** Returns whether a plan computes gradients, rather than a metric alone. */
export function isDifferentiated({ metric, taps }: Plan): boolean {
  return metric !== undefined && (metric.byWeights || taps.some(({ role }) => role === "gradient"));
}

/**
 * Refuses a plan that products in 8 bits would make wrong: a rounded product has no gradient, and
 * the sum of what the heads write, which is computed head by head, would not be the product that
 * the model computes.
 *
 * @throws CircuitbookError if the plan computes gradients, or taps or edits `hook_result`.
 */
export function verifyInt8Plan(plan: Plan): void {
  if (isDifferentiated(plan)) verifyExact("gradients");
  const result = hookedPoints(plan).find((name) => name.endsWith(".hook_result"));
  if (result) verifyExact(`"${result}", which is computed head by head`);
}

/**
 * Refuses a model whose weights change, since they are rounded once, or that runs on a GPU.
 *
 * @throws CircuitbookError if the weights are live, or if the device is not the CPU.
 */
export function verifyInt8Model({ live }: Checkpoint, device: Device): void {
  if (live) verifyExact("training");
  if (device === "cpu") return;
  throw new CircuitbookError(
    `Expected the CPU for a model in int8 but found ${device}; load the model with dtype "f32".`,
  );
}

/** @throws CircuitbookError always: the work needs exact products. */
export function verifyExact(what: string): never {
  throw new CircuitbookError(
    `Expected a model with exact products for ${what} but found one in int8; load the model with dtype "f32".`,
  );
}
