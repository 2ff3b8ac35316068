/** The Jupyter kernel `circuitbook`, which lives in `.venv` and runs the deno that ran setup. */
import { ALLOCATION } from "../allocation.ts";
import { ENVIRONMENT } from "../repository.ts";

/** The kernel's name in notebook files. */
export const KERNEL_NAME = "circuitbook";

/**
 * The repository, from the folder of the kernelspec, for which Jupyter puts in `{resource_dir}`.
 */
const REPOSITORY = "{resource_dir}/../../../../..";

/** Writes the kernelspec into `.venv/share/jupyter/kernels/`. */
export async function setUpKernel(): Promise<void> {
  const folder = `${ENVIRONMENT}/share/jupyter/kernels/${KERNEL_NAME}`;
  const spec = {
    argv: [
      Deno.execPath(),
      "run",
      "--quiet",
      "--allow-all",
      "--no-check",
      `--config=${REPOSITORY}/deno.json`,
      `${REPOSITORY}/lib/notebook/kernel/main.ts`,
      "{connection_file}",
    ],
    display_name: "Circuitbook (TypeScript)",
    language: "typescript",
    interrupt_mode: "message",
    env: { DENO_NO_UPDATE_CHECK: "1", ORT_DISABLE_TELEMETRY: "1", ...ALLOCATION },
  };
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${folder}/kernel.json`, JSON.stringify(spec, null, 2) + "\n");
}
