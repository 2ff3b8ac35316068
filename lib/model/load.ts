import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import {
  type Checkpoint,
  openCheckpoint,
  SMALL_MODEL_BYTES,
  verifyFinite,
} from "../checkpoint/checkpoint.ts";
import { findModel, type FindOptions } from "../checkpoint/find.ts";
import { loadTokenizer, type Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { Architecture } from "./plan/architecture.ts";
import { chooseDevice, type DeviceChoice } from "./engine/device.ts";
import { architectureOfCheckpoint } from "./families/architecture_of.ts";
import { Model } from "./model.ts";
import { anything, checkOptions, shown, watch } from "../base/options.ts";

/** How a model is loaded. */
export interface LoadOptions extends Watch {
  /** Where it runs; by default the first that works. The card of the model says which. */
  readonly device?: DeviceChoice;
  /** What activations are computed in; f32 is what there is. */
  readonly dtype?: "f32";
  /** Branch, tag or commit of a Hub repository. */
  readonly revision?: string;
}

const loadSchema = z.strictObject({
  ...watch,
  device: anything,
  dtype: anything,
  revision: z.string("to be a text").optional(),
});

/**
 * Loads a model by the name of an embedded one, a folder in the Hugging Face layout, or a Hub id. Weights are not read:
 * the graphs point into the files.
 *
 * @throws CircuitbookError when there is no such model, its files are damaged or not supported, or the device is not there.
 *
 * @example
 * ```ts
 * import { loadModel } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const model = await loadModel("countdown-r1", { device: "cpu" });
 * assertEquals(model.architecture.layers, 8);
 * ```
 */
export async function loadModel(
  nameOrPathOrHubId: string,
  options: LoadOptions = {},
): Promise<Model> {
  if (typeof nameOrPathOrHubId !== "string") {
    throw new CircuitbookError(
      `Expected the name, folder or Hub id of a model but found ${shown(nameOrPathOrHubId)}.`,
    );
  }
  checkOptions(options, loadSchema, "loadModel");
  const { device = "auto", dtype = "f32", revision, signal, onProgress } = options;
  if (dtype !== "f32") {
    throw new CircuitbookError(
      `Expected the dtype f32 but found "${dtype}"; f16 and bf16 files are computed in f32.`,
    );
  }
  const { checkpoint, architecture, tokenizer } = await openModel(nameOrPathOrHubId, {
    revision,
    signal,
    onProgress,
  });
  const chosen = await chooseDevice(device);
  return new Model(
    nameOrPathOrHubId,
    checkpoint,
    architecture,
    tokenizer,
    chosen.device,
    chosen.reason,
  );
}

/** A model's files, opened and checked, before there is a device to run it on. */
export interface OpenedModel {
  readonly checkpoint: Checkpoint;
  readonly architecture: Architecture;
  readonly tokenizer: Tokenizer;
}

/** Finds a model and checks its files. @throws CircuitbookError when there is no such model, or its files are damaged or not supported. */
export async function openModel(
  nameOrPathOrHubId: string,
  options: FindOptions = {},
): Promise<OpenedModel> {
  const folder = await findModel(nameOrPathOrHubId, options);
  const checkpoint = await openCheckpoint(folder);
  const architecture = architectureOfCheckpoint(checkpoint);
  await verifyFinite(checkpoint, architecture.shapes.keys(), SMALL_MODEL_BYTES);
  return { checkpoint, architecture, tokenizer: await loadTokenizer(folder) };
}
