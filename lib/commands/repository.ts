/**
 * Where the parts of the repository are, and how its commands print and fail. This file imports no
 * package, because `deno task setup` runs before packages are installed.
 */
import { shortened } from "../base/shortened.ts";
import { errorLine } from "./error_line.ts";

/** The folder that holds `deno.json`, without a slash at the end. */
export const root: string = folderOf(new URL("../../", import.meta.url));

/** The Python environment that holds JupyterLab. */
export const ENVIRONMENT: string = `${root}/.venv`;

/** The Python of {@link ENVIRONMENT}. */
export const PYTHON: string = `${ENVIRONMENT}/bin/python`;

/** A failure that a command prints in one sentence, without a stack trace. */
export class CommandError extends Error {
  override name = "CommandError";

  constructor(message: string) {
    super(shortened(message));
  }
}

/** Prints one line on the terminal. */
export function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));
}

/** Prints one line on standard error. */
export function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}

/**
 * Runs the main function of a command. A failure is printed on standard error without a stack trace
 * (with `--verbose`, with one), and the exit code is 1.
 */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    // The message of a command may have several lines, one for each failure.
    tell(error instanceof CommandError ? error.message : errorLine(error));
    Deno.exit(1);
  }
}

/**
 * Returns the environment variables that make Jupyter programs write inside `.venv`, not in the
 * user's home folder.
 */
export function jupyterVariables(): Record<string, string> {
  const own = `${ENVIRONMENT}/var/jupyter`;
  return {
    JUPYTER_CONFIG_DIR: `${own}/config`,
    JUPYTER_DATA_DIR: `${own}/data`,
    JUPYTER_RUNTIME_DIR: `${own}/runtime`,
    IPYTHONDIR: `${own}/ipython`,
    JUPYTER_PLATFORM_DIRS: "1",
    DENO_NO_UPDATE_CHECK: "1",
    ORT_DISABLE_TELEMETRY: "1",
  };
}

/** Returns the path of a folder from its URL, without a slash at the end. */
function folderOf(url: URL): string {
  return decodeURIComponent(url.pathname).replace(/\/$/, "");
}
