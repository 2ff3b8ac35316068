import { printsAsText } from "./one_line.ts";
import { listed } from "./shortened.ts";
import { CircuitbookError, InterruptedError, nearestNames } from "./errors.ts";

/** An ability that an experiment needs, and whether the model has the ability. */
export interface Ability {
  /** A short name, such as "verdicts". */
  readonly name: string;
  /** What is needed, as a noun phrase: "attempts that end in a verdict". */
  readonly what: string;
  /** Whether the model has it. */
  readonly there: boolean;
  /** What was found: "0 of 7 attempts in 4 chains". */
  readonly found: string;
}

/**
 * The error of a notebook section that needs an ability which the model lacks. `deno task report`
 * skips the rest of the section and continues with the next one.
 *
 * @example
 * ```ts
 * import { Abilities, MissingAbility } from "circuitbook";
 * import { assertThrows } from "@std/assert";
 *
 * const abilities = new Abilities().note("base", {
 *   what: "a base model",
 *   there: false,
 *   found: "none",
 * });
 * assertThrows(() => abilities.require("base"), MissingAbility, "needs a base model; found: none");
 * ```
 */
export class MissingAbility extends CircuitbookError {
  /** The name of the class, by which the runner of reports knows the error. */
  override name = "MissingAbility";

  /**
   * Creates the error. The error has no trace, because the code made no mistake.
   *
   * @param message what is missing, in a sentence.
   */
  constructor(message: string) {
    super(message);
    this.stack = message;
  }
}

/**
 * The abilities that the sections of a notebook need, and whether a model has them. A section
 * begins with {@link Abilities.require}.
 *
 * @example
 * ```ts
 * import { Abilities } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const abilities = new Abilities();
 * abilities.note("pairs", {
 *   what: "eight attempts of each kind",
 *   there: true,
 *   found: "80 and 80",
 * });
 * abilities.require("pairs");
 * assertEquals(abilities.missing("pairs"), undefined);
 * ```
 */
export class Abilities {
  readonly #list = new Map<string, Ability>();

  /** The names of abilities that a later cell notes. */
  readonly #later = new Set<string>();

  /** The abilities that were looked for, in order. */
  get list(): readonly Ability[] {
    return [...this.#list.values()];
  }

  /**
   * Notes whether the model has an ability, and returns the abilities. A second note of a name
   * replaces the first.
   *
   * @param name a short name.
   * @param ability what is needed, whether it is there, and what was found.
   * @returns the same abilities, so that calls can be chained.
   */
  note(name: string, ability: Omit<Ability, "name">): this {
    this.#list.set(name, { name, ...ability });
    return this;
  }

  /**
   * Announces abilities that a later cell notes, and returns the abilities. The later cell may lie
   * in a section that is skipped: the announced abilities are then missing. A name that was neither
   * noted nor announced is an error in every section.
   *
   * @param names the names of the abilities.
   * @returns the same abilities, so that calls can be chained.
   */
  noteLater(...names: readonly string[]): this {
    names.forEach((name) => this.#later.add(name));
    return this;
  }

  /**
   * Returns a sentence on the abilities that the model lacks, or `undefined` if the model has all
   * of them.
   *
   * @param names the names of the abilities.
   * @returns the sentence.
   * @throws CircuitbookError if an ability of that name was neither noted nor announced.
   */
  missing(...names: readonly string[]): string | undefined {
    const missing = names.map((name) => this.#ability(name)).filter(({ there }) => !there);
    if (missing.length === 0) return undefined;
    const needs = missing.map(({ what, found }) => `${what}; found: ${found}`);
    return `This section needs ${needs.join(". It also needs ")}.`;
  }

  /**
   * Ends a section that needs abilities which the model lacks.
   *
   * @param names the names of the abilities.
   * @throws MissingAbility if the model lacks one of the abilities.
   * @throws CircuitbookError if an ability of that name was neither noted nor announced.
   */
  require(...names: readonly string[]): void {
    const missing = this.missing(...names);
    if (missing !== undefined) throw new MissingAbility(missing);
  }

  #ability(name: string): Ability {
    const ability = this.#list.get(name);
    if (ability) return ability;
    if (this.#later.has(name)) {
      const found = "nothing, because the cell that looks for it did not run";
      return { name, what: `the ability “${name}”`, there: false, found };
    }
    const known = [...this.#list.keys(), ...this.#later];
    throw new CircuitbookError(
      `Expected the name of an ability that was noted but found "${name}"; the nearest are ${
        nearestNames(name, known).join(", ") || "none"
      }. Call note("${name}", …) or noteLater("${name}") first.`,
    );
  }

  /**
   * Returns a line with the names of the abilities that the model has, and of those that it lacks.
   */
  toString(): string {
    const names = (there: boolean) =>
      this.list.filter((ability) => ability.there === there).map(({ name }) => name);
    return `Abilities: ${listed(names(true))}; missing: ${listed(names(false))}`;
  }
}

printsAsText(Abilities);

/**
 * Returns why some work cannot be done with a model, or `undefined` if the work can be done. The
 * reason is the message of the library's own error, such as the error about a text that is longer
 * than the model's context.
 *
 * @param work the work to try.
 * @returns the reason, in a sentence.
 * @throws InterruptedError if the work was stopped, MissingAbility if the work needs an ability
 * that the model lacks, and every error that is not the library's own.
 */
export async function whyNot(work: () => Promise<void> | void): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    const isNoReason = error instanceof InterruptedError || error instanceof MissingAbility;
    if (isNoReason || !(error instanceof CircuitbookError)) throw error;
    return error.message;
  }
}
