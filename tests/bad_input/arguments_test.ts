// Arguments of wrong types, as a cell that is not type-checked may give them: every function of
// every door is called with every wrong value alone, with one wrong value everywhere, and with
// random mixtures of wrong and right values.
import * as circuitbook from "circuitbook";
import { integer, loadModel, seededRandom, Tensor } from "circuitbook";
import * as onnx from "circuitbook/onnx";
import * as backtracking from "circuitbook/studies/backtracking";
import * as contrastiveSteering from "circuitbook/studies/contrastive_steering";
import * as maxOfList from "circuitbook/studies/max_of_list";
import * as verification from "circuitbook/studies/verification";
import { assertEquals } from "@std/assert";
import { grouped } from "./both_ways.ts";
import { isCall } from "./example_calls.ts";
import { type Call, refusesInWords, WRONG } from "./wrong_values.ts";

const doors = { circuitbook, onnx, backtracking, contrastiveSteering, maxOfList, verification };

/** Mixtures of values that each function is called with. */
const MIXTURES = 25;

/** Functions that are not called, each with the reason. */
const NOT_CALLED: Record<string, string> = {
  "circuitbook.notebook.installInKernel": "changes how the process shows values and ends",
  "circuitbook.recipes.modelScores": "has a model write hundreds of texts",
  "circuitbook.recipes.twinScores": "has two models write hundreds of texts",
  "circuitbook.countdown.corpus": "checks its options with checkOptions, and takes seconds",
  "circuitbook.property.corpus": "checks its options with checkOptions, and takes seconds",
};

const model = await loadModel(grouped, { device: "cpu" });
const RIGHT = new Map<string, unknown>([
  ["a model", model],
  ["a tokenizer", model.tokenizer],
  ["a cache", await model.run([[5, 6, 7, 8]], { tap: "blocks.*.hook_resid_post" })],
  ["a tensor", new Tensor(new Float32Array(6), { batch: 1, position: 2, d_model: 3 })],
  ["a table", circuitbook.tables.tableOf([{ layer: 0, head: 1, effect: 0.5 }])],
  ["a typed array", new Float32Array(3)],
  ["[[5, 6, 7]]", [[5, 6, 7]]],
  ["[0, 1]", [0, 1]],
  ['["a", "b"]', ["a", "b"]],
  ["[{ a: 1 }]", [{ a: 1 }]],
  ["random numbers", seededRandom(1)],
]);

for (const [door, exported] of Object.entries(doors)) {
  for (const [subject, functions] of subjectsOf(door, exported)) {
    Deno.test(`wrong types of arguments of ${subject} are refused in words`, async () => {
      try {
        for (const [name, call] of functions) await holdsOf(name, call);
      } finally {
        circuitbook.progress.setProgressListener(() => {});
        circuitbook.progress.setDefaultSignal(() => undefined);
      }
    });
  }
}

Deno.test("a wrong argument is named with what was expected and what was found", () => {
  const { message } = refusal(() => circuitbook.stats.meansBy(5 as never, ["k"], "p"))!;
  assertEquals(
    message,
    'Expected "table" of meansBy to be a table or a list of rows but found 5.',
  );
});

Deno.test("a wrong value in an object of values is refused in words", () => {
  const table = circuitbook.tables.tableOf([{ layer: 0, neuron: 1 }]) as never;
  const { message } = refusal(() => circuitbook.neurons.countWords(table, { near: 7 as never }))!;
  assertEquals(
    message,
    'Expected "classes" of countWords to be an object, each value a list of numbers, but found ' +
      '{"near":7}.',
  );
});

Deno.test("null in the place of options is refused by the name of the options", () => {
  const { message } = refusal(() => circuitbook.stats.wilson(3, 4, null as never))!;
  assertEquals(message, 'Expected "options" of wilson to be an object but found null.');
});

/** Holds that no call of a function throws an error of JavaScript itself. */
async function holdsOf(name: string, call: Call): Promise<void> {
  for (const given of givenTo(name, call.length + 1)) {
    await refusesInWords(
      () => call(...given.map(([, value]) => value)),
      `${name}(${given.map(([text]) => text).join(", ")})`,
    );
  }
}

/** Returns the lists of arguments that a function is called with. */
function givenTo(name: string, most: number): [text: string, value: unknown][][] {
  const random = seededRandom([...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0));
  const all = [...WRONG, ...RIGHT];
  const mixtures = Array.from(
    { length: MIXTURES },
    () => Array.from({ length: most }, () => all[integer(random, 0, all.length - 1)]),
  );
  return [
    ...[...WRONG].map((wrong) => [wrong]),
    ...[...WRONG].map((wrong) => Array.from({ length: most }, () => wrong)),
    ...mixtures,
  ];
}

/**
 * Returns the functions of a door by subject: those of the door itself, and those of each
 * namespace.
 */
function subjectsOf(door: string, exported: object): Map<string, Map<string, Call>> {
  const subjects = new Map([[door, functionsOf(door, exported)]]);
  for (const [name, value] of Object.entries(exported)) {
    if (value?.[Symbol.toStringTag] !== "Module") continue;
    subjects.set(`${door}.${name}`, functionsOf(`${door}.${name}`, value));
  }
  if (door === "circuitbook") {
    for (const [name, value] of RIGHT) {
      if (/^a (model|tokenizer|cache|tensor)$/.test(name)) {
        subjects.set(name, methodsOf(name, value as object));
      }
    }
  }
  return subjects;
}

function functionsOf(place: string, exported: object): Map<string, Call> {
  return new Map(
    Object.entries(exported)
      .map(([name, value]): [string, unknown] => [`${place}.${name}`, value])
      .filter((entry): entry is [string, Call] => isCall(entry[1]) && !(entry[0] in NOT_CALLED)),
  );
}

function methodsOf(name: string, value: object): Map<string, Call> {
  const methods = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(value));
  return new Map(
    Object.entries(methods)
      .filter(([method, { value }]) => isCall(value) && method !== "constructor")
      .map(([method, found]) => [`${method} of ${name}`, found.value.bind(value)]),
  );
}

function refusal(call: () => unknown): Error | undefined {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
}
