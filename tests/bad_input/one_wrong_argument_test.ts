// One wrong argument, or one wrong option, among right ones. The examples of the documentation give
// the right arguments, so that a function that gains an example is tested as well. If all arguments
// were wrong, the check of the first one would hide missing checks of the others.
import * as circuitbook from "circuitbook";
import * as onnx from "circuitbook/onnx";
import * as backtracking from "circuitbook/studies/backtracking";
import * as contrastiveSteering from "circuitbook/studies/contrastive_steering";
import * as maxOfList from "circuitbook/studies/max_of_list";
import * as verification from "circuitbook/studies/verification";
import { assert } from "@std/assert";
import { callsOfExamples, type ExampleCall, isWrittenOut } from "./example_calls.ts";
import { refusesInWords, WRONG } from "./wrong_values.ts";

const doors = {
  circuitbook,
  "circuitbook/onnx": onnx,
  "circuitbook/studies/backtracking": backtracking,
  "circuitbook/studies/contrastive_steering": contrastiveSteering,
  "circuitbook/studies/max_of_list": maxOfList,
  "circuitbook/studies/verification": verification,
};

/**
 * The names of the wrong values that options get. The other values of `WRONG` are right for many
 * options, and the call would compute its result.
 */
const WRONG_OPTIONS = ["null", "7", "a text", "{}"];

/** Where the functions lie that are called: methods, figures and tasks. */
const PLACES = [
  "ablation",
  "attribution",
  "compare",
  "heads",
  "lens",
  "model/interventions.ts",
  "neurons",
  "patching",
  "plot",
  "probe",
  "stats",
  "steering",
  "tasks",
];

/** Functions that are not called: with some wrong values they search for minutes. */
const NOT_CALLED = ["countdown.corpus", "countdown.missedProblem", "property.corpus"];

for (const place of PLACES) {
  Deno.test(`one wrong argument among right ones is refused in words in ${place}`, async () => {
    const calls = await callsOfExamples(`lib/${place}`, doors);
    assert(calls.length > 0);
    for (const call of calls) {
      if (!NOT_CALLED.includes(call.name)) await refusesEach(call);
    }
  });
}

/**
 * Holds that a function refuses in words each wrong value in the place of each of its arguments and
 * options.
 */
async function refusesEach({ name, call, given }: ExampleCall): Promise<void> {
  for (const [place, argument] of given.entries()) {
    for (const [text, wrong] of WRONG) {
      // Without options a function does all its work, with its defaults.
      if (wrong === undefined && isWrittenOut(argument)) continue;
      await refusesInWords(
        () => call(...given.with(place, wrong)),
        `${name} with ${text} as argument ${place}`,
      );
      if (!isWrittenOut(argument) || !WRONG_OPTIONS.includes(text)) continue;
      for (const option of Object.keys(argument)) {
        await refusesInWords(
          () => call(...given.with(place, { ...argument, [option]: wrong })),
          `${name} with ${text} as ${option}`,
        );
      }
    }
  }
}
