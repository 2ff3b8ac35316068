import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { KernelSession, type Ran, type Result, sharedKernel, type Step, texts } from "./session.ts";

/** Returns what the steps gave in the kernel that tests share. */
async function session(steps: Step[]): Promise<Result[]> {
  return await (await sharedKernel()).run(steps);
}

/** Returns what the steps gave in a kernel of their own, in a folder that holds files. */
async function sessionIn(files: Record<string, string>, steps: Step[]): Promise<Result[]> {
  await using kernel = await KernelSession.start(files);
  return await kernel.run(steps);
}

/** Returns what each cell gave in the kernel that tests share. */
async function cells(...sources: string[]): Promise<Ran[]> {
  return await (await sharedKernel()).cells(...sources);
}

const lines = (from: string) => Array.from({ length: 1000 }, (_, i) => `${from}${i}\n`).join("");

Deno.test("every value is shown, and variables may be declared again in any way", async () => {
  const values = ["0 / 0", "1 / 0", "-1 / 0", "-0", "10n", "null", `"a"`, "[0 / 0, 1n]"];
  const ran = await cells(
    ...values,
    "const a = 1;",
    "let a = 2; a",
    "function a() { return 3 }; a()",
    "class a {}; const b: number = 4; b",
    "undefined",
    "enum E { A, B }; E.B",
    "1; const last = 2;",
  );
  assertEquals(ran.map((cell) => texts(cell)[0]), [
    "NaN",
    "Infinity",
    "-Infinity",
    "-0",
    "10n",
    "null",
    `"a"`,
    "[ NaN, 1n ]",
    undefined,
    "2",
    "3",
    "4",
    undefined,
    "1",
    undefined,
  ]);
});

Deno.test("decorators, accessors, functions and variables that are declared twice run as in a module", async () => {
  const ran = await cells(
    `const kinds: string[] = [];
const noted = <T>(value: T, { kind }: { kind: string }): T => { kinds.push(kind); return value; };
@noted class Decorated { @noted run() { return 5 } accessor x = 2 }
[new Decorated().run() + new Decorated().x, kinds.join()]`,
    `function same() { return 1 }\nfunction same() { return 2 }\nsame()`,
    `var two = 1, { a: { b = 3 }, ...others } = { a: {} as { b?: number }, c: 4 };\nvar two = two + 1;\n[two, b, others.c]`,
    `for (var i = 0; i < 3; i++); if (i) { var [, j] = [1, 5] } for (var k of [7]) k; [i, j, k]`,
    `let i = 1, j = 2, k = 3, two = 4, b = 5; i + j + k + two + b`,
    `var own = 1;\nfunction own() {}\nown`,
  );
  assertEquals(ran.map((cell) => texts(cell)[0]), [
    `[ 7, "method,class" ]`,
    "2",
    "[ 2, 3, 4 ]",
    "[ 3, 5, 7 ]",
    "15",
    "1",
  ]);
});

Deno.test("a statement that only a module can have is refused in words, at its place", async () => {
  const refused = [
    [`export default 5;`, `"export default"; give the value a name`],
    [`export default class {}`, `"export default class" without a name`],
    [`export = 5;`, `"export ="; give the value a name`],
    [`export * from "node:os";`, `"export … from"; write "import * as name from "node:os""`],
    [`export { EOL } from "node:os";`, `"export … from"`],
    [`import os = require("node:os");`, `write "import os from "node:os""`],
  ];
  const ran = await cells(...refused.map(([source]) => `1;\n  ${source}`));
  for (const [i, [source, words]] of refused.entries()) {
    const [{ error, message, trace }] = ran[i].outputs;
    assertEquals([error, ran[i].line], ["SyntaxError", 2]);
    assertStringIncludes(message!, words);
    assertEquals(trace!.slice(1), [`2 |   ${source}`, "  |   ^", "    at line 2, column 3"]);
  }
  const [named] = await cells(`export default function named() { return 4 }\nnamed()`);
  assertEquals(texts(named), ["4"]);
});

