/**
 * `deno task setup`: installs the Python environment, the npm packages and the Jupyter kernel. It
 * can be run again at any time. `--ray` installs Ray as well; `--cuda` installs the CUDA provider
 * and NVIDIA's libraries.
 */
import { setUpKernel } from "./setup/kernel.ts";
import { setUpPackages } from "./setup/packages.ts";
import { setUpPython, setUpRay } from "./setup/python.ts";
import { CommandError, runCommand, say } from "./repository.ts";

await runCommand(async () => {
  // If one part fails, the other still runs to its end, so that nothing is left half installed.
  const parts = await Promise.allSettled([setUpPython(), setUpPackages()]);
  const reasons = parts.filter((part) => part.status === "rejected").map(({ reason }) => reason);
  const unforeseen = reasons.find((reason) => !(reason instanceof CommandError));
  if (unforeseen) throw unforeseen;
  if (reasons.length > 0) throw new CommandError(reasons.map(({ message }) => message).join("\n"));
  await setUpKernel();
  if (Deno.args.includes("--ray")) await setUpRay();
  if (Deno.args.includes("--cuda")) {
    // Needs npm packages, which are there by now.
    const { setUpCuda } = await import("./setup/cuda.ts");
    await setUpCuda();
    const { chooseDevice } = await import("../model/engine/device.ts");
    const found = await chooseDevice("cuda").catch(({ message }: Error) => message);
    say(typeof found === "string" ? `setup: ${found}` : "setup: CUDA works");
  }
});
