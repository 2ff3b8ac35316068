import { withoutVersions } from "./edited_modules.ts";
import { CELL_URL, type LineColumn, type Trouble } from "./protocol.ts";

/** Frames kept in an error's trace: with the usual ten, the cell's own frame is often cut off. */
const TRACE_FRAMES = 100;

/** The modules of the evaluating process. */
const OWN = new URL("./", import.meta.url).href;

/** The part of V8's `CallSite` that traces use. */
interface Site {
  getScriptNameOrSourceURL(): string | null;
}

/** An error that knows its place in the cell as written. */
export class PlacedError extends Error {
  /** The place in the cell. */
  readonly place: LineColumn;
  /** A name that does not exist, and the names that do. */
  readonly misspelt: Trouble["misspelt"];
  /** The error with its trace, where the error comes from a module. */
  readonly trace: string | undefined;

  /** Makes an error of a name, at a place. */
  constructor(
    name: string,
    message: string,
    place: LineColumn,
    { misspelt, trace }: { misspelt?: Trouble["misspelt"]; trace?: string } = {},
  ) {
    super(message);
    this.name = name;
    this.place = place;
    this.misspelt = misspelt;
    this.trace = trace;
  }
}

/** Makes traces name cells, and leave out the frames of the kernel itself. */
export function installTraces(): void {
  const errors = Error as unknown as {
    stackTraceLimit: number;
    prepareStackTrace(error: unknown, sites: Site[]): string;
  };
  errors.stackTraceLimit = TRACE_FRAMES;
  errors.prepareStackTrace = (error, sites) => {
    const lastOfCell = sites.findLastIndex((site) => CELL_URL.test(scriptOf(site)));
    const inspector = sites.findIndex((site) => scriptOf(site) === "ext:deno_node/inspector.js");
    const end = lastOfCell >= 0 ? lastOfCell + 1 : inspector >= 0 ? inspector : sites.length;
    const kept = sites.slice(0, end).filter((site) => !scriptOf(site).startsWith(OWN));
    return [headOf(error), ...kept.map((site) => `    at ${site}`)].join("\n");
  };
}

/** Returns an error, or another value that was thrown, in words. */
export function troubleOf(thrown: unknown): Trouble {
  if (!(thrown instanceof Error)) {
    const message = Deno.inspect(thrown, { colors: false, compact: true, breakLength: Infinity });
    return { name: "Uncaught", message, text: `Uncaught ${message}` };
  }
  const trouble = {
    name: String(thrown.name),
    message: withoutVersions(String(thrown.message)),
    text: withoutVersions(textOf(thrown)),
  };
  if (!(thrown instanceof PlacedError)) return trouble;
  const { place, misspelt, trace = headOf(thrown) } = thrown;
  return { ...trouble, text: trace, place, misspelt };
}

/** The error as Deno prints it: with its trace, its cause and its further properties. */
function textOf(error: Error): string {
  try {
    const text = Deno.inspect(error, { colors: false });
    // Deno puts an error without frames in brackets.
    const bare = `[${headOf(error)}]`;
    return text.startsWith(bare) ? headOf(error) + text.slice(bare.length) : text;
  } catch (_brokenProperty) {
    return String(error.stack);
  }
}

function headOf(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch (_noObject) {
    return "Error";
  }
}

function scriptOf(site: Site): string {
  return site.getScriptNameOrSourceURL() ?? "";
}
