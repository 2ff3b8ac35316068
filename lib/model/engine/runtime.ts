// This import stands first: modules are evaluated in the order of their imports.
import "./telemetry.ts";
import * as ort from "onnxruntime-node";
import { threadsAsked } from "./threads.ts";
import { refusedGraph, type Session, sessionOf, type SessionOptions } from "./session.ts";

// Failures are thrown as errors. At a lower level ONNX Runtime would print many lines about each,
// too.
ort.env.logLevel = "fatal";

/** Returns the names of the execution providers that this build of ONNX Runtime has. */
export function supportedBackends(): string[] {
  return ort.listSupportedBackends().map(({ name }) => name);
}

/**
 * Returns the Vulkan driver that the environment names, if that driver computes on the processor.
 */
export function softwareVulkanDriver(): string | undefined {
  const drivers = Deno.env.get("VK_DRIVER_FILES") ?? Deno.env.get("VK_ICD_FILENAMES");
  return drivers?.split(":").find((file) => /swiftshader|lvp_icd|lavapipe/.test(file));
}

/** Whether a session can write outputs into the memory of its inputs. */
export const writesInPlace = true;

/** Returns the version of ONNX Runtime in use. */
export function runtimeVersion(): string {
  return ort.env.versions.node ?? ort.env.versions.common;
}

/**
 * Compiles an ONNX model for a device.
 *
 * @param model the encoded model.
 * @throws CircuitbookError if ONNX Runtime refuses the model.
 */
export async function createSession(
  model: Uint8Array,
  options: SessionOptions,
): Promise<Session> {
  return sessionOf(await compiled(model, options), ort, options);
}

async function compiled(
  model: Uint8Array,
  { device, folder, prepack, arena = true, spinning = false, bytes = [], kept = [] }:
    SessionOptions,
): Promise<ort.InferenceSession> {
  try {
    return await ort.InferenceSession.create(model, {
      // Operators that a GPU's provider does not have run on the processor.
      executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
      logSeverityLevel: 3,
      enableCpuMemArena: arena,
      intraOpNumThreads: threadsAsked() ?? 0,
      externalData: bytes,
      preferredOutputLocation: Object.fromEntries(kept.map((name) => [name, "gpu-buffer"])),
      extra: {
        session: {
          "model_external_initializers_file_folder_path": folder,
          "disable_prepacking": prepack ? "0" : "1",
          "intra_op": { "allow_spinning": spinning ? "1" : "0" },
        },
      },
    });
  } catch (error) {
    throw refusedGraph(device, error);
  }
}
