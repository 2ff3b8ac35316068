import type { Feeds, GraphTensor } from "../../onnx/feeds.ts";
import * as ort from "onnxruntime-node";
import { CircuitbookError } from "../../base/errors.ts";

/** Where a model runs. */
export type Device = "cpu" | "cuda" | "webgpu";

/** A compiled graph on a device. */
export interface Session {
  readonly inputs: readonly string[];
  /** Runs the graph. Feeds may hold more than it needs. */
  run(feeds: Feeds): Promise<Record<string, GraphTensor>>;
  release(): Promise<void>;
}

const elementTypes = {
  Float32Array: "float32",
  Float64Array: "float64",
  Int32Array: "int32",
  BigInt64Array: "int64",
} as const;

// What goes wrong is thrown; ONNX Runtime would also print it, as many lines on standard error.
ort.env.logLevel = "fatal";

/** Names of the execution providers that this build of ONNX Runtime can start. */
export function supportedBackends(): string[] {
  return ort.listSupportedBackends().map(({ name }) => name);
}

/** The Vulkan driver that the environment names, where it computes on the processor rather than on a GPU. */
export function softwareVulkanDriver(): string | undefined {
  const drivers = Deno.env.get("VK_DRIVER_FILES") ?? Deno.env.get("VK_ICD_FILENAMES");
  return drivers?.split(":").find((file) => /swiftshader|lvp_icd|lavapipe/.test(file));
}

/** The version of ONNX Runtime in use. */
export function runtimeVersion(): string {
  return ort.env.versions.node ?? ort.env.versions.common;
}

/**
 * Compiles an ONNX model for a device.
 *
 * @param folder where external data is looked up.
 * @param prepack whether ONNX Runtime may keep a reordered copy of the weights: 5–20 % faster, twice the memory.
 * @throws CircuitbookError when ONNX Runtime refuses the model.
 */
export async function createSession(
  model: Uint8Array,
  { device, folder, prepack }: { device: Device; folder: string; prepack: boolean },
): Promise<Session> {
  try {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
      logSeverityLevel: 3,
      extra: {
        session: {
          "model_external_initializers_file_folder_path": folder,
          "disable_prepacking": prepack ? "0" : "1",
        },
      },
    });
    return wrap(session);
  } catch (error) {
    throw new CircuitbookError(
      `ONNX Runtime could not prepare the model on ${device}: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
}

function wrap(session: ort.InferenceSession): Session {
  const needed = session.inputNames;
  return {
    inputs: needed,
    async run(feeds) {
      const outputs = await session.run(
        Object.fromEntries(needed.map((name) => [name, toOrt(feeds[name], name)])),
      );
      return Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [name, fromOrt(tensor)]),
      );
    },
    release: () => session.release(),
  };
}

function toOrt(tensor: GraphTensor | undefined, name: string): ort.Tensor {
  if (!tensor) {
    throw new CircuitbookError(`Expected a value for the graph's input "${name}" but found none.`);
  }
  const type = elementTypes[tensor.data.constructor.name as keyof typeof elementTypes];
  return new ort.Tensor(type, tensor.data, tensor.dims);
}

function fromOrt(tensor: ort.Tensor): GraphTensor {
  return { data: tensor.data as GraphTensor["data"], dims: tensor.dims };
}
