import { excerpt } from "../../base/shortened.ts";

/** Whether a program succeeded, and everything that it printed. */
export interface Finished {
  success: boolean;
  output: string;
}

/** Runs a program to its end. A program that does not exist counts as failed. */
export async function finished(
  program: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<Finished> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(program, {
      args,
      stdin: "null",
      ...options,
    }).output();
    const decoder = new TextDecoder();
    return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) {
      return { success: false, output: error.message };
    }
    throw error;
  }
}

/** Returns the last line of an output that says what went wrong, for a message. */
export function lastComplaint(output: string): string {
  const lines = output.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  return excerpt(lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ?? "no message");
}

/** Returns whether the output of a package manager says that it could not reach its registry. */
export function soundsOffline(output: string): boolean {
  return /from versions: none|NewConnectionError|ConnectionError|Connection refused|error sending request|resolve|dns error|ConnectTimeout|unreachable|timed out/i
    .test(output);
}
