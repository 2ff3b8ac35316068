import { nearestNames } from "../base/errors.ts";
import { CommandError } from "./repository.ts";

/** The flags that a command knows. */
export interface FlagNames<Value extends string, Switch extends string> {
  /** How the command is typed: `deno task trace`. */
  readonly task: string;
  /** Flags that take a value. */
  readonly values: readonly Value[];
  /** Flags that take no value. */
  readonly switches: readonly (Switch | "help")[];
  /** Whether other arguments, such as files, may stand between the flags. Default false. */
  readonly rest?: boolean;
}

/** The flags of one command line. {@link parseFlags} makes them. */
export class Flags<Value extends string, Switch extends string> {
  readonly #task: string;
  readonly #values: ReadonlyMap<Value, readonly string[]>;
  readonly #switches: ReadonlySet<Switch | "help">;

  constructor(
    task: string,
    values: ReadonlyMap<Value, readonly string[]>,
    switches: ReadonlySet<Switch | "help">,
    /** The arguments that are neither flags nor values of flags. */
    readonly rest: readonly string[],
  ) {
    this.#task = task;
    this.#values = values;
    this.#switches = switches;
  }

  /** Returns whether a switch was given. */
  has(flag: Switch | "help"): boolean {
    return this.#switches.has(flag);
  }

  /** Returns every value of a flag that may be repeated; undefined if the flag was not given. */
  all(flag: Value): readonly string[] | undefined {
    return this.#values.get(flag);
  }

  /**
   * Returns the value of a flag; undefined if the flag was not given.
   *
   * @param options `empty`: whether the value may be an empty text. Default false.
   * @throws CommandError if the flag was repeated, or if its value is empty.
   */
  single(flag: Value, { empty = false }: { empty?: boolean } = {}): string | undefined {
    const given = this.#values.get(flag) ?? [];
    if (given.length > 1) {
      throw new CommandError(`Expected --${flag} once but found it ${given.length} times.`);
    }
    if (given[0] === "" && !empty) {
      throw new CommandError(`Expected a value after --${flag} but found none.`);
    }
    return given[0];
  }

  /**
   * Returns the value of a flag that must be given.
   *
   * @throws CommandError if the flag was not given or was repeated, or if its value is empty.
   */
  needed(flag: Value): string {
    const value = this.single(flag);
    if (value === undefined) {
      throw new CommandError(`Expected --${flag} but found none; see ${this.#task} --help.`);
    }
    return value;
  }
}

/** Returns whether a command line asks what the command does. */
export function asksForHelp(args: readonly string[]): boolean {
  return args.some((arg) => arg === "--help" || arg === "-h");
}

/**
 * Returns the flags of a command line: `--flag value`, `--flag=value`, `--switch`, and `-h` for
 * `--help`. The value of a flag may begin with a dash, as texts may, but it may not be another flag
 * of the command.
 *
 * @throws CommandError if an argument is not a flag, if a flag is unknown, if a value is missing,
 * or if a switch has a value.
 */
export function parseFlags<Value extends string, Switch extends string>(
  args: readonly string[],
  { task, values: valueFlags, switches, rest = false }: FlagNames<Value, Switch>,
): Flags<Value, Switch> {
  const values = new Map<Value, string[]>();
  const typed = new Set<Switch | "help">();
  const others: string[] = [];
  const isFlag = (text: string) =>
    [...valueFlags, ...switches].some((known) => text === `--${known}`);
  for (let i = 0; i < args.length; i++) {
    const [, name, joined] = /^--([^=]+)(?:=([\s\S]*))?$/.exec(args[i]) ??
      (args[i] === "-h" ? ["", "help"] : []);
    if (name === undefined && rest) {
      others.push(args[i]);
      continue;
    }
    if (name === undefined) {
      throw new CommandError(`Expected a flag but found "${args[i]}"; put texts in quotes.`);
    }
    const alone = switches.find((known) => known === name);
    const flag = valueFlags.find((known) => known === name);
    if (alone) {
      if (joined !== undefined) {
        throw new CommandError(`Expected --${name} without a value but found "${joined}".`);
      }
      typed.add(alone);
    } else if (flag) {
      const value = joined ?? args[++i];
      if (value === undefined || (joined === undefined && isFlag(value))) {
        throw new CommandError(
          `Expected a value after --${flag} but found ${
            value === undefined ? "none" : `"${value}"`
          }.`,
        );
      }
      values.set(flag, [...values.get(flag) ?? [], value]);
    } else {
      const [nearest] = nearestNames(name, [...valueFlags, ...switches], 1);
      throw new CommandError(`Expected a known flag but found "--${name}"; nearest: --${nearest}.`);
    }
  }
  return new Flags(task, values, typed, others);
}

/**
 * Returns the whole number that is the value of a flag.
 *
 * @param least the least number that is allowed. By default every whole number is allowed.
 * @param most the largest number that is allowed. By default every whole number is allowed.
 * @throws CommandError if the value is not a whole number, is too small, or is too large.
 */
export function wholeNumberOf(
  flag: string,
  value: string,
  least = -Infinity,
  most = Infinity,
): number {
  const number = /^-?\d+$/.test(value) ? Number(value) : NaN;
  if (Number.isSafeInteger(number) && number >= least && number <= most) return number;
  const bounds = [
    least === -Infinity ? "" : `at least ${least}`,
    most === Infinity ? "" : `at most ${most}`,
  ].filter(Boolean).join(" and ");
  const kind = bounds ? `a whole number of ${bounds}` : "a whole number";
  throw new CommandError(`Expected ${kind} after --${flag} but found "${value}".`);
}
