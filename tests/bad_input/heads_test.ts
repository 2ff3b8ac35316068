import { assertRejects, assertStringIncludes } from "@std/assert";
import { attribution, CircuitbookError, heads, loadModel } from "circuitbook";

const model = await loadModel("countdown-r1", { device: "cpu" });
const text = "11 + 5 = 16";
const neurons = [[6, 425]];
const looks = { queries: [[-1]], keys: [[0]] };
const drive = { neurons, holds: [true] };

const direct = (options: object) => attribution.direct(model, text, options as never);
const attentionTo = (options: object) => heads.attentionTo(model, text, options as never);
const composition = (options: object) => heads.composition(model, options as never);
const weightDrive = (options: object) =>
  heads.weightDrive(model, neurons as never, options as never);
const activeDrive = (options: object) => heads.activeDrive(model, text, options as never);

// A kernel checks no types: what is misspelt in a cell must be refused when it runs.
const cases: [call: (options: object) => Promise<unknown>, options: object, ...parts: string[]][] =
  [
    [direct, {}, '"answer" of direct', "a token id"],
    [direct, { answer: " this" }, '"answer" of direct', '" this"'],
    [direct, { answer: 1, minus: 2 }, "direct", '"minus"'],
    [direct, { answer: 1, positions: { from: 2 } }, '"positions" of direct'],
    [attentionTo, { queries: [[-1]] }, '"keys" of attentionTo', "a list of positions"],
    [attentionTo, { ...looks, layer: [1] }, "attentionTo", 'nearest: "layers"'],
    [attentionTo, { ...looks, layers: [8] }, "layer from 0 to 7"],
    [attentionTo, { ...looks, heads: [6] }, "head from 0 to 5"],
    [(options) => heads.detect(model, options), { length: 0 }, '"length" of detect', "found 0"],
    [(options) => heads.detect(model, options), { count: 3 }, "detect", '"count"'],
    [composition, { kinds: ["O"] }, "of composition", "Q, K or V"],
    [composition, { from: [1, 3] }, '"from[0]" of composition', "[layer, head]"],
    [weightDrive, { heads: [1, 3] }, '"heads[0]" of weightDrive', "[layer, head]"],
    [weightDrive, { random: 0 }, '"random" of weightDrive', "found 0"],
    [activeDrive, { neurons }, '"holds" of activeDrive', "true and false"],
    [activeDrive, { ...drive, label: [] }, "activeDrive", '"label"'],
    [
      (options) => heads.singularTokens(model, [1, 3], options),
      { top: 3 },
      "singularTokens",
      '"top"',
    ],
    [() => heads.singularVectors(model, [8, 0]), {}, "layer from 0 to 7"],
  ];

for (const [number, [call, options, ...parts]] of cases.entries()) {
  Deno.test(`heads and attribution refuse what they do not take, ${number}: ${parts.join(", ")}`, async () => {
    const { message } = await assertRejects(async () => await call(options), CircuitbookError);
    for (const part of parts) assertStringIncludes(message, part);
  });
}
