/** Installing Python packages from files whose hashes are in this repository. */
import { CommandError } from "../repository.ts";
import { finished, lastComplaint, soundsOffline } from "./process.ts";

/** Which packages pip installs. */
export interface Requirements {
  /** The requirements file, with the hash of every file that pip may install. */
  readonly file: string;
  /** What the packages are for, in messages: "JupyterLab". */
  readonly what: string;
  /** Installs the listed packages alone, without the packages that they need. Default false. */
  readonly alone?: boolean;
}

/**
 * Installs the packages of a requirements file. Every file is checked against a hash, and nothing
 * is built here, so that no code of a package runs while it is installed.
 *
 * @param python the Python of the environment.
 * @throws CommandError if there is no network, if the index gives a file with another hash, or if
 * pip fails.
 */
export async function installRequirements(
  python: string,
  { file, what, alone = false }: Requirements,
): Promise<void> {
  const { success, output } = await finished(python, [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
    "--retries",
    "2",
    "--require-hashes",
    "--only-binary=:all:",
    ...alone ? ["--no-deps"] : [],
    "-r",
    file,
  ]);
  if (success) return;
  const changed = changedFile(output);
  if (changed !== undefined) {
    throw new CommandError(
      `Expected the files whose hashes are in ${
        basename(file)
      } but the package index gave another file for ${changed}; nothing was installed. Use another index, or find out who changed the file.`,
    );
  }
  throw new CommandError(
    soundsOffline(output)
      ? `Expected to reach the Python package index for ${what} but could not; connect to a network and run this again.`
      : `Expected pip to install ${basename(file)} but it failed: ${lastComplaint(output)}`,
  );
}

/**
 * Returns the package whose file has none of the listed hashes, from pip's output; undefined if pip
 * failed for another reason.
 */
function changedFile(output: string): string | undefined {
  const [, rest] = output.split("DO NOT MATCH THE HASHES");
  if (rest === undefined) return undefined;
  return rest.match(/^\s+(\S+==\S+)/m)?.[1] ?? "a package";
}

/**
 * The name of a file. `deno-std` has such a function, but setup runs before packages are installed.
 */
function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
