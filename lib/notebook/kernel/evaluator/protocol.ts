/**
 * The messages between the kernel and the process that evaluates its cells, one JSON object a line.
 */

/** A message of the kernel to the evaluating process. */
export type Order =
  | { type: "execute"; run: number; code: string; stdin: boolean }
  | { type: "interrupt" }
  | { type: "input"; value: string }
  | { type: "names"; id: number };

/** Names that the values of variables know. */
export interface RuntimeNames {
  /** The hook points of models. */
  points: string[];
  /** The columns of frames. */
  columns: string[];
}

/** Jupyter's content of a display: representations by media type, and remarks. */
export interface Shown {
  /** Representations by media type. */
  data: Record<string, unknown>;
  /** Remarks by media type. */
  metadata?: Record<string, unknown>;
  /** The identifier by which the display is updated. */
  transient?: { display_id?: string };
}

/** A place in a text: line and column, from 1. */
export type LineColumn = readonly [line: number, column: number];

/** An error of a cell in words. */
export interface Trouble {
  /** The name of the error. */
  name: string;
  /** The message of the error. */
  message: string;
  /** The error with its trace; cells have the names of {@link cellUrl}. */
  text: string;
  /** The place of a syntax error that V8's parser found in the compiled cell. */
  compiledPlace?: LineColumn;
  /** The place in the cell as written, where the evaluating process knows it. */
  place?: LineColumn;
  /** A name that does not exist, and the names that do. */
  misspelt?: { name: string; candidates: readonly string[] };
  /** The variables of cells that hold promises. */
  promises?: readonly string[];
}

/** A report of the evaluating process. `run` is the run of a cell that an output belongs to. */
export type Report =
  | { type: "stream"; run: number; name: "stdout" | "stderr"; text: string }
  | {
    type: "message";
    run: number;
    kind: string;
    content: Record<string, unknown>;
    buffers: string[];
    metadata: Record<string, unknown>;
  }
  | { type: "result"; run: number; shown: Shown }
  | { type: "input"; run: number; prompt: string; password: boolean }
  | { type: "names"; id: number; names: RuntimeNames }
  | { type: "exit"; code: number }
  | { type: "done"; run: number; error?: Trouble };

/** The beginning of the name of a cell's run in stack traces. */
const CELL_NAME = "notebook-cell-";

/** Returns the name of a run of a cell in stack traces. */
export function cellUrl(run: number): string {
  return `${CELL_NAME}${run}`;
}

/** The name of a run of a cell. */
export const CELL_URL: RegExp = new RegExp(`^${CELL_NAME}\\d+$`);

/** A place of a run of a cell in a stack trace. */
export const CELL_PLACE: RegExp = new RegExp(`\\b${CELL_NAME}(\\d+):(\\d+):(\\d+)`, "g");

/**
 * Returns the places of cells in the frames of an error, from the innermost frame to the outermost.
 * The frames of the error's causes, which Deno indents further, are left out.
 *
 * @param text the error with its trace.
 */
export function placesOfTrace(text: string): { run: number; place: LineColumn }[] {
  const frames = text.split("\n").filter((line) => /^ {4}at /.test(line)).join("\n");
  return [...frames.matchAll(CELL_PLACE)].map(([, run, line, column]) => ({
    run: Number(run),
    place: [Number(line), Number(column)],
  }));
}

/** The environment variable that holds the mark before each report. */
export const MARK_VARIABLE = "CIRCUITBOOK_KERNEL_MARK";