Deno.test("a value of using is disposed of when its cell ends, however the cell ends", async () => {
  const value = (name: string) =>
    `{ name: "${name}", [Symbol.dispose]() { console.log("${name}") } }`;
  const [ended, failed, stopped, broken, wrong] = await cells(
    `using first = ${value("first")};
await using second = { [Symbol.asyncDispose]: async () => { await 0; console.log("second") } };
using none = null;
first.name`,
    `using third = ${value("third")};\nthrow new RangeError("no")`,
    `using fourth = ${
      value("fourth")
    };\nconsole.log("interrupt me");\nawait new Promise(() => {});`,
    `using fifth = { [Symbol.dispose]() { throw new RangeError("fifth") } };`,
    `1;\nusing sixth = 6;`,
  );
  const [shown, ...printed] = texts(ended);
  // Lines that leave at one time may come as one message or as several.
  assertEquals([shown, printed.join("")], [`"first"`, "second\nfirst\n"]);
  assertEquals(texts(failed), ["third\n", "no"]);
  assertEquals(texts(stopped).slice(0, -1).join(""), "interrupt me\nfourth\n");
  assertEquals(texts(broken), ["fifth"]);
  assertEquals([texts(wrong)[0], wrong.line], [
    `Expected a value with a method [Symbol.dispose] after "using" but found 6.`,
    2,
  ]);
});

Deno.test("a thousand lines and the value stay with their cell, in order", async () => {
  const [{ cells: ran, late }] = await session([{
    cells: ["A", "B"].map((name) =>
      `for (let i = 0; i < 1000; i++) console.log("${name}" + i);\nconsole.error("e");\n"${name}"`
    ),
  }]);
  assertEquals(late, 0);
  for (const [i, name] of ["A", "B"].entries()) {
    const { outputs } = ran[i];
    const printed = outputs.filter(({ stream }) => stream === "stdout").map(({ text }) => text);
    assertEquals(printed.join(""), lines(name));
    assertEquals(outputs.at(-2)?.text, "e\n");
    assertEquals(outputs.at(-1)?.data, { "text/plain": `"${name}"` });
  }
});

Deno.test("what does not parse, and what does not exist, is an error under the cell with a caret", async () => {
  const [syntax, name, module, type, duplicate] = await cells(
    "const a = 1;\n\nconst b = a +;",
    `import {\n  Tensor,\n  loadModl,\n} from "circuitbook";`,
    `import x from "circuitbok";`,
    `import { RunOptions, Tensor } from "circuitbook"; typeof Tensor`,
    "let twice = 1;\nlet twice = 2;",
  );
  assertEquals(syntax.outputs[0].trace, [
    "SyntaxError: Expression expected",
    "3 | const b = a +;",
    "  |              ^",
    "    at line 3, column 14",
  ]);
  assertStringIncludes(
    name.outputs[0].message!,
    `Expected "circuitbook" to export "loadModl" but it does not; the nearest are loadModel,`,
  );
  assertEquals(name.outputs[0].trace!.slice(1, 3), ["3 |   loadModl,", "  |   ^"]);
  assertStringIncludes(
    module.outputs[0].message!,
    `write "npm:circuitbok" for an npm package; the nearest are circuitbook,`,
  );
  assertEquals(texts(type), [`"function"`]);
  assertEquals([duplicate.line, duplicate.outputs[0].error], [2, "SyntaxError"]);
});

Deno.test("an error names the lines and columns of the cells as written", async () => {
  const [defined, thrown, later, value] = await cells(
    "interface Only {\n  a: number;\n}\nfunction fail(only: Only): never {\n  throw new TypeError(`no ${only.a}`);\n}",
    "const n: number = 1;\n\nfail({ a: n });",
    `console.log(new Error("z").stack);`,
    `const x: number = 1;\nnew Error("v")`,
  );
  assertEquals(thrown.line, 3);
  assertEquals(thrown.outputs[0].trace, [
    "TypeError: no 1",
    "3 | fail({ a: n });",
    "  | ^",
    `    at fail (cell [${defined.number}], line 5, column 9)`,
    `    at cell [${thrown.number}], line 3, column 1`,
  ]);
  assertStringIncludes(texts(later)[0], `at cell [${later.number}], line 1, column 13`);
  assertStringIncludes(texts(value)[0], `at cell [${value.number}], line 2, column 1`);
  assertEquals(value.number, defined.number + 3);
});

