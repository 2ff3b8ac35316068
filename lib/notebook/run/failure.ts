import { join } from "deno-std/path/mod.js";
import type { CellFailure } from "./execute.ts";
import { sourceLines } from "./source_map.ts";

/** A failure with the line of the notebook that threw. */
export interface LocatedFailure extends CellFailure {
  /** The line of the cell as it is written, from 1; `undefined` where the trace does not say. */
  line?: number;
  /** The text of that line. */
  source?: string;
}

/**
 * Returns a cell's failure with the line of the cell that threw.
 *
 * The kernel runs cells as JavaScript, so its traces count the lines of the emitted text. The cell is emitted
 * again here, with a source map that leads back to the lines as written.
 *
 * @param failure the failure as the kernel reported it.
 * @param cellSource the text of the cell.
 * @param deno the deno binary that ran the kernel.
 */
export async function locateFailure(
  failure: CellFailure,
  cellSource: string,
  deno: string,
): Promise<LocatedFailure> {
  const scratch = await Deno.makeTempDir({ prefix: "circuitbook-" });
  try {
    await Deno.writeTextFile(join(scratch, "cell.ts"), cellSource);
    await Deno.writeTextFile(
      join(scratch, "deno.json"),
      '{ "compilerOptions": { "verbatimModuleSyntax": true } }',
    );
    const { success, stderr } = await new Deno.Command(deno, {
      args: ["transpile", "--quiet", "--source-map", "separate", "cell.ts", "-o", "cell.js"],
      cwd: scratch,
      env: { NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).output();
    if (!success) return syntaxError(failure, cellSource, new TextDecoder().decode(stderr));
    const emitted = emittedLine(failure.traceback);
    if (emitted === undefined) return failure;
    const lines = sourceLines(
      JSON.parse(await Deno.readTextFile(join(scratch, "cell.js.map"))).mappings,
    );
    return atLine(failure, cellSource, lines[emitted - 1]);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/**
 * The line of the outermost frame that lies in the cell: code at its top level, otherwise a function of a
 * cell.
 */
function emittedLine(traceback: readonly string[]): number | undefined {
  const frames = traceback.join("\n").split("\n");
  const frame = frames.findLast((text) => /^\s*at (?:async )?<anonymous>:\d+:\d+/.test(text)) ??
    frames.findLast((text) => /\(<anonymous>:\d+:\d+\)/.test(text));
  const line = frame?.match(/<anonymous>:(\d+):\d+/)?.[1];
  return line === undefined ? undefined : Number(line);
}

function syntaxError(failure: CellFailure, cellSource: string, complaint: string): LocatedFailure {
  const line = complaint.match(/cell\.ts:(\d+):\d+/)?.[1];
  const evalue = complaint.match(/^error: (?:SyntaxError: )?(.*)$/m)?.[1];
  const named = { ...failure, ename: "SyntaxError", evalue: evalue ?? complaint.trim() };
  return line === undefined ? named : atLine(named, cellSource, Number(line));
}

function atLine(
  failure: CellFailure,
  cellSource: string,
  line: number | undefined,
): LocatedFailure {
  if (line === undefined) return failure;
  return { ...failure, line, source: cellSource.split("\n")[line - 1]?.trim() };
}
