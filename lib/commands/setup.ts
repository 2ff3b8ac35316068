/** `deno task setup`: the Python environment, the npm packages and the Jupyter kernel. Safe to run again. */
import { setUpKernel } from "./setup/kernel.ts";
import { setUpPackages } from "./setup/packages.ts";
import { setUpPython } from "./setup/python.ts";
import { runCommand } from "./repository.ts";

await runCommand(async () => {
  await Promise.all([setUpPython(), setUpPackages()]);
  await setUpKernel();
});