Deno.test("an error behind an await, and an error without a trace, name the place in the cell", async () => {
  const results = await sessionIn({
    "deep.ts": `export async function deep() { await 0; throw new RangeError("deep"); }
export function five(): never { throw 5; }`,
  }, [
    {
      cells: [
        `import { loadModel, plot } from "circuitbook";\nimport { deep, five } from "./deep.ts";
const model = await loadModel("max-of-list");
const late = { then(_: unknown, fail: (reason: unknown) => void) { setTimeout(() => fail(new Error("late"))) } };
const old = new Error("old");`,
      ],
    },
    ...[
      `1;\nconst x = await deep();`,
      `\nawait loadModel("countdwn-r1")`,
      `const y =\n  await model.generate("1", { maxTokens: -1 } as never)`,
      `2;\nawait late`,
      `3;\nawait import("./missing.ts")`,
      `4;\nthrow { code: 5 }`,
      `5;\n  five();`,
      `6;\nthrow old`,
      `7;\nfor await (const z of [late]) z;`,
      `8;\nthrow new Error("outer", { cause: new Error("inner") })`,
      `9;\nawait Promise.any([Promise.reject(new Error("one"))])`,
    ].map((cell) => ({ cells: [cell] })),
  ]);
  const ran = results.map(({ cells: [cell] }) => cell);
  assertEquals(ran[0].status, "ok");
  const [, ...failed] = ran;
  const carets = failed.map(({ outputs: [{ trace }] }) =>
    trace!.filter((line) => /^(\d+)? +\| /.test(line) || /^\d+ \| /.test(line))
  );
  assertEquals(carets, [
    ["2 | const x = await deep();", "  |           ^"],
    [`2 | await loadModel("countdwn-r1")`, "  | ^"],
    [`2 |   await model.generate("1", { maxTokens: -1 } as never)`, "  |   ^"],
    ["2 | await late", "  | ^"],
    [`2 | await import("./missing.ts")`, "  | ^"],
    ["2 | throw { code: 5 }", "  | ^"],
    ["2 |   five();", "  |   ^"],
    ["2 | throw old", "  | ^"],
    ["2 | for await (const z of [late]) z;", "  | ^"],
    [`2 | throw new Error("outer", { cause: new Error("inner") })`, "  |       ^"],
    [`2 | await Promise.any([Promise.reject(new Error("one"))])`, "  | ^"],
  ]);
  assertEquals(failed.map(({ line }) => line), failed.map(() => 2));
  assert(failed[4].outputs[0].trace![0].startsWith("TypeError: Module not found"));
  assertEquals(failed[5].outputs[0].trace!.at(0), "Uncaught { code: 5 }");
  assertEquals(failed[5].outputs[0].trace!.at(-1), "    at line 2, column 1");
});

Deno.test("an error in a timer is shown under the cell that set the timer", async () => {
  const source = (name: string) =>
    `setTimeout(() => { throw new Error("from ${name}") }, 5);\nawait new Promise((done) => setTimeout(done, 50));`;
  // After a function of a module has failed behind an await, Deno calls listeners of errors in
  // timers as if each timer belonged to the cell that imports the module.
  const module = "export async function fail() { await 0; throw new Error('first') }";
  const [, , , ...ran] = await cells(
    source("0"),
    `import { fail } from "data:text/javascript,${encodeURI(module)}";`,
    `await fail()`,
    source("A"),
    source("B"),
    source("C"),
  );
  for (const [i, name] of ["A", "B", "C"].entries()) {
    const said = texts(ran[i]).join("");
    assertStringIncludes(said, `Uncaught error: Error: from ${name}`);
    assertStringIncludes(said, `(cell [${ran[i].number}], line 1, column `);
  }
});

Deno.test("cells that wait behind an error are aborted, and a cell that is sent later runs", async () => {
  const [{ cells: all }, { cells: [next] }] = await session([
    { cells: ["1", "const a = ;", "2", "3"] },
    { cells: ["4"] },
  ]);
  assertEquals(all.map(({ status }) => status), ["ok", "error", "aborted", "aborted"]);
  assertEquals(texts(next), ["4"]);
});

Deno.test("a promise that nobody awaits is warned of, and an unhandled rejection is told", async () => {
  const [statement, variable, awaited, value, rejected] = await cells(
    `const wait = async () => { await 0; return 1 };\nwait();\n2`,
    `const kept = wait();`,
    `const used = wait(); await used; wait().then(() => {}); void wait(); await wait()`,
    `wait()`,
    `Promise.reject(new Error("lost")).then(() => {});\nawait new Promise((done) => setTimeout(done, 20))`,
  );
  assertStringIncludes(texts(statement).join(), `Line 2: nobody awaits this promise; add "await"`);
  assertStringIncludes(texts(variable).join(), `Line 1: "kept" is a promise, not its value`);
  assertEquals(texts(awaited), ["1"]);
  assertStringIncludes(texts(value).join(), `add "await"`);
  assertStringIncludes(texts(rejected).join(), "Unhandled rejection: Error: lost");
});

