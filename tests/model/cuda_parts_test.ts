import { assert, assertEquals } from "@std/assert";
import {
  loadCudaLibraries,
  missingCudaParts,
  runtimeFolder,
} from "../../lib/model/engine/cuda_parts.ts";

Deno.test("the parts that CUDA lacks are named, and parts beside ONNX Runtime count", async () => {
  const folder = await Deno.makeTempDir();
  const before = missingCudaParts(folder);
  assert(before.includes("ONNX Runtime's CUDA provider (libonnxruntime_providers_cuda.so)"));
  for (const name of ["libonnxruntime_providers_cuda.so", "libcudnn.so.9", "libcuda.so.1"]) {
    await Deno.writeTextFile(`${folder}/${name}`, "");
  }
  const after = missingCudaParts(folder);
  assertEquals(after, before.filter((part) => !/provider|cuDNN|driver/.test(part)));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("libraries beside ONNX Runtime are loaded; what is no library is left", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/libcudnn.so.9`, "no library");
  await Deno.symlink(`${runtimeFolder()}/libonnxruntime.so.1`, `${folder}/libcublas.so.13`);
  assertEquals(loadCudaLibraries(folder), Deno.build.os === "linux" ? ["libcublas.so.13"] : []);
  assertEquals(loadCudaLibraries(`${folder}/none`), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the libraries are linked beside ONNX Runtime's own", async () => {
  const names = await Array.fromAsync(Deno.readDir(runtimeFolder()), ({ name }) => name);
  assert(Deno.build.os !== "linux" || names.includes("libonnxruntime.so.1"));
});
