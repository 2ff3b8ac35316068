/** The name under which Deno asks a value how `console.log` prints the value. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

/** How deep `console.log` prints values within values. */
const DEEPEST = 4;

/** The most entries of a list that `console.log` prints. */
const MOST_ENTRIES = 100;

/** The most values that are searched within one value. */
const MOST_SEARCHED = 10_000;

/** Returns the text in place of a value; undefined for a value that Deno prints itself. */
type TextOf = (value: unknown) => string | undefined;

/**
 * Returns a value for `console.log` in which texts take the places of the values that have one,
 * also within lists, Maps, Sets and objects. A value that holds no value with a text is returned
 * unchanged; every other value is copied.
 *
 * @param value any value.
 * @param textOf returns the text in place of a value.
 */
export function printable(value: unknown, textOf: TextOf): unknown {
  const texts = new Texts(textOf);
  return texts.areIn(value) ? texts.copy(value) : value;
}

/** The texts within one value. */
class Texts {
  readonly #textOf: TextOf;
  readonly #searched = new Set<object>();
  /** The copies by their originals, so that cycles stay cycles. */
  readonly #copies = new Map<object, unknown>();

  /** Begins with nothing searched. */
  constructor(textOf: TextOf) {
    this.#textOf = textOf;
  }

  /** Returns whether a value, or a value within it, has a text. */
  areIn(value: unknown, depth = DEEPEST): boolean {
    if (!isObject(value)) return false;
    if (this.#searched.has(value) || this.#searched.size > MOST_SEARCHED) return false;
    this.#searched.add(value);
    if (this.#text(value) !== undefined) return true;
    return depth > 0 && valuesIn(value).some((inner) => this.areIn(inner, depth - 1));
  }

  /**
   * Returns a copy with texts in the places of the values that have one.
   *
   * @param value the value.
   * @param depth how deep values within the value are copied.
   * @param isNamed whether a name stands before the value: a table then begins in a line of its
   * own.
   */
  copy(value: unknown, depth = DEEPEST, isNamed = false): unknown {
    if (!isObject(value)) return value;
    if (this.#copies.has(value)) return this.#copies.get(value);
    const text = this.#text(value);
    if (text !== undefined) {
      const placed = isNamed ? text.replace(/^/gm, "  ").replace(/^/, "\n") : text;
      return { [INSPECT]: () => placed };
    }
    return depth > 0 ? this.#copyOf(value, depth - 1) : value;
  }

  #copyOf(value: object, depth: number): unknown {
    if (Array.isArray(value)) {
      const list = value.slice();
      this.#copies.set(value, list);
      // Holes of a list stay holes.
      for (const i of Object.keys(list).slice(0, MOST_ENTRIES).map(Number)) {
        list[i] = this.copy(list[i], depth);
      }
      return list;
    }
    if (isA(value, Set)) {
      const set = new Set<unknown>();
      this.#copies.set(value, set);
      for (const one of value) set.add(this.copy(one, depth));
      return set;
    }
    if (isA(value, Map)) {
      const map = new Map<unknown, unknown>();
      this.#copies.set(value, map);
      for (const [key, one] of value) map.set(this.copy(key, depth), this.copy(one, depth, true));
      return map;
    }
    if (!hasFields(value)) return value;
    const object = Object.create(Object.getPrototypeOf(value));
    this.#copies.set(value, object);
    for (const [name, field] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
      const copied = "value" in field
        ? { ...field, value: this.copy(field.value, depth, true) }
        : field;
      Object.defineProperty(object, name, copied);
    }
    return object;
  }

  #text(value: object): string | undefined {
    try {
      return this.#textOf(value);
    } catch (_strangeField) {
      return undefined;
    }
  }
}

/** Returns the values in a list, a Map, a Set, or an object. Getters are not called. */
function valuesIn(value: object): unknown[] {
  if (Array.isArray(value)) return value.slice(0, MOST_ENTRIES);
  if (isA(value, Set)) return [...value].slice(0, MOST_ENTRIES);
  if (isA(value, Map)) return [...value].slice(0, MOST_ENTRIES).flat();
  if (!hasFields(value)) return [];
  return Object.values(Object.getOwnPropertyDescriptors(value)).map((field) => field.value);
}

/**
 * Returns whether `console.log` prints the fields of an object. The fields are not printed if the
 * object has a text of its own, or belongs to one of JavaScript's own classes.
 */
function hasFields(value: object): boolean {
  return Object.prototype.toString.call(value) === "[object Object]" && !(INSPECT in value);
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === "object";
}

/** Returns whether an object is of a class itself, and not of a class that extends the class. */
function isA<T>(value: object, type: new () => T): value is T & object {
  return Object.getPrototypeOf(value) === type.prototype;
}
