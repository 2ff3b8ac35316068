import { nearestNames } from "../base/errors.ts";
import { CommandError } from "./repository.ts";

/** What a command may be given. */
export interface FlagNames<Value extends string, Switch extends string> {
  /** How the command is typed: `deno task trace`. */
  readonly task: string;
  /** Flags with a value behind them. */
  readonly values: readonly Value[];
  /** Flags that stand alone. */
  readonly switches: readonly (Switch | "help")[];
  /** Whether other arguments, such as files, may stand between the flags. Default false. */
  readonly rest?: boolean;
}

/** Flags as they were typed. */
export class Flags<Value extends string, Switch extends string> {
  readonly #task: string;
  readonly #values: ReadonlyMap<Value, readonly string[]>;
  readonly #switches: ReadonlySet<Switch | "help">;

  constructor(
    task: string,
    values: ReadonlyMap<Value, readonly string[]>,
    switches: ReadonlySet<Switch | "help">,
    /** The arguments that are no flags and belong to none. */
    readonly rest: readonly string[],
  ) {
    this.#task = task;
    this.#values = values;
    this.#switches = switches;
  }

  /** Whether a switch was typed. */
  has(flag: Switch | "help"): boolean {
    return this.#switches.has(flag);
  }

  /** Every value of a flag that may be repeated; undefined where it was not typed. */
  all(flag: Value): readonly string[] | undefined {
    return this.#values.get(flag);
  }

  /** The value of a flag; undefined where it was not typed. @throws CommandError when it was repeated, or is empty. */
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

  /** The value of a flag. @throws CommandError when it was not typed, was repeated, or is empty. */
  needed(flag: Value): string {
    const value = this.single(flag);
    if (value === undefined) {
      throw new CommandError(`Expected --${flag} but found none; see ${this.#task} --help.`);
    }
    return value;
  }
}

/**
 * The flags of a command line: `--flag value`, `--flag=value`, `--switch`, and `-h` for `--help`. A flag takes the argument
 * behind it, even one that begins with a dash, as texts may, but no other flag of the command.
 *
 * @throws CommandError for what is no flag, unknown flags, missing values, and switches with one.
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
        throw new CommandError(`Expected a value after --${flag} but found ${value ?? "none"}.`);
      }
      values.set(flag, [...values.get(flag) ?? [], value]);
    } else {
      const [nearest] = nearestNames(name, [...valueFlags, ...switches], 1);
      throw new CommandError(`Expected a known flag but found --${name}; nearest: --${nearest}.`);
    }
  }
  return new Flags(task, values, typed, others);
}

/** The whole number that a flag was given. @throws CommandError when it is none, or less than the least. */
export function wholeNumberOf(flag: string, value: string, least = -Infinity): number {
  const number = /^-?\d+$/.test(value) ? Number(value) : NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  const kind = least === -Infinity ? "a whole number" : `a whole number of at least ${least}`;
  throw new CommandError(`Expected ${kind} after --${flag} but found "${value}".`);
}
