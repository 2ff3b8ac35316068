import { headName } from "../base/one_line.ts";
import { CircuitbookError } from "../base/errors.ts";
import { PROPERTIES, type Property } from "../tasks/property/properties.ts";
import type { AskedProblem } from "./asked.ts";

/** The settings of a reader of the live page. A link to the page holds all settings after `#`. */
export interface LiveState extends AskedProblem {
  /** The silenced heads, as [layer, head]. */
  readonly silenced: readonly (readonly [layer: number, head: number])[];
  /** Whether heads are silenced at every token rather than only while the model judges a result. */
  readonly always: boolean;
  /**
   * The factor of the steering vector, whose norm is the mean norm of the residual stream; 0 adds
   * nothing.
   */
  readonly coefficient: number;
  /**
   * The position of the token whose attention and lens the page shows; null for the `(` before the
   * last verdict.
   */
  readonly position: number | null;
}

/**
 * The most numbers that a problem may have, and the largest number in a problem. The model has
 * learned problems of three and four numbers up to 99.
 */
const LIMITS = { numbers: 6, largest: 9999 } as const;

/** The fields of a link. */
const FIELDS = ["numbers", "target", "off", "everywhere", "steer", "token"] as const;

/** The limits of a state, which depend on the model. */
export interface StateLimits {
  /** How many layers the model has. */
  readonly layers: number;
  /** How many heads each layer has. */
  readonly heads: number;
  /** Whether a problem may ask for a property in place of a number. */
  readonly properties: boolean;
}

/** The largest steering coefficient that the page offers, in either direction. */
export const LARGEST_COEFFICIENT = 3;

/**
 * Returns the problem that a reader typed.
 *
 * @param numbers whole numbers with commas or spaces between them.
 * @param target a whole number, or the name of a property.
 * @param limits whether a property may be asked for.
 * @returns the numbers and the target.
 * @throws CircuitbookError if a text holds something else; the message is for the reader.
 *
 * @example
 * ```ts
 * import { typedProblem } from "./state.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const properties = true;
 * assertEquals(typedProblem("5, 11 68", "62", { properties }), {
 *   numbers: [5, 11, 68],
 *   target: 62,
 * });
 * assertEquals(typedProblem("5, 8", "prime", { properties }), {
 *   numbers: [5, 8],
 *   target: "prime",
 * });
 * assertThrows(() => typedProblem("5, x", "62", { properties }), Error, 'found "x"');
 * ```
 */
export function typedProblem(
  numbers: string,
  target: string,
  { properties }: Pick<StateLimits, "properties">,
): AskedProblem {
  const parts = numbers.split(/[\s,;]+/).filter((part) => part !== "");
  if (parts.length < 2 || parts.length > LIMITS.numbers) {
    throw new CircuitbookError(
      `Expected two to ${LIMITS.numbers} numbers but found ${parts.length}; type them like 5, 11, 68.`,
    );
  }
  const goal = target.trim();
  return {
    numbers: parts.map(wholeNumberOf),
    target: properties && isProperty(goal) ? goal : wholeNumberOf(goal),
  };
}

function isProperty(text: string): text is Property {
  return (PROPERTIES as readonly string[]).includes(text);
}

function wholeNumberOf(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= LIMITS.largest) return number;
  throw new CircuitbookError(
    `Expected whole numbers from 1 to ${LIMITS.largest} but found "${text}".`,
  );
}

/**
 * Returns the part of a link after `#` that holds a state.
 *
 * @param state the settings of a reader.
 * @returns the fragment, without `#`.
 *
 * @example
 * ```ts
 * import { fragmentOf } from "./state.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const state = {
 *   numbers: [5, 11, 68],
 *   target: 62,
 *   silenced: [[1, 3]] as const,
 *   always: false,
 *   coefficient: 0.5,
 *   position: null,
 * };
 * assertEquals(fragmentOf(state), "numbers=5.11.68&target=62&off=L1H3&steer=0.5");
 * ```
 */
