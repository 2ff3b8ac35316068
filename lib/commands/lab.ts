/**
 * `deno task lab [FOLDER] [options of jupyter lab…]`: JupyterLab on a folder (default
 * `notebooks/`), with Circuitbook's kernel for new notebooks.
 */
import { join } from "deno-std/path/mod.js";
import { labArguments } from "./lab/arguments.ts";
import { endWithTask } from "./parent.ts";
import { jupyterVariables, PYTHON, root, runCommand } from "./repository.ts";
import { KERNEL_NAME } from "./setup/kernel.ts";
import { folderFromHere } from "./typed_in.ts";

/**
 * The first settings of JupyterLab: JupyterLab does not ask whether to fetch news. A user can
 * change these settings in JupyterLab.
 */
const defaults = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
};

await runCommand(async () => {
  endWithTask();
  const { folder: typed, options } = labArguments(Deno.args);
  const folder = typed === undefined ? join(root, "notebooks") : await folderFromHere(typed);
  const variables = jupyterVariables();
  const config = join(variables.JUPYTER_CONFIG_DIR, "labconfig");
  await Deno.mkdir(config, { recursive: true });
  await Deno.writeTextFile(
    join(config, "default_setting_overrides.json"),
    JSON.stringify(defaults),
  );
  // Ctrl-C reaches JupyterLab too, which asks whether to stop; this process waits for the answer.
  Deno.addSignalListener("SIGINT", () => {});
  const settings = [
    `--ServerApp.root_dir=${folder}`,
    `--MultiKernelManager.default_kernel_name=${KERNEL_NAME}`,
    "--KernelSpecManager.ensure_native_kernel=False",
    `--KernelSpecManager.allowed_kernelspecs=${KERNEL_NAME}`,
    ...Deno.uid() === 0 ? ["--allow-root"] : [],
  ];
  const lab = new Deno.Command(PYTHON, {
    args: [`${import.meta.dirname}/lab.py`, ...settings, ...options],
    env: variables,
    cwd: root,
  }).spawn();
  Deno.exit((await lab.status).code);
});