Deno.test("an error at a variable that holds a promise names the variable and the missing await", async () => {
  const advice = (name: string) =>
    `; "${name}" is a promise, not its value; add "await" before the call that "${name}" is set to.`;
  const ran = await cells(
    `const load = async () => { await 0; return { run: (n: number) => n, config: { layers: 2 } } };`,
    `const lost = load();\nlost.run(1)`,
    `const { layers } = lost.config;`,
    `let total = 0;\nfor (const one of lost) total += one;`,
    `const broken = (async () => { await 0; await 0; throw new Error("broken") })();
await Promise.all([lost, broken])`,
    `const found = await lost; found.run(1); found.none.run(1)`,
  );
  const messages = ran.slice(1).map(({ outputs }) => outputs.at(-1)!.message);
  assertEquals(messages, [
    `lost.run is not a function${advice("lost")}`,
    `Cannot destructure property 'layers' of 'lost.config' as it is undefined${advice("lost")}`,
    `lost is not iterable${advice("lost")}`,
    "broken",
    "Cannot read properties of undefined (reading 'run')",
  ]);
  assertStringIncludes(ran[1].outputs.at(-1)!.trace![0], advice("lost"));
  assertEquals(ran[1].outputs.length, 1);
  const [read, handled] = await cells(
    `const silent = load();\nsilent.config`,
    `const kept = load();\nkept.then(() => {}); (await kept).config.layers`,
  );
  assertStringIncludes(texts(read).join(), `Line 1: "silent" is a promise, not its value`);
  assertEquals(texts(handled), ["2"]);
});

Deno.test("displays are drawn, updated and asked as in Deno's kernel", async () => {
  const [html, raw, element, asked] = await session([
    { cells: ["Deno.jupyter.html`<b>${1}</b>`"] },
    {
      cells: [
        `Deno.jupyter.display({ "text/plain": "a" }, { raw: true, display_id: "d" }); Deno.jupyter.display({ "text/plain": "b" }, { raw: true, display_id: "d", update: true });`,
      ],
    },
    { cells: [`({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "own" }) })`] },
    { cells: [`prompt("name?") + confirm("sure?")`], answer: "yes" },
  ]);
  assertEquals(html.cells[0].outputs[0].data, { "text/html": "<b>1</b>" });
  assertEquals(raw.cells[0].outputs.map(({ data, id }) => [data, id]), [
    [{ "text/plain": "a" }, "d"],
    [{ "text/plain": "b" }, "d"],
  ]);
  assertEquals(texts(element.cells[0]), ["own"]);
  assertEquals(texts(asked.cells[0]), [`"yestrue"`]);
});

Deno.test("displays and the value appear in the order of the cell, whichever is drawn first", async () => {
  const [defined, ordered, nested, failed] = await cells(
    `const drawnLast = Promise.withResolvers<void>();
const drawing = (draw: () => unknown) => ({ [Symbol.for("Jupyter.display")]: draw });
const drawn = (text: string) => ({ "text/plain": text });
const slow = drawing(async () => { await drawnLast.promise; return drawn("first") });
const quick = drawing(() => { drawnLast.resolve(); return drawn("second") });`,
    `Deno.jupyter.display(slow, { display_id: "d" });
Deno.jupyter.display(quick, { display_id: "d", update: true });
Deno.jupyter.display(drawn("third"), { raw: true });
drawing(() => drawn("value"))`,
    `Deno.jupyter.display(drawing(async () => {
  await drawnLast.promise;
  await Deno.jupyter.display(quick);
  return drawn("outer");
}));`,
    `Deno.jupyter.display(drawing(() => { throw new RangeError("no picture") }));`,
  );
  assertEquals(defined.status, "ok");
  assertEquals(texts(ordered), ["first", "second", "third", "value"]);
  assertEquals(ordered.outputs.map(({ shown }) => shown), [
    "display_data",
    "update_display_data",
    "display_data",
    "execute_result",
  ]);
  assertEquals(texts(nested), ["second", "outer"]);
  assertStringIncludes(texts(failed).join(), "Unhandled rejection: RangeError: no picture");
});

