/** `deno task lab [options of jupyter lab…]`: JupyterLab on `notebooks/`, with Circuitbook's kernel for new notebooks. */
import { jupyterVariables, python, root, runCommand } from "./repository.ts";
import { kernelName } from "./setup/kernel.ts";

await runCommand(async () => {
  // Ctrl-C reaches JupyterLab too, which asks whether to stop; this process waits for the answer.
  Deno.addSignalListener("SIGINT", () => {});
  const settings = [
    `--ServerApp.root_dir=${root}/notebooks`,
    `--MultiKernelManager.default_kernel_name=${kernelName}`,
    "--KernelSpecManager.ensure_native_kernel=False",
    `--KernelSpecManager.allowed_kernelspecs=${kernelName}`,
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    "--LabApp.news_url=None",
    ...Deno.uid() === 0 ? ["--allow-root"] : [],
  ];
  const lab = new Deno.Command(python, {
    args: ["-m", "jupyterlab", ...settings, ...Deno.args],
    env: jupyterVariables(),
    cwd: root,
  }).spawn();
  Deno.exit((await lab.status).code);
});