export function fragmentOf(state: LiveState): string {
  const { numbers, target, silenced, always, coefficient, position } = state;
  return Object.entries({
    numbers: numbers.join("."),
    target: String(target),
    off: silenced.map(([layer, head]) => headName(layer, head)).join("."),
    everywhere: always ? "yes" : "",
    steer: coefficient === 0 ? "" : String(coefficient),
    token: position === null ? "" : String(position),
  }).filter(([, value]) => value !== "").map(([name, value]) => `${name}=${value}`).join("&");
}

/**
 * Returns the state that a fragment holds.
 *
 * @param fragment the part of a link after `#`.
 * @param initial the state that supplies the settings which the fragment leaves out.
 * @param limits how many layers the model has, how many heads each, and whether a property may be
 * asked for.
 * @returns the state.
 * @throws CircuitbookError if the fragment holds something that no page writes.
 *
 * @example
 * ```ts
 * import { stateIn } from "./state.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const initial = {
 *   numbers: [5, 11, 68],
 *   target: 62,
 *   silenced: [],
 *   always: false,
 *   coefficient: 0,
 *   position: null,
 * };
 * const state = stateIn("#target=46&off=L1H3", initial, {
 *   layers: 8,
 *   heads: 6,
 *   properties: false,
 * });
 * assertEquals([state.target, state.silenced], [46, [[1, 3]]]);
 * ```
 */
export function stateIn(
  fragment: string,
  initial: LiveState,
  limits: StateLimits,
): LiveState {
  const fields = new URLSearchParams(fragment.replace(/^#/, ""));
  checkFields(fields);
  const numbers = fields.get("numbers");
  const problem = typedProblem(
    numbers?.replaceAll(".", " ") ?? initial.numbers.join(" "),
    fields.get("target") ?? String(initial.target),
    limits,
  );
  const off = fields.get("off");
  const steer = fields.get("steer") ?? String(initial.coefficient);
  const coefficient = Number(steer);
  if (!/^-?\d+(\.\d+)?$/.test(steer) || Math.abs(coefficient) > LARGEST_COEFFICIENT) {
    throw new CircuitbookError(
      `Expected a steering coefficient from -${LARGEST_COEFFICIENT} to ${LARGEST_COEFFICIENT} in the link but found "${steer}".`,
    );
  }
  const token = fields.get("token");
  if (token !== null && !/^\d{1,4}$/.test(token)) {
    throw new CircuitbookError(
      `Expected the position of a token in the link but found "${token}".`,
    );
  }
  return {
    ...problem,
    silenced: off === null ? initial.silenced : headsIn(off, limits),
    always: fields.has("everywhere") || initial.always,
    coefficient,
    position: token === null ? initial.position : Number(token),
  };
}

/** Throws if a field is one that no page writes, or if a link has a field twice. */
function checkFields(fields: URLSearchParams): void {
  const seen = new Set<string>();
  for (const name of fields.keys()) {
    if (!(FIELDS as readonly string[]).includes(name)) {
      throw new CircuitbookError(
        `Expected the fields ${FIELDS.join(", ")} in the link but found "${name}".`,
      );
    }
    if (seen.has(name)) {
      throw new CircuitbookError(`Expected each field once in the link but found "${name}" twice.`);
    }
    seen.add(name);
  }
  const everywhere = fields.get("everywhere");
  if (everywhere !== null && everywhere !== "yes") {
    throw new CircuitbookError(`Expected everywhere=yes in the link but found "${everywhere}".`);
  }
}

/** Returns the heads that a link silences. */
function headsIn(off: string, { layers, heads }: StateLimits): LiveState["silenced"] {
  const names = off.split(".").filter(Boolean);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new CircuitbookError(`Expected each head once in the link but found "${twice}" twice.`);
  }
  return names.map((name) => {
    const [, layer, head] = /^L(0|[1-9]\d*)H(0|[1-9]\d*)$/.exec(name) ?? [];
    if (layer !== undefined && Number(layer) < layers && Number(head) < heads) {
      return [Number(layer), Number(head)] as const;
    }
    throw new CircuitbookError(`Expected heads like L1H3 in the link but found "${name}".`);
  });
}