Deno.test("what never ends is given up at Stop, holds up no later cell, and survives V8's collection of garbage", async () => {
  const stopped = [
    `await Deno.jupyter.display({ [Symbol.for("Jupyter.display")]: () => new Promise(() => {}) });`,
    `await new Promise(() => {});`,
    `await ({ then() {} });`,
    `for await (const never of { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }) never;`,
  ];
  const ended = await cells(...stopped.map((code) => `console.log("interrupt me");\n${code}`));
  assertEquals(
    ended.map(({ outputs }) => outputs.at(-1)?.error),
    stopped.map(() => "InterruptedError"),
  );
  const [collected, displayed, looped, refused] = await cells(
    `import v8 from "node:v8";
import vm from "node:vm";
v8.setFlagsFromString("--expose-gc");
vm.runInNewContext("gc")();
await new Promise((done) => setTimeout(done));
1`,
    `await Deno.jupyter.display({ "text/plain": "next" }, { raw: true }); 2`,
    `let sum = 0;
async function* numbers() { try { yield 1; yield 2; yield 4 } finally { sum += 100 } }
for await (const n of numbers()) { sum += n; if (n === 2) break }
for await (const n of [Promise.resolve(1000), 2000]) sum += n;
sum`,
    `const five = 5 as unknown as number[];\nfor await (const n of five) n;`,
  );
  assertEquals([texts(collected), texts(displayed), texts(looped)], [["1"], ["next", "2"], [
    "3103",
  ]]);
  const [{ error, message }] = refused.outputs;
  assertEquals([error, message], [
    "TypeError",
    'Expected values to loop over after "of" but found 5.',
  ]);
});

Deno.test("displayed and printed values look as the library draws them, with a PNG for each figure", async () => {
  const [, growing, printed, within, figure, list, table] = await cells(
    `import { notebook, plot, tables, Tensor } from "circuitbook";
const frame = tables.tableOf([{ layer: 1, share: 1 / 7 }]);
const map = plot.tensorHeatmap(new Tensor(new Float32Array([1, 2]), { d_model: 2 }));`,
    `const onStep = notebook.liveLossCurve({ interval: 0 });
for (const step of [1, 2, 3]) onStep({ step, loss: 1 / step });`,
    `console.log("frame", 1 / 7); console.log(frame); console.error(frame.getColumn("share"))`,
    `const cycle: Record<string, unknown> = { frame, n: 1 };
cycle.self = cycle;
class Holder { frame = frame; }
console.log([frame], { a: { frame } }); console.log(new Map([["k", frame]]), new Holder()); console.log(cycle)`,
    `Deno.jupyter.display(map)`,
    `await Deno.jupyter.display([map, 1])`,
    `Deno.jupyter.display(frame)`,
  );
  assertEquals(
    texts(printed).join(""),
    "frame 0.14285714285714285\nlayer  share\n  i64    f64\n    1  0.143\n1 row × 2 columns\n" +
      "share\n  f64\n0.143\n1 row × 1 column\n",
  );
  const nested = texts(within).join("");
  assertEquals(nested.match(/ 0\.143\n/g)?.length, 5, nested);
  assert(!nested.includes("0.1428"), nested);
  assertStringIncludes(nested, "[\n  layer  share\n    i64    f64\n      1  0.143\n");
  assertStringIncludes(nested, `Map(1) {\n  "k" => \n    layer  share\n      i64    f64\n`);
  assertStringIncludes(nested, "Holder {\n  frame: \n    layer  share\n");
  assertStringIncludes(nested, "self: [Circular *1]");
  for (const { outputs: [{ data }] } of [figure, list]) {
    assert(data!["image/png"].startsWith("iVBOR"), Object.keys(data!).join());
    assert(/<img class="cb-still" alt="Heat map[^"]+"/.test(data!["text/html"]));
  }
  assertEquals(growing.outputs.map(({ shown }) => shown), ["display_data", "update_display_data"]);
  assertEquals(new Set(growing.outputs.map(({ id }) => id)).size, 1);
  for (const { data } of growing.outputs) {
    assert(data!["image/png"].startsWith("iVBOR"), Object.keys(data!).join());
    assert(/<img class="cb-still" alt="[^"]*loss 1 at step 1[^"]*"/.test(data!["text/html"]));
  }
  assertStringIncludes(table.outputs[0].data!["text/html"], "1 row × 2 columns");
  assert(texts(table)[0].endsWith("1 row × 2 columns"));
});

