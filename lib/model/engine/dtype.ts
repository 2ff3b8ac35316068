import { CircuitbookError } from "../../base/errors.ts";
import type { Checkpoint } from "../../checkpoint/checkpoint.ts";
import { shown } from "../../base/options.ts";
import { type Dtype, DTYPES } from "../decoder/precision.ts";
import { isMatrix } from "../decoder/weights.ts";
import type { Device } from "./session.ts";
import { failureOfProduct } from "./try_product.ts";

/**
 * Returns the element type of a model's products: the one that was asked for, or else the default
 * of the device. The default is f32 on the CPU, and on a GPU the type of the checkpoint's matrices
 * if the GPU multiplies in it. WebGPU has no bf16, and f16 cannot hold every number of a bf16
 * checkpoint: such a checkpoint is computed in f32 there.
 *
 * @throws CircuitbookError if there is no such type, or if the device does not multiply in it.
 */
export async function chooseDtype(
  choice: Dtype | undefined,
  device: Device,
  checkpoint: Checkpoint,
): Promise<Dtype> {
  if (choice !== undefined && !DTYPES.includes(choice)) {
    throw new CircuitbookError(
      `Expected one of the dtypes ${DTYPES.join(", ")} but found ${shown(choice)}.`,
    );
  }
  if (choice !== undefined) {
    const failure = await failureOf(choice, device);
    if (failure === undefined) return choice;
    throw new CircuitbookError(
      `Expected the dtype ${choice} but ${device} does not compute in it here: ${failure}; load the model with dtype "f32".`,
    );
  }
  const stored = device === "cpu" ? "f32" : typeOfMatrices(checkpoint);
  return await failureOf(stored, device) === undefined ? stored : "f32";
}

/** Returns the type of a checkpoint's matrices; f32 if they are of several. */
function typeOfMatrices({ tensors }: Checkpoint): Dtype {
  const matrices = [...tensors.values()].filter(({ shape }) => isMatrix(shape));
  const types = new Set(matrices.map(({ dtype }) => dtype));
  if (types.size > 1) return "f32";
  if (types.has("F16")) return "f16";
  return types.has("BF16") ? "bf16" : "f32";
}

/** Returns why a device does not multiply in a type, or undefined if it does. */
async function failureOf(dtype: Dtype, device: Device): Promise<string | undefined> {
  if (dtype === "f32" || device === "cpu") return undefined;
  if (dtype === "int8") return "weights in 8 bits are for the processor";
  if (dtype === "bf16" && device === "webgpu") return "WebGPU has no bf16";
  return await failureOfProduct(device, { dtype, native: true });
}
