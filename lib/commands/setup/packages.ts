/** The npm packages, at the versions of `deno.lock`. */
import { CommandError, root } from "../repository.ts";
import { finished, lastComplaint, soundsOffline } from "./process.ts";

/**
 * Installs the npm packages that `deno.lock` lists into `node_modules`.
 *
 * @throws CommandError if the lock file is out of date, or if there is no network.
 */
export async function setUpPackages(): Promise<void> {
  const { success, output } = await finished(Deno.execPath(), ["install", "--frozen", "--quiet"], {
    cwd: root,
  });
  if (success) return;
  if (/lockfile is out of date/i.test(output)) {
    throw new CommandError(
      "Expected deno.lock to fit deno.json but it is out of date; run `deno install` and commit it.",
    );
  }
  throw new CommandError(
    soundsOffline(output)
      ? "Expected to reach the npm registry for the packages of deno.lock but could not; connect to a network and run this again."
      : `Expected deno to install the packages of deno.lock but it failed: ${
        lastComplaint(output)
      }`,
  );
}
