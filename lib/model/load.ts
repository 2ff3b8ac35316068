import { z } from "zod";
import { CircuitbookError } from "../base/errors.ts";
import type { Watch } from "../base/progress.ts";
import { withAdapter } from "../checkpoint/adapter/open.ts";
import { openAdapterFolder } from "../checkpoint/adapter/folder.ts";
import { type Checkpoint, SMALL_MODEL_BYTES, verifyFinite } from "../checkpoint/checkpoint.ts";
import { findModel, type FindOptions } from "../checkpoint/find.ts";
import { openCheckpoint } from "../checkpoint/open.ts";
import { withChatTemplate } from "../checkpoint/tokenizer/file_tokenizer.ts";
import {
  loadTokenizer,
  readChatTemplate,
  tokenizerOfContent,
} from "../checkpoint/tokenizer/load.ts";
import type { Tokenizer } from "../checkpoint/tokenizer/tokenizer.ts";
import type { Architecture } from "./plan/architecture.ts";
import { type Dtype, DTYPES } from "./decoder/precision.ts";
import { chooseDtype } from "./engine/dtype.ts";
import { chooseDevice, type DeviceChoice } from "./engine/device.ts";
import { architectureOfCheckpoint } from "./families/architecture_of.ts";
import { withParts } from "./decoder/tensor_parts.ts";
import { withoutAttributes } from "./families/ignored.ts";
import { checkTiedHead } from "./families/weights.ts";
import { Model } from "./model.ts";
import { anything, checkOptions, shown, watch } from "../base/options.ts";

/** How {@link loadModel} loads a model. */
export interface LoadOptions extends Watch {
  /** The device to run on. Default "auto": the first of CUDA, WebGPU and CPU that works. */
  readonly device?: DeviceChoice;
  /**
   * The element type of matrix products and attention; the residual stream, norms, softmax and
   * logits are f32 in any case. Default: f32 on the CPU, and on a GPU the type of the checkpoint if
   * the GPU multiplies in it. On the CPU, f16 and bf16 round as a GPU does and are slower than f32.
   *
   * `int8`, for the CPU, writes texts at least twice as fast: the matrices of attention, MLPs and
   * unembedding are rounded to 8 bits in blocks of 32 with a scale each, and so is what they are
   * multiplied with; attention, norms, the residual stream and the embedding stay in f32.
   * Gradients, edges and `hook_result` are refused. `model.weight` returns the weights as they are
   * stored.
   */
  readonly dtype?: Dtype;
  /** The branch, tag or commit of a Hub repository. */
  readonly revision?: string;
  /**
   * Attributes of `config.json` that are left out, such as one that is refused by its name and
   * changes nothing. A part of an attribute is named by its path, as `rope_scaling.factor`.
   * Default: none.
   */
  readonly ignoreConfig?: readonly string[];
  /**
   * The folder of a LoRA adapter in PEFT's format, which is merged with the weights when they are
   * read. If the folder has a `tokenizer.json`, its tokenizer is taken.
   */
  readonly adapter?: string;
}

const loadSchema = z.strictObject({
  ...watch,
  device: anything,
  dtype: z.enum(DTYPES, 'to be "f32", "f16", "bf16" or "int8"').optional(),
  revision: z.string("to be a text").optional(),
  ignoreConfig: z.array(z.string(), "to be a list of attributes").optional(),
  adapter: z.string("to be a folder").optional(),
});

/**
 * Returns a model by the name of an embedded model, a folder in the Hugging Face layout, a GGUF
 * file, or a Hub id. A folder may also hold a LoRA adapter in PEFT's format, with its base model
 * beside it or named in its configuration; the two are merged. Weights are not read at loading: the
 * graphs point into the files. Quantised weights of a GGUF file are widened to f32 at the first
 * run, and stay in memory once.
 *
 * @param nameOrPathOrHubId such as `countdown-r1`, `./my-model`, `model.Q4_K_M.gguf` or
 * `Qwen/Qwen2.5-0.5B`.
 * @param options the device, the revision of a Hub repository, and a LoRA adapter.
 * @returns the model, ready to run.
 * @throws CircuitbookError if there is no such model, if its files are damaged or not supported, or
 * if the device does not work here.
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
  const { device, dtype, revision, adapter, ignoreConfig, signal, onProgress } = options;
  return await startModel(
    await openModel(nameOrPathOrHubId, { revision, adapter, ignoreConfig, signal, onProgress }),
    device,
    dtype,
  );
}

/** The files of a model, opened and checked, before it has a device to run on. */
export interface OpenedModel {
  /** The name, folder or Hub id that the model was opened by. */
  readonly name: string;
  /** The weights and configuration. */
  readonly checkpoint: Checkpoint;
  /** The architecture that the configuration describes. */
  readonly architecture: Architecture;
  /** The tokenizer. */
  readonly tokenizer: Tokenizer;
}