Deno.test("a cell that ends the process is told why, and npm packages need no lock file", async () => {
  const lock = new URL("../../../deno.lock", import.meta.url);
  const before = await Deno.readTextFile(lock);
  await using kernel = await KernelSession.start();
  const [imported, library, ended] = await kernel.cells(
    `import { parse } from "npm:marked@18"; parse("a")`,
    `import { Tensor } from "circuitbook"; typeof Tensor`,
    "Deno.exit(3)",
  );
  assertEquals([texts(imported), texts(library)], [[`"<p>a</p>\\n"`], [`"function"`]]);
  assertStringIncludes(ended.outputs[0].message!, "ended with exit code 3");
  assertEquals(await Deno.readTextFile(lock), before);
});

Deno.test("a folder's own configuration keeps its names, and every door of the library opens beside them", async () => {
  const { exports, imports } = JSON.parse(
    await Deno.readTextFile(new URL("../../../deno.json", import.meta.url)),
  );
  const doors = Object.keys(exports).map((door) => door.replace(".", "circuitbook"));
  for (const door of doors) assert(door in imports, door);
  // The library uses zod, so that another module under this name would break it.
  const own = { imports: { "my/": "./", zod: "./mine.ts" } };
  const files = {
    "deno.jsonc": `// mine\n${JSON.stringify(own)}`,
    "mine.ts": "export const mine: number = 1;",
  };
  const [opened] = await sessionIn(files, [
    {
      cells: [
        `import { mine } from "my/mine.ts";\nimport { mine as same } from "zod";\nimport { Tensor } from "circuitbook";\nmine + same + typeof Tensor`,
        `(await Promise.all(${
          JSON.stringify(doors)
        }.map((door) => import(door)))).filter((door) => Object.keys(door).length > 0).length`,
      ],
    },
  ]);
  assertEquals(opened.cells.map((cell) => texts(cell)[0]), [`"2function"`, String(doors.length)]);
});

Deno.test("an edited local module, or one that it imports, is loaded anew in every cell that imports it", async () => {
  const imports = [
    `import { outer } from "./outer.ts"; outer`,
    `import { other } from "own/other.ts"; other`,
    `const { named } = await import("named"); named`,
  ];
  const configuration = { imports: { "own/": "./own/", named: "./own/named.ts" } };
  const results = await sessionIn({ "deno.json": JSON.stringify(configuration) }, [
    { write: "own/inner.ts", text: "export const inner: number = 1;" },
    {
      write: "outer.ts",
      text: `import { inner } from "./own/inner.ts"; export const outer = inner * 10;`,
    },
    {
      write: "own/other.ts",
      text: `import { inner } from "own/inner.ts"; export const other = inner * 100;`,
    },
    { write: "own/named.ts", text: `export { inner as named } from "./inner.ts";` },
    { cells: [...imports, `import * as same from "circuitbook"; 0`] },
    { write: "own/inner.ts", text: "export const inner: number = 2;" },
    { cells: [...imports, `import { Tensor } from "circuitbook"; Tensor === same.Tensor`] },
    { cells: imports },
  ]);
  const shown = results.filter(({ cells }) => cells).map(({ cells }) =>
    cells.map((cell) => texts(cell)[0])
  );
  assertEquals(shown, [
    ["10", "100", "1", "0"],
    ["20", "200", "2", "true"],
    ["20", "200", "2"],
  ]);
});

