/**
 * The Python environment `.venv`: JupyterLab, nbconvert and what they need, at the versions of
 * `requirements.txt`. Every file is checked against the hashes there, and nothing is built here, so
 * that no code of a package runs while it is installed.
 */
import { CommandError, ENVIRONMENT, PYTHON, root, say } from "../repository.ts";
import { installRequirements } from "./pip.ts";
import { finished, lastComplaint } from "./process.ts";

/**
 * Pythons in the order in which they are tried; `requirements.txt` has the packages of each of
 * them.
 */
const CANDIDATES = ["python3.11", "python3", "python3.12", "python3.13", "python3.14"];

/**
 * Installs the packages that `requirements.txt` lists into `.venv`, unless they are installed
 * already.
 *
 * @throws CommandError if there is no Python 3.11 or newer, no venv module, or no network.
 */
export async function setUpPython(): Promise<void> {
  const works = (await finished(PYTHON, ["-c", "import sys"])).success;
  if (!works) await makeEnvironment();
  await install("requirements", {
    what: "JupyterLab",
    announcement: "JupyterLab and nbconvert, about 20 seconds",
  });
}

/**
 * Installs Ray into `.venv`, at the versions of `requirements-ray.txt`, unless it is installed
 * already.
 *
 * @throws CommandError if there is no network, or if pip fails.
 */
export async function setUpRay(): Promise<void> {
  await install("requirements-ray", { what: "Ray", announcement: "Ray, about 20 seconds" });
}

/**
 * Installs what only tests need into `.venv`, at the versions of `requirements-test.txt`, unless it
 * is installed already.
 *
 * @throws CommandError if there is no network, or if pip fails.
 */
export async function setUpTests(): Promise<void> {
  await install("requirements-test", {
    what: "the tests",
    announcement: "Jupyter's conformance tests",
  });
}

/**
 * What an installation is for, in messages, and the line that is printed before the installation.
 */
interface Installation {
  what: string;
  announcement: string;
}

/** Installs the packages of a requirements file, unless they are installed already. */
async function install(name: string, { what, announcement }: Installation): Promise<void> {
  const file = `${root}/${name}.txt`;
  const stamp = `${ENVIRONMENT}/${name}.sha256`;
  const wanted = await sha256(await Deno.readFile(file));
  if (await readOr(stamp, "") === wanted) return;
  say(`setup: ${announcement}`);
  await installRequirements(PYTHON, { file, what });
  await Deno.writeTextFile(stamp, wanted);
}

async function makeEnvironment(): Promise<void> {
  const { program, version } = await findPython();
  say(`setup: Python ${version} (${program}) makes .venv`);
  const { success, output } = await finished(program, ["-m", "venv", "--clear", ENVIRONMENT]);
  if (!success) {
    throw new CommandError(
      `Expected ${program} to make the environment .venv but it failed: ${lastComplaint(output)}`,
    );
  }
}

async function findPython(): Promise<{ program: string; version: string }> {
  const probe = "import sys; print('%d.%d' % sys.version_info[:2]); import venv, ensurepip";
  let old: string | undefined;
  let bare: string | undefined;
  for (const program of CANDIDATES) {
    const { success, output } = await finished(program, ["-c", probe]);
    const version = output.match(/^(\d+)\.(\d+)$/m);
    if (!version) continue;
    if (Number(version[1]) === 3 && Number(version[2]) < 11) old ??= `Python ${version[0]}`;
    else if (!success) bare ??= program;
    else return { program, version: version[0] };
  }
  if (bare) {
    throw new CommandError(
      `Expected the Python module venv but ${bare} has none; install it (on Debian: apt-get install ${bare}-venv).`,
    );
  }
  throw new CommandError(
    `Expected Python 3.11 or newer, for JupyterLab, but found ${
      old ?? "no Python"
    }; install it and run this again.`,
  );
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

async function readOr(path: string, otherwise: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return otherwise;
    throw error;
  }
}
