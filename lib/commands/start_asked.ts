import type { Dtype } from "../model/decoder/precision.ts";
import type { DeviceChoice } from "../model/engine/device.ts";
import { type OpenedModel, openModel, type OpenOptions, startModel } from "../model/load.ts";
import type { Model } from "../model/model.ts";
import type { ModelArguments } from "./model_flags.ts";

/**
 * Opens the model that the flags of a task name, without a device.
 *
 * @throws CircuitbookError if there is no such model, or if its files are damaged or not supported.
 */
export function openAsked(
  { model, adapter, ignoreConfig }: ModelArguments,
  watch: Pick<OpenOptions, "signal" | "onProgress"> = {},
): Promise<OpenedModel> {
  return openModel(model, { ...watch, adapter, ignoreConfig });
}

/**
 * Returns the SHA-256 of a model's weights, with the attributes of `config.json` that were left
 * out, if any.
 */
export async function identityOf(
  { checkpoint }: OpenedModel,
  { ignoreConfig = [] }: ModelArguments,
): Promise<string> {
  const hash = await checkpoint.hash();
  return [hash, ...ignoreConfig.toSorted().map((key) => `without ${key}`)].join(" ");
}

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

/**
 * Returns the line in which a task says which model it runs, on which device, and in which element
 * type.
 */
export function startedLine({ name, device, dtype, deviceReason }: Model): string {
  return `${name} on ${device} in ${dtype} (${deviceReason})`;
}