Deno.test("an error in a local module names the file and the cell's import, and the mended module is loaded", async () => {
  const outer = `1;\nimport { outer } from "./outer.ts"; outer`;
  const caret = [`2 | import { outer } from "./outer.ts"; outer`, "  |                       ^"];
  const inner = `import { inner } from "./inner.ts"; export const outer = inner;`;
  const results = await session([
    { write: "outer.ts", text: "export const outer = 1;" },
    { cells: [outer] },
    { write: "outer.ts", text: "export const outer =\n  2 +;" },
    { cells: [outer] },
    { write: "outer.ts", text: `export const outer = 1;\n throw new RangeError("no");` },
    { cells: [outer] },
    { write: "outer.ts", text: inner },
    { cells: [outer] },
    { write: "inner.ts", text: "export const inner = 3;" },
    { cells: [outer] },
  ]);
  const [, unparsed, failed, missing, mended] = results.filter(({ cells }) => cells)
    .map(({ cells }) => cells[0]);
  assert(/^Expression expected in .*\/outer.ts, line 2, column 6$/.test(texts(unparsed)[0]));
  assertEquals([unparsed.line, unparsed.outputs[0].error], [2, "SyntaxError"]);
  assertEquals(unparsed.outputs[0].trace!.slice(1, 3), caret);
  const [head, , , frame] = failed.outputs[0].trace!;
  assertEquals([head, failed.outputs[0].trace!.slice(1, 3)], ["RangeError: no", caret]);
  assert(/^ {4}at .*\/outer.ts:2:8$/.test(frame), frame);
  assert(
    /inner.ts" in .*\/outer.ts, line 1, column 23$/.test(texts(missing)[0]),
    texts(missing)[0],
  );
  assertEquals(texts(mended), ["3"]);
});

Deno.test("the library's documentation is shown and completed, and names that values know", async () => {
  // Names of other tests' cells would be completed as well.
  const results = await sessionIn({}, [
    {
      cells: [
        `import { loadModel, tables } from "circuitbook";\nconst model = await loadModel("max-of-list");\nconst frame = tables.tableOf([{ token: 1, score: 2 }]);`,
      ],
    },
    { inspect: "await loadModel(|)" },
    { complete: `await model.run("1", { ta|` },
    { complete: `await model.run("1", { tap: "blocks.*.hook_re|` },
    { complete: `await loadModel("max|` },
    { complete: `frame.getColumn("sc|")` },
    { complete: `import { loadM| } from "circuitbook"` },
  ]);
  const [, documentation, option, point, name, column, imported] = results;
  assertStringIncludes(documentation.data["text/markdown"], "loadModel(nameOrPathOrHubId: string");
  assertStringIncludes(documentation.data["text/markdown"], "Returns a model by the name");
  assertEquals(option.matches, ["tap"]);
  assert(point.matches.includes("blocks.*.hook_resid_post"), point.matches.join());
  assert(name.matches.includes("max-of-list"), name.matches.join());
  assertEquals(column.matches, ["score"]);
  assertEquals(imported.matches, ["loadModel"]);
});

Deno.test("a loop of 200 cells under load, with interrupts and restarts, loses nothing", async () => {
  const steps: Step[] = [];
  for (let round = 0; round < 4; round++) {
    steps.push({ cells: [`let kept = ${round}; kept`] });
    for (let batch = 0; batch < 7; batch++) {
      const tag = `${round}.${batch}`;
      steps.push({
        cells: [
          `for (let i = 0; i < 300; i++) console.log("${tag}", i);\n"${tag}"`,
          `await new Promise((done) => setTimeout(done)); kept`,
          `Deno.jupyter.html\`<i>${tag}</i>\``,
          `console.error("e"); Deno.jupyter.md\`${tag}\``,
          `console.log("interrupt me"); while (true) {}`,
          `"never"`,
          `kept + 1`,
        ],
      });
    }
    steps.push({ restart: true }, { cells: ["typeof kept"] });
  }
  const results = await session(steps);
  for (const [i, step] of steps.entries()) {
    if (!("cells" in step)) continue;
    const { cells: ran, late } = results[i];
    assertEquals(late, 0);
    if (step.cells.length === 1) {
      assertEquals(texts(ran[0]).length, 1);
      continue;
    }
    const [printed, value, drawn, both, stopped, ...rest] = ran;
    const text = printed.outputs.filter(({ stream }) => stream).map(({ text }) => text).join("");
    assertEquals(text.trim().split("\n").length, 300);
    assertEquals(printed.outputs.at(-1)?.data?.["text/plain"], step.cells[0].split("\n")[1]);
    assertEquals(texts(value).length, 1);
    assert(drawn.outputs[0].data!["text/html"].startsWith("<i>"));
    assertEquals(both.outputs.length, 2);
    assertEquals(stopped.outputs.at(-1)?.error, "InterruptedError");
    assertEquals(rest.map(({ status }) => status), ["aborted", "aborted"]);
  }
});
