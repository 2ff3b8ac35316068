import { assertEquals, assertThrows } from "@std/assert";
import { fragmentOf, type LiveState, stateIn, typedProblem } from "../../lib/live/state.ts";

const LIMITS = { layers: 8, heads: 6, properties: false };
const BOTH = { ...LIMITS, properties: true };

const INITIAL: LiveState = {
  numbers: [5, 11, 68],
  target: 62,
  silenced: [],
  always: false,
  coefficient: 0,
  position: null,
};

Deno.test("a link keeps problem, silenced heads, steering and token", () => {
  const states: LiveState[] = [
    INITIAL,
    { ...INITIAL, numbers: [3, 38, 87], target: 46, silenced: [[1, 0], [5, 3]], always: true },
    { ...INITIAL, coefficient: -1.3, position: 0 },
  ];
  for (const state of states) {
    assertEquals(stateIn(`#${fragmentOf(state)}`, INITIAL, LIMITS), state);
  }
});

Deno.test("a link with what no page writes is refused, with what was found", () => {
  const refused = {
    "off=L8H0": 'found "L8H0"',
    "off=head": 'found "head"',
    "steer=9": 'found "9"',
    "steer=much": 'found "much"',
    "steer=": 'found ""',
    "token=-1": 'found "-1"',
    "numbers=5.x": 'found "x"',
    "target=6.5": 'found "6.5"',
    "off=L1H3.L1H3": 'each head once in the link but found "L1H3" twice',
    "off=L01H3": 'found "L01H3"',
    "everywhere=maybe": 'found "maybe"',
    "everywhere=": 'found ""',
    "stear=1": 'numbers, target, off, everywhere, steer, token in the link but found "stear"',
    "target=46&target=62": 'each field once in the link but found "target" twice',
  };
  for (const [fragment, message] of Object.entries(refused)) {
    assertThrows(() => stateIn(fragment, INITIAL, LIMITS), Error, message);
  }
});

Deno.test("a typed problem is two to six whole numbers and a whole target", () => {
  assertEquals(typedProblem(" 5,11 ; 68", " 62 ", LIMITS), { numbers: [5, 11, 68], target: 62 });
  for (const numbers of ["", "5", "1 2 3 4 5 6 7", "5, 0", "5, -3", "5, 1e3", "5, 99999"]) {
    assertThrows(() => typedProblem(numbers, "62", LIMITS), Error, "Expected");
  }
  assertThrows(() => typedProblem("5, 11", "", LIMITS), Error, "Expected whole numbers");
});

Deno.test("a problem and a link ask for a property only where the model judges properties", () => {
  const asked = { numbers: [5, 11], target: "prime" } as const;
  assertEquals(typedProblem("5, 11", "prime", BOTH), asked);
  const state = { ...INITIAL, ...asked };
  assertEquals(fragmentOf(state), "numbers=5.11&target=prime");
  assertEquals(stateIn(`#${fragmentOf(state)}`, INITIAL, BOTH), state);
  assertEquals(stateIn("#target=46", state, BOTH).target, 46);
  for (const limits of [LIMITS, BOTH]) {
    assertThrows(() => typedProblem("5, 11", "odd", limits), Error, 'found "odd"');
  }
  assertThrows(() => stateIn("#target=prime", INITIAL, LIMITS), Error, 'found "prime"');
});
