import type { Dtype } from "../model/decoder/precision.ts";
import type { DeviceChoice } from "../model/engine/device.ts";
import { type OpenedModel, startModel } from "../model/load.ts";
import type { Model } from "../model/model.ts";

/**
 * Returns a model on the device and in the element type that the flags of a task ask for.
 *
 * @throws CircuitbookError if there is no such device or element type, or if it does not work here.
 */
export function startAsked(
  opened: OpenedModel,
  { device, dtype }: { readonly device?: string; readonly dtype?: string },
): Promise<Model> {
  return startModel(opened, device as DeviceChoice | undefined, dtype as Dtype | undefined);
}

/** Returns the line in which a task says which model it runs, on which device, and in which element type. */
export function startedLine({ name, device, dtype, deviceReason }: Model): string {
  return `${name} on ${device} in ${dtype} (${deviceReason})`;
}
