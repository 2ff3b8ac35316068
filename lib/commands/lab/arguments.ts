import { CommandError } from "../repository.ts";

/** The options of JupyterLab whose value may be the next argument. */
const WITH_VALUE: ReadonlySet<string> = new Set([
  "--app-dir",
  "--browser",
  "--certfile",
  "--client-ca",
  "--config",
  "--gateway-url",
  "--ip",
  "--keyfile",
  "--log-level",
  "--notebook-dir",
  "--port",
  "--port-retries",
  "--preferred-dir",
  "--pylab",
  "--sock",
  "--sock-mode",
  "--transport",
]);

/** The command line of `deno task lab`. */
export interface LabArguments {
  /** The folder, as it was typed; undefined if none was typed. */
  readonly folder: string | undefined;
  /** The arguments for JupyterLab. */
  readonly options: readonly string[];
}

/**
 * Returns the folder and JupyterLab's own options in a command line. The folder may stand before,
 * between or after the options.
 *
 * @throws CommandError if there are several folders.
 */
export function labArguments(args: readonly string[]): LabArguments {
  const isFolder = (text: string, i: number) => !text.startsWith("-") && !takesValue(args[i - 1]);
  const folders = args.filter(isFolder);
  if (folders.length > 1) {
    throw new CommandError(
      `Expected one folder but found ${folders.length}: ${
        folders.join(", ")
      }; write the value of an option as --option=value.`,
    );
  }
  return { folder: folders[0], options: args.filter((text, i) => !isFolder(text, i)) };
}

/**
 * Returns whether the value of an argument is the argument after it: `--port 9000`,
 * `--ServerApp.port 9000`.
 */
function takesValue(text: string | undefined): boolean {
  return text !== undefined && (WITH_VALUE.has(text) || /^--\w+\.\w+$/.test(text));
}
