/**
 * ONNX Runtime's CUDA provider and NVIDIA's libraries, at the versions of `requirements-cuda.txt`.
 */
import { basename, join } from "deno-std/path/mod.js";
import { CommandError, ENVIRONMENT, root, say } from "../repository.ts";
import { ignoreMissing } from "../files.ts";
import { runtimeFolder } from "../../model/engine/cuda_parts.ts";
import { installRequirements } from "./pip.ts";

/**
 * The folders in which the provider is installed, and its system. Tests give folders of their own.
 */
export interface CudaFolders {
  /** The Python environment. */
  readonly environment: string;
  /** The folder of the library of ONNX Runtime's Node build. */
  readonly runtime: string;
  /** The operating system and the processor. */
  readonly platform: string;
}

/**
 * Installs the CUDA provider and NVIDIA's libraries into `.venv`, and links them beside the library
 * of ONNX Runtime's Node build, from where the kernel and all tasks load them without a library
 * path.
 *
 * @throws CommandError if the machine does not run Linux on x86-64, if there is no network, or if
 * pip fails.
 */
export async function setUpCuda(folders: Partial<CudaFolders> = {}): Promise<void> {
  const {
    environment = ENVIRONMENT,
    runtime = runtimeFolder(),
    platform = `${Deno.build.os} ${Deno.build.arch}`,
  } = folders;
  if (platform !== "linux x86_64") {
    throw new CommandError(
      `Expected Linux on x86-64, for which the CUDA provider is built, but found ${platform}.`,
    );
  }
  say("setup: CUDA, about 1.5 GB and a few minutes");
  // Only the libraries in the wheels are used, so packages that Python needs to import the wheels
  // are left out.
  const file = join(root, "requirements-cuda.txt");
  await installRequirements(join(environment, "bin/python"), { file, what: "CUDA", alone: true });
  const libraries = await librariesOf(environment);
  for (const library of libraries) await link(library, join(runtime, basename(library)));
  say(`setup: linked ${libraries.length} libraries beside ONNX Runtime`);
}

/** Returns the provider's two libraries, and all of NVIDIA's. */
async function librariesOf(environment: string): Promise<string[]> {
  const files = await filesUnder(join(environment, "lib"));
  const providers = files.filter((file) =>
    /onnxruntime\/capi\/libonnxruntime_providers_(cuda|shared)\.so$/.test(file)
  );
  const libraries = files.filter((file) =>
    /site-packages\/nvidia\/.*\/lib\/lib[^/]*\.so[^/]*$/.test(file)
  );
  if (providers.length === 2) return [...providers, ...libraries];
  throw new CommandError(
    `Expected the two libraries of ONNX Runtime's CUDA provider in ${environment} but found ${providers.length}; run deno task setup --cuda again.`,
  );
}

/** Returns the paths of all files under a folder. */
async function filesUnder(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await filesUnder(path));
    else files.push(path);
  }
  return files;
}

/** Links a library, and replaces an earlier link. */
async function link(library: string, to: string): Promise<void> {
  await Deno.remove(to).catch(ignoreMissing);
  await Deno.symlink(library, to);
}
