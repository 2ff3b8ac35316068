/**
 * `deno task setup`: the Python environment, the npm packages and the Jupyter kernel. Safe to run again. With `--ray` the
 * environment holds Ray, too; with `--cuda` the CUDA provider and NVIDIA's libraries.
 */
import { setUpCuda } from "./setup/cuda.ts";
import { setUpKernel } from "./setup/kernel.ts";
import { setUpPackages } from "./setup/packages.ts";
import { setUpPython, setUpRay } from "./setup/python.ts";
import { CommandError, runCommand, say } from "./repository.ts";

await runCommand(async () => {
  // Both come to their end even when one fails, so that nothing is left running or half installed.
  const parts = await Promise.allSettled([setUpPython(), setUpPackages()]);
  const reasons = parts.filter((part) => part.status === "rejected").map(({ reason }) => reason);
  const unforeseen = reasons.find((reason) => !(reason instanceof CommandError));
  if (unforeseen) throw unforeseen;
  if (reasons.length > 0) throw new CommandError(reasons.map(({ message }) => message).join("\n"));
  await setUpKernel();
  if (Deno.args.includes("--ray")) await setUpRay();
  if (Deno.args.includes("--cuda")) {
    await setUpCuda();
    const { chooseDevice } = await import("../model/engine/device.ts");
    const found = await chooseDevice("cuda").catch(({ message }: Error) => message);
    say(typeof found === "string" ? `setup: ${found}` : "setup: CUDA works");
  }
});
