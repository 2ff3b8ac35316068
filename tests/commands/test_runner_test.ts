import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CommandError } from "../../lib/commands/repository.ts";
import { testModules } from "../../lib/commands/test/modules.ts";
import { selectionOf } from "../../lib/commands/test/selection.ts";
import { closingLines, TestOutput } from "../../lib/commands/test/summary.ts";
import { temporaryFolder, writeFiles } from "../checkpoint/files.ts";

const library = `
/**
 * Returns twice a number.
 *
 * @example
 * \`\`\`ts
 * import { double as twice } from "./double.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(twice(2), 4);
 * \`\`\`
 */
export function double(n: number): number {
  return 2 * n;
}

/**
 * \`\`\`ts
 * import { double as twice } from "./double.ts";
 * import type { Unused } from "./unused.ts";
 *
 * if (await Promise.resolve(twice(2)) !== 5) throw new Error("two and two");
 * \`\`\`
 */
export const unused = 0;
`;

Deno.test("a room's test files and examples are one module; examples name their file and line, with imports and awaits", async () => {
  await using folder = await temporaryFolder();
  for (const path of ["lib/twice", "tests/twice/deep", "tests/thrice"]) {
    await Deno.mkdir(`${folder.path}/${path}`, { recursive: true });
  }
  await writeFiles(folder.path, {
    "lib/twice/double.ts": library,
    "tests/twice/deep/double_test.ts": 'Deno.test("mine", () => {});',
    "tests/thrice/triple_test.ts": `Deno.test("long", () => {});${" ".repeat(2000)}`,
  });
  const selection = { tests: ["tests"], examples: ["lib"] };
  const modules = await testModules(folder.path, selection);
  assertEquals(modules.map(({ room }) => room), ["thrice", "twice"]);
  await writeFiles(folder.path, {
    "deno.json": '{ "imports": { "@std/assert": "npm:deno-std@1.4.0/assert/mod.js" } }',
    "twice_test.ts": modules[1].code,
  });
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "twice_test.ts"],
    cwd: folder.path,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertStringIncludes(text, "mine ... ok");
  assertStringIncludes(text, "example of lib/twice/double.ts:7 ... ok");
  assertStringIncludes(text, "example of lib/twice/double.ts:19 ... FAILED");
  assertStringIncludes(text, "two and two");
});

Deno.test("a subject selects its tests and its examples; unknown paths are refused", async () => {
  await using folder = await temporaryFolder();
  for (const path of ["lib/lens", "tests/lens", "lib/plan"]) {
    await Deno.mkdir(`${folder.path}/${path}`, { recursive: true });
  }
  await writeFiles(folder.path, {
    "lib/lens/nearest.ts": "",
    "tests/lens/nearest_test.ts": "",
  });
  const of = (...paths: string[]) => selectionOf(paths, folder.path);
  const both = { tests: ["tests/lens"], examples: ["lib/lens"] };
  assertEquals(await of(), { tests: ["tests"], examples: ["lib"] });
  assertEquals(await of("lib/lens"), both);
  assertEquals(await of("./tests/lens/"), both);
  assertEquals(await of("lib/plan"), { tests: [], examples: ["lib/plan"] });
  const test = "tests/lens/nearest_test.ts";
  assertEquals(await of(test), { tests: [test], examples: [] });
  assertEquals(await of("lib/lens/nearest.ts"), {
    tests: [test],
    examples: ["lib/lens/nearest.ts"],
  });
  for (const path of ["lib/lense", "notebooks", "../lib"]) {
    await assertRejects(() => of(path), CommandError, `found "${path}"`);
  }
});

Deno.test("the closing lines count what passed, failed and was skipped, and say why", () => {
  const output = new TestOutput();
  for (
    const line of [
      "./tests/a_test.ts => a ... ok (1ms)",
      "./tests/a_test.ts => b (skipped: no driver) ... ignored (0ms)",
      "\x1b[0mc (skipped: no driver) ... \x1b[33mignored\x1b[0m (0ms)",
      "./tests/a_test.ts => d (skipped: no Ray) ... ignored (0ms)",
    ]
  ) output.read(line);
  assertEquals(output.summary, undefined);
  output.read("\x1b[31mFAILED\x1b[0m | 1497 passed (148 steps) | 2 failed | 3 ignored (15m41s)");
  assertEquals(closingLines(output.summary!), [
    "2 skipped: no driver",
    "1 skipped: no Ray",
    "1497 passed, 2 failed, 3 skipped",
  ]);
});
