import { Environment, Interpreter, Template } from "@huggingface/jinja";
import { CircuitbookError } from "../../base/errors.ts";

/**
 * The default limit of the time that a template may render, in milliseconds. Templates of known
 * models take a few milliseconds.
 */
const TIME_LIMIT = 5_000;

/** The longest text or list that a template may build. */
const MOST_ITEMS = 400_000;

/**
 * Returns what a chat template renders.
 *
 * @param template the template, parsed.
 * @param variables what the template may name: `messages`, `bos_token`.
 * @param timeLimit how long the template may render, in milliseconds.
 * @throws Error if the template refuses, fails, or takes too long.
 */
export function render(
  template: Template,
  variables: Readonly<Record<string, unknown>>,
  timeLimit: number = TIME_LIMIT,
): string {
  const environment = new Environment();
  const all = { ...GLOBALS, ...variables };
  for (const [name, value] of Object.entries(all)) environment.set(name, value);
  return String(new BoundedInterpreter(environment, timeLimit).run(template.parsed).value);
}

/** The parameter types of the interpreter's `evaluate`, which the library does not export. */
type Evaluation = Parameters<Interpreter["evaluate"]>;

/** Stops templates that run too long or build too much: a loop over `range(3 * 10 ** 9)`. */
class BoundedInterpreter extends Interpreter {
  readonly #timeLimit: number;
  readonly #deadline: number;

  constructor(environment: Environment, timeLimit: number) {
    super(environment);
    this.#timeLimit = timeLimit;
    this.#deadline = performance.now() + timeLimit;
  }

  override evaluate(...[statement, scope]: Evaluation): ReturnType<Interpreter["evaluate"]> {
    if (performance.now() > this.#deadline) {
      throw new CircuitbookError(`it takes longer than ${this.#timeLimit / 1000} s`);
    }
    const result = super.evaluate(statement, scope);
    const { value } = result as { value: unknown };
    if ((typeof value === "string" || Array.isArray(value)) && value.length > MOST_ITEMS) {
      throw tooLarge();
    }
    return result;
  }
}

function tooLarge(): CircuitbookError {
  return new CircuitbookError(`it builds a text or list of more than ${MOST_ITEMS} items`);
}

/** The names that every template may use. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  range: boundedRange,
  strftime_now: (format: string) => formatTime(new Date(), format),
  raise_exception: (message: string) => {
    throw new Error(message);
  },
};

/**
 * Python's `range`. The range of the template library builds its whole list before a limit can stop
 * it.
 */
function boundedRange(first: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, first] : [first, stop];
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (step === 0) throw new CircuitbookError("it calls range() with a step of 0");
  if (length > MOST_ITEMS) throw tooLarge();
  return Array.from({ length }, (_, i) => from + i * step);
}

/** Python's `strftime` with English names, for the codes that templates use. */
function formatTime(date: Date, format: string): string {
  const padded = (value: number, length = 2) => String(value).padStart(length, "0");
  const named = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat("en", options).format(date);
  const codes: Readonly<Record<string, () => string>> = {
    a: () => named({ weekday: "short" }),
    A: () => named({ weekday: "long" }),
    b: () => named({ month: "short" }),
    B: () => named({ month: "long" }),
    d: () => padded(date.getDate()),
    H: () => padded(date.getHours()),
    I: () => padded(date.getHours() % 12 || 12),
    m: () => padded(date.getMonth() + 1),
    M: () => padded(date.getMinutes()),
    p: () => date.getHours() < 12 ? "AM" : "PM",
    S: () => padded(date.getSeconds()),
    y: () => padded(date.getFullYear() % 100),
    Y: () => String(date.getFullYear()),
    "%": () => "%",
  };
  return format.replace(/%(.)/g, (whole, code: string) => codes[code]?.() ?? whole);
}