/** How {@link openModel} finds and reads a model. */
export interface OpenOptions extends FindOptions, Pick<LoadOptions, "ignoreConfig" | "adapter"> {}

/**
 * Finds a model and checks its files, without a device.
 *
 * @throws CircuitbookError if there is no such model, or if its files are damaged or not supported.
 */
export async function openModel(
  nameOrPathOrHubId: string,
  { adapter, ignoreConfig = [], ...options }: OpenOptions = {},
): Promise<OpenedModel> {
  const folder = await findModel(nameOrPathOrHubId, options);
  const named = await openAdapterFolder(folder);
  if (!named) return await openFiles(nameOrPathOrHubId, folder, { adapter, ignoreConfig });
  refuseSecondAdapter(nameOrPathOrHubId, adapter);
  const opened = named.base === folder
    ? await openFiles(nameOrPathOrHubId, folder, { adapter: folder, ignoreConfig })
    : await openModel(named.base, { ...options, ignoreConfig, adapter: folder });
  return { ...opened, name: nameOrPathOrHubId };
}

/** Checks the files of a model, merged with an adapter if one is given. */
async function openFiles(
  nameOrPathOrHubId: string,
  folder: string,
  { adapter, ignoreConfig }: {
    readonly adapter?: string;
    readonly ignoreConfig: readonly string[];
  },
): Promise<OpenedModel> {
  const base = withoutAttributes(await openCheckpoint(folder), ignoreConfig);
  const checkpoint = adapter === undefined ? base : await withAdapter(base, adapter);
  const architecture = architectureOfCheckpoint(checkpoint);
  await checkTiedHead(architecture, checkpoint);
  await verifyFinite(checkpoint, architecture.shapes.keys(), SMALL_MODEL_BYTES);
  const name = adapter === undefined ? nameOrPathOrHubId : `${nameOrPathOrHubId} + ${adapter}`;
  const tokenizer = await tokenizerFor(checkpoint, folder, adapter);
  for (const note of architecture.notes) console.warn(`${name}: ${note}`);
  return { name, checkpoint: withParts(checkpoint, architecture), architecture, tokenizer };
}

/**
 * Returns the tokenizer of a model: the tokenizer in the folder of its adapter, or else its own
 * with the adapter's chat template.
 */
async function tokenizerFor(
  { tokenizer }: Checkpoint,
  folder: string,
  adapter: string | undefined,
): Promise<Tokenizer> {
  const adapted = adapter === undefined ? undefined : await loadTokenizer(adapter);
  if (adapted?.present) return adapted;
  const own = tokenizer ? tokenizerOfContent(tokenizer, folder) : await loadTokenizer(folder);
  const template = adapter === undefined ? undefined : await readChatTemplate(adapter);
  return template === undefined ? own : withChatTemplate(own, template);
}

/** Refuses an adapter for a model that is an adapter itself. */
function refuseSecondAdapter(name: string, adapter: string | undefined): void {
  if (adapter === undefined) return;
  throw new CircuitbookError(
    `Expected a whole model for the adapter ${adapter} but found ${name}, which has an adapter already; name its base model.`,
  );
}

/**
 * Returns an opened model that runs on a device.
 *
 * @param choice the device. Default "auto".
 * @param dtype the element type of matrix products and attention. Default: the device's.
 * @throws CircuitbookError if a device that was asked for by name does not work here, or does not
 * compute in the element type that was asked for.
 */
export async function startModel(
  { name, checkpoint, architecture, tokenizer }: OpenedModel,
  choice: DeviceChoice = "auto",
  dtype?: Dtype,
): Promise<Model> {
  const { device, reason } = await chooseDevice(choice);
  const computed = await chooseDtype(dtype, device, checkpoint);
  return new Model(name, checkpoint, architecture, tokenizer, device, reason, computed);
}
