import { assertEquals, assertRejects } from "@std/assert";
import { setUpCuda } from "../../lib/commands/setup/cuda.ts";
import { CommandError } from "../../lib/commands/repository.ts";

Deno.test("CUDA is installed into the environment and linked beside ONNX Runtime; other machines are refused", async () => {
  const folder = await Deno.makeTempDir();
  const environment = `${folder}/venv`;
  const packages = `${environment}/lib/python3.11/site-packages`;
  const runtime = `${folder}/runtime`;
  // A Python that installs nothing, and the files that the wheels would bring.
  const script = `#!/bin/sh\necho "$@" > ${folder}/arguments\n`;
  for (const path of ["bin", "lib"]) {
    await Deno.mkdir(`${environment}/${path}`, { recursive: true });
  }
  await Deno.writeTextFile(`${environment}/bin/python`, script, { mode: 0o755 });
  await Deno.mkdir(runtime);
  const given = { environment, runtime, platform: "linux x86_64" };
  await assertRejects(() => setUpCuda(given), CommandError, "found 0");
  const files = [
    "onnxruntime/capi/libonnxruntime_providers_cuda.so",
    "onnxruntime/capi/libonnxruntime_providers_shared.so",
    "onnxruntime/capi/libonnxruntime.so.1.30.0",
    "nvidia/cu13/lib/libcublasLt.so.13",
    "nvidia/cudnn/lib/libcudnn.so.9",
    "nvidia/cu13/include/cublas.h",
  ];
  for (const file of files) {
    await Deno.mkdir(`${packages}/${file}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${packages}/${file}`, file);
  }
  await setUpCuda(given);
  // A second time replaces the links.
  await setUpCuda(given);
  const linked = (await Array.fromAsync(Deno.readDir(runtime), ({ name }) => name)).sort();
  assertEquals(linked, [
    "libcublasLt.so.13",
    "libcudnn.so.9",
    "libonnxruntime_providers_cuda.so",
    "libonnxruntime_providers_shared.so",
  ]);
  const provider = await Deno.readTextFile(`${runtime}/libonnxruntime_providers_cuda.so`);
  assertEquals(provider, files[0]);
  const pip = await Deno.readTextFile(`${folder}/arguments`);
  assertEquals(
    /--require-hashes --only-binary=:all: --no-deps -r .*requirements-cuda\.txt/.test(pip),
    true,
  );
  await assertRejects(
    () => setUpCuda({ ...given, platform: "darwin aarch64" }),
    CommandError,
    "Expected Linux on x86-64, for which the CUDA provider is built, but found darwin aarch64",
  );
  await Deno.remove(folder, { recursive: true });
});
