import { printsAsText } from "./one_line.ts";
import { listed } from "./shortened.ts";
import { CircuitbookError, nearestNames } from "./errors.ts";

/** One thing that an experiment needs of a model, and whether the model has it. */
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
 * Thrown by a section of a notebook that needs what the model lacks. `deno task report` skips the rest
 * of the section and goes on with the next one.
 *
 * @example
 * ```ts
 * import { Abilities, MissingAbility } from "circuitbook";
 * import { assertThrows } from "@std/assert";
 *
 * const abilities = new Abilities().note("base", { what: "a base model", there: false, found: "none" });
 * assertThrows(() => abilities.require("base"), MissingAbility, "needs a base model; found: none");
 * ```
 */
export class MissingAbility extends CircuitbookError {
  /** The name of the class, by which the runner of reports knows the error. */
  override name = "MissingAbility";

  /**
   * Creates the error. It has no trace, since nothing went wrong in the code.
   *
   * @param message what is missing, in a sentence.
   */
  constructor(message: string) {
    super(message);
    this.stack = message;
  }
}

/**
 * What a model can do of what the sections of a notebook need. A section begins with
 * {@link Abilities.require}.
 *
 * @example
 * ```ts
 * import { Abilities } from "circuitbook";
 * import { assertEquals } from "@std/assert";
 *
 * const abilities = new Abilities();
 * abilities.note("pairs", { what: "eight attempts of each kind", there: true, found: "80 and 80" });
 * abilities.require("pairs");
 * assertEquals(abilities.missing("pairs"), undefined);
 * ```
 */
export class Abilities {
  readonly #list = new Map<string, Ability>();

  /** Whether a section was refused, so that its cells, which might note more abilities, were skipped. */
  #refused = false;

  /** The abilities that were looked for, in order. */
  get list(): readonly Ability[] {
    return [...this.#list.values()];
  }

  /**
   * Notes whether the model has an ability, and returns the abilities. A second note of a name replaces
   * the first.
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
   * Returns what is missing of some abilities, in a sentence, or `undefined` if all of them are there.
   *
   * @param names the names of the abilities.
   * @returns the sentence.
   * @throws CircuitbookError if nobody looked for an ability of that name.
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
   * @throws MissingAbility if one of them is not there.
   * @throws CircuitbookError if nobody looked for an ability of that name.
   */
  require(...names: readonly string[]): void {
    const missing = this.missing(...names);
    if (missing === undefined) return;
    this.#refused = true;
    throw new MissingAbility(missing);
  }

  #ability(name: string): Ability {
    const ability = this.#list.get(name);
    if (ability) return ability;
    if (this.#refused) {
      const found = "nothing, because the section that looks for it was skipped";
      return { name, what: `the ability “${name}”`, there: false, found };
    }
    const known = [...this.#list.keys()];
    throw new CircuitbookError(
      `Expected the name of an ability but found "${name}"; the nearest are ${
        nearestNames(name, known).join(", ") || "none"
      }.`,
    );
  }

  /** Returns the abilities in a line: the names of those that are there, and of those that are missing. */
  toString(): string {
    const names = (there: boolean) =>
      this.list.filter((ability) => ability.there === there).map(({ name }) => name);
    return `Abilities: ${listed(names(true))}; missing: ${listed(names(false))}`;
  }
}

printsAsText(Abilities);

/**
 * Returns why some work cannot be done with a model, or `undefined` if it can: the message of the
 * library's own error, such as of a text that is longer than the model's context.
 *
 * @param work the work to try.
 */
export async function whyNot(work: () => Promise<void> | void): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof CircuitbookError && error.name === "CircuitbookError") {
      return error.message;
    }
    throw error;
  }
}
