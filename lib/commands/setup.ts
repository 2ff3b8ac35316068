/**
 * `deno task setup`: installs the Python environment, the npm packages and the Jupyter kernel. It
 * can be run again at any time.
 */
import { setUpKernel } from "./setup/kernel.ts";
import { setUpPackages } from "./setup/packages.ts";
import { setUpPython, setUpRay } from "./setup/python.ts";
import { CommandError, runCommand, say } from "./repository.ts";

const USAGE = `usage: deno task setup [--ray] [--cuda]

Makes .venv with JupyterLab, installs the npm packages and the kernel.

  --ray    also install Ray, for --engine ray
  --cuda   also install the CUDA provider and NVIDIA's libraries
`;

await runCommand(async () => {
  // `flags.ts` needs npm packages, which are not there yet.
  if (Deno.args.includes("--help")) return say(USAGE.trimEnd());
  const unknown = Deno.args.find((arg) => arg !== "--ray" && arg !== "--cuda");
  if (unknown !== undefined) {
    throw new CommandError(`Expected --ray or --cuda but found "${unknown}"; ${USAGE.trimEnd()}`);
  }
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
