import { CircuitbookError } from "../../base/errors.ts";
import { shown } from "../../base/options.ts";

/** The notes of a GGUF file, read by name and kind. */
export class Notes {
  readonly #notes: ReadonlyMap<string, unknown>;

  constructor(
    notes: ReadonlyMap<string, unknown>,
    /** The file, for messages. */
    readonly path: string,
  ) {
    this.#notes = notes;
  }

  /** The names of all notes. */
  names(): string[] {
    return [...this.#notes.keys()];
  }

  /** The value of a note as it is; undefined if there is no such note. */
  raw(name: string): unknown {
    return this.#notes.get(name);
  }

  /**
   * Returns a number, or undefined if there is no such note.
   *
   * @throws CircuitbookError for another kind.
   */
  number(name: string): number | undefined {
    const value = this.#notes.get(name);
    if (value === undefined) return undefined;
    if (typeof value === "number" || typeof value === "bigint") return Number(value);
    throw this.refusal(name, "a number");
  }

  /**
   * Returns a number.
   *
   * @throws CircuitbookError if there is no such note, or if it is of another kind.
   */
  needed(name: string): number {
    const value = this.number(name);
    if (value === undefined) throw this.refusal(name, "a number");
    return value;
  }

  /**
   * Returns a text, or undefined if there is no such note.
   *
   * @throws CircuitbookError for another kind.
   */
  text(name: string): string | undefined {
    const value = this.#notes.get(name);
    if (value === undefined || typeof value === "string") return value;
    throw this.refusal(name, "a text");
  }

  /**
   * Returns a switch, or undefined if there is no such note.
   *
   * @throws CircuitbookError for another kind.
   */
  flag(name: string): boolean | undefined {
    const value = this.#notes.get(name);
    if (value === undefined || typeof value === "boolean") return value;
    throw this.refusal(name, "true or false");
  }

  /** Returns a list of texts, or undefined. @throws CircuitbookError for another kind. */
  texts(name: string): string[] | undefined {
    const value = this.#notes.get(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
    throw this.refusal(name, "a list of texts");
  }

  /** Returns a list of numbers, or undefined. @throws CircuitbookError for another kind. */
  numbers(name: string): number[] | undefined {
    const value = this.#notes.get(name);
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item) => typeof item === "number")) return value;
    throw this.refusal(name, "a list of numbers");
  }

  /** Returns the error for a note that is not what was expected. */
  refusal(name: string, expected: string): CircuitbookError {
    const value = this.#notes.get(name);
    const found = value === undefined
      ? "none"
      : shown(typeof value === "bigint" ? `${value}` : value);
    return new CircuitbookError(
      `Expected ${expected} as "${name}" in ${this.path} but found ${found}.`,
    );
  }
}
